"""The engines by the names that users give."""

from __future__ import annotations

__all__ = ["ENGINES"]

ENGINES = ("auto", "native", "interpreter")
"""What chooses, machine code, and the interpreter."""
