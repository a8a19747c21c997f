"""The families of codes: which subject each is, and the module that holds its functions."""

from __future__ import annotations

from dlang.records import record

__all__ = ["FAMILIES", "Family", "family"]


@record
class Family:
    """Codes whose first two digits are `digits`; `module` of this package has one function for each."""

    digits: str
    module: str
    subject: str


FAMILIES: tuple[Family, ...] = (
    Family("01", "syntax", "Syntax"),
    Family("02", "names", "Names, arguments and control flow"),
    Family("03", "typing", "Types, shapes and indexes"),
    Family("04", "models", "Parameters, data and terms of a model"),
    Family("05", "data", "Data files"),
    Family("06", "running", "While a program runs"),
    Family("07", "usage", "The command line"),
    Family("08", "fitting", "Warnings of a fit"),
    Family("09", "modules", "Modules"),
    Family("10", "derivatives", "Derivatives in the language"),
    Family("11", "session", "The interactive session"),
)


def family(code: str) -> Family:
    """The family of a code such as `E0201`.

    Raises:
        KeyError: no family has its digits.
    """
    for candidate in FAMILIES:
        if code[1:3] == candidate.digits:
            return candidate
    raise KeyError(code)
