"""What the native engine cannot take."""

from __future__ import annotations

from dlang.source import Span

__all__ = ["Unsupported"]


class Unsupported(Exception):  # noqa: N818  # no error: the interpreter takes the program
    """A construct that has to stay in the interpreter.

    Attributes:
        what: the construct, as a noun phrase.
        span: where the program has it, if the statement says so.
    """

    def __init__(self, what: str, span: Span | None) -> None:
        super().__init__(what)
        self.what = what
        self.span = span
