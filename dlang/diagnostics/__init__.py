"""Diagnostics: data, the catalogue by subject, and renderers."""

from dlang.diagnostics.core import (
    Diagnostic,
    DlangError,
    InternalError,
    Label,
    Reporter,
    Severity,
    stage,
)

__all__ = ["Diagnostic", "DlangError", "InternalError", "Label", "Reporter", "Severity", "stage"]
