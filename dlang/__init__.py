"""dlang: fit models written in the dl language, with exact derivatives, from Python.

    program = dlang.load("decay.dl")
    value, gradient = program.value_and_grad()
    result = program.fit()
    print(result.parameters["k"].value, result.verdict)

Everything takes and returns floats, float64 arrays, and dicts of them. Errors are `DlangError`. Nothing prints.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from dlang.api import Program, load, loads
    from dlang.diagnostics.core import Diagnostic, DlangError
    from dlang.driver.results import Parameter
    from dlang.fit import FitResult

__all__ = ["Diagnostic", "DlangError", "FitResult", "Parameter", "Program", "load", "loads"]

_HOMES = {
    "load": "dlang.api",
    "loads": "dlang.api",
    "Diagnostic": "dlang.diagnostics.core",
    "DlangError": "dlang.diagnostics.core",
    "Parameter": "dlang.driver.results",
    "Program": "dlang.api",
    "FitResult": "dlang.fit",
}


def __getattr__(name: str) -> Any:
    """Each name is imported when it is first asked for (PEP 562)."""
    if name not in _HOMES:
        raise AttributeError(f"module 'dlang' has no attribute '{name}'")
    from importlib import import_module

    return getattr(import_module(_HOMES[name]), name)
