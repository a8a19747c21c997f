"""Values in a JSON file: an object of named values, or a list of records, which is a table row by row.

Nested lists are arrays. As in the language, numbers written without `.` and `e` are Int, and Real where one of their
array is. Strings are text, and become codes; `null` is a missing value. The strings `nan`, `inf` and `-inf`, which
our own JSON has for what is not finite, are numbers, and so are the words that Python writes, `NaN` and `Infinity`.
"""

from __future__ import annotations

import math
import sys
from collections.abc import Mapping, Sequence
from itertools import chain
from typing import TYPE_CHECKING, Any

import numpy as np

from dlang.data.columns import Text, Values, coded, is_number
from dlang.data.places import Path, depth, normal, places, written
from dlang.diagnostics import data as faults
from dlang.diagnostics.core import Diagnostic, DlangError
from dlang.records import record
from dlang.source import Source, Span

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["Document", "parse_document"]

_DEEPEST = 100  # NumPy has 64 axes
_SHOWN = 5  # faults of one value that are shown
_WORDS = {"nan": math.nan, "inf": math.inf, "-inf": -math.inf}
_CONSTANTS = {"NaN": "nan", "Infinity": "inf", "-Infinity": "-inf"}
_LARGEST = sys.float_info.max
_INT = np.iinfo(np.int64)


@record(eq=False)
class Document:
    """What a JSON file holds, its names in order.

    `content` is an object by name; of a list of records, each name's column, `_LACKING` where a record is without it;
    or, without names, the one value that the file is. `by_rows` tells which way a path goes.
    """

    shown_as: str
    text: str
    names: tuple[str, ...]
    content: Any
    by_rows: bool

    def value(self, name: str | None, at: Span | None) -> Values:
        """One of the values: `name` is one of `names`, or None for that of a file without names.

        Args:
            name: of the value.
            at: where the program names it.

        Raises:
            DlangError: E0514, with the first places where it is no number, or no array of one kind.
        """
        value = self.content if name is None else self.content[name]
        try:
            return _values(value)
        except _Misfit as misfit:
            raise DlangError(*_told(self, name, misfit, at)) from None

    def has_numbers(self, name: str) -> bool:
        """Whether some element of a value is a number or a Bool, or it has no elements."""
        level = [self.content[name]]
        while any(isinstance(item, list) for item in level):
            level = list(chain.from_iterable(item if isinstance(item, list) else [item] for item in level))
        return not level or any(isinstance(each, (int, float)) or _is_word(each) for each in level)


def _is_word(leaf: Any) -> bool:
    return isinstance(leaf, str) and leaf in _WORDS


class _Misfit(Exception):  # noqa: N818  caught here, and told with its place
    """Elements that do not fit: the places (indexes) and faults of the first, how many there are, and the mend."""

    def __init__(self, found: Sequence[tuple[tuple[int, ...], str]], count: int, mend: str) -> None:
        super().__init__()
        self.found, self.count, self.mend = found, count, mend


class _TwiceError(Exception):
    """An object has a key twice."""


class _Lacking:
    """A record's missing key."""


_LACKING = _Lacking()


def parse_document(text: str, *, shown_as: str, at: Span | None) -> Document:
    """The values of a JSON text.

    Raises:
        DlangError: E0508, a key that stands twice in an object; E0513, no JSON; E0514, a number beyond all Reals.
    """
    content = _decoded(Source(shown_as, text), at)
    if isinstance(content, dict):
        return Document(shown_as, text, tuple(content), content, False)
    if isinstance(content, list) and content and all(isinstance(row, dict) for row in content):
        names = tuple(dict.fromkeys(chain.from_iterable(content)))
        columns = {name: [row.get(name, _LACKING) for row in content] for name in names}
        return Document(shown_as, text, names, columns, True)
    return Document(shown_as, text, (), content, False)


# ---- text to Python


def _decoded(source: Source, at: Span | None) -> Any:
    from json import JSONDecodeError

    text = source.text
    if not text.strip():
        raise DlangError(faults.no_rows(source.name, at, None))
    if depth(text) > _DEEPEST:
        raise DlangError(faults.bad_json(source.name, at, None, f"its brackets nest deeper than {_DEEPEST}"))
    try:
        return _loaded(text)
    except JSONDecodeError as error:
        fault, place = _syntax_fault(text, error.pos, error.msg)
        span = Span(source, place, min(place + 1, len(text)))
        raise DlangError(faults.bad_json(source.name, at, span, fault)) from None
    except _TwiceError:
        raise DlangError(_twice(source, at)) from None


def _loaded(text: str) -> Any:
    """Python's values for a JSON text; `NaN` and `Infinity` are the words that JSON proper has for them.

    An infinity is then a number beyond all Reals.
    """
    from json import JSONDecodeError, loads

    hooks: dict[str, Any] = {"object_pairs_hook": _object, "parse_constant": _CONSTANTS.__getitem__}
    try:
        return loads(text, **hooks)
    except JSONDecodeError:
        raise
    except ValueError:  # Python makes no int of thousands of digits
        return loads(text, parse_int=lambda digits: int(digits) if len(digits) <= 20 else float(digits), **hooks)


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = {normal(key): value for key, value in pairs}
    if len(found) != len(pairs):
        raise _TwiceError
    return found


def _twice(source: Source, at: Span | None) -> Diagnostic:
    first: dict[Path, tuple[int, int]] = {}
    for place in places(source.text):
        if place.key is not None and first.setdefault(place.path, place.key) != place.key:
            name = str(place.path[-1])
            return faults.duplicate_column(name, Span(source, *place.key), Span(source, *first[place.path]), at)
    raise AssertionError("some key stands twice")


def _syntax_fault(text: str, at: int, message: str) -> tuple[str, int]:
    """What to say of a text that Python's reader stopped at, and where: its words differ from version to version."""
    before, here = text[:at].rstrip(), text[at:].lstrip()
    if here[:1] == "," and here[1:].lstrip()[:1] in ("]", "}"):  # told at the comma, or behind it
        return "a comma stands behind the last value", len(text) - len(here)
    if here[:1] in ("]", "}") and before.endswith(","):
        return "a comma stands behind the last value", len(before) - 1
    if not here:
        return "it ends too soon", max(len(text.rstrip()) - 1, 0)
    if here.startswith(("#", "//", "/*")):
        return "JSON has no comments", len(text) - len(here)
    if here.startswith("'"):
        return "text stands in double quotes", len(text) - len(here)
    known = {
        "Expecting property name": "a key in double quotes is expected",
        "Expecting ':'": "a colon is expected behind a key",
        "Expecting ','": "a comma or a closing bracket is expected",
        "Expecting value": "a value is expected",
        "Extra data": "something follows the value",
        "Unterminated string": "a quote is not closed",
        "Invalid control character": "a line end or another control character stands in quotes",
        "Invalid \\": "a backslash stands before what it cannot stand before",
    }
    return next((ours for theirs, ours in known.items() if message.startswith(theirs)), message.lower()), at


# ---- Python to values


def _values(value: Any) -> Values:
    if isinstance(value, list):
        return _array(value)
    try:
        found = _array([value])
    except _Misfit as misfit:
        raise _Misfit([((), fault) for _, fault in misfit.found], misfit.count, misfit.mend) from None
    if isinstance(found, Text):
        raise _Misfit([((), f"{_shown(value)}, which is not a number")], 1, "write a number, or a list of words")
    number: float | int | bool = found.item()
    return number


def _array(value: list[Any]) -> NDArray[Any] | Text:
    """An array of any rank, its elements of one kind."""
    leaves, shape = _flattened(value)
    kinds, words = set(map(type, leaves)), frozenset[int]()
    if str in kinds:
        words = frozenset(k for k, leaf in enumerate(leaves) if isinstance(leaf, str))
        leaves = [_WORDS.get(leaf, leaf) if isinstance(leaf, str) else leaf for leaf in leaves]
        kinds = set(map(type, leaves))
    if not kinds:
        return np.zeros(shape)
    if kinds == {str}:
        quoted = [k for k, leaf in enumerate(leaves) if is_number(leaf)]
        if quoted:
            found = [(_index(k, shape), f"{_shown(leaves[k])}, a number in quotes") for k in quoted[:_SHOWN]]
            raise _Misfit(found, len(quoted), "write numbers without quotes; text becomes codes")
        return coded(leaves, shape)
    numbers = bool(kinds & {int, float})
    allowed: set[type] = {int, float} if numbers else {bool} if bool in kinds else {str} if str in kinds else {float}
    if not kinds <= allowed:
        wrong = [k for k, leaf in enumerate(leaves) if type(leaf) not in allowed]
        found = [(_index(k, shape), _fault(leaves[k], allowed)) for k in wrong[:_SHOWN]]
        raise _Misfit(found, len(wrong), _mend(leaves[wrong[0]], allowed))
    if kinds == {bool}:
        return np.array(leaves, np.bool_).reshape(shape)
    if kinds == {int} and _INT.min <= min(leaves) and max(leaves) <= _INT.max:
        return np.array(leaves, np.int64).reshape(shape)
    try:
        reals = np.array(leaves, np.float64)
    except OverflowError:  # an int of hundreds of digits
        reals = np.array([leaf if abs(leaf) < _LARGEST else math.inf for leaf in leaves])
    large = [int(k) for k in np.flatnonzero(np.isinf(reals)) if k not in words]
    if large:
        found = [(_index(k, shape), "is beyond the largest Real") for k in large[:_SHOWN]]
        raise _Misfit(found, len(large), 'write a number below 1.8e308, or `"inf"`')
    if kinds == {int}:
        beyond = [k for k, leaf in enumerate(leaves) if not _INT.min <= leaf <= _INT.max]
        found = [
            (_index(k, shape), f"is {_clipped(str(leaves[k]))}, which 64 bits do not hold") for k in beyond[:_SHOWN]
        ]
        raise _Misfit(found, len(beyond), "write Reals, with a point or an exponent: `1e20`")
    return reals.reshape(shape)


def _flattened(value: list[Any]) -> tuple[list[Any], tuple[int, ...]]:
    """The elements of nested lists, row by row, and the shape that they make."""
    level: list[Any] = value
    shape: list[int] = [len(value)]
    while any(isinstance(item, list) for item in level):
        expected = next(item for item in level if isinstance(item, list))
        wrong = [
            (k, f"{_shown(item)} where a list is expected")
            if not isinstance(item, list)
            else (k, f"has {_count(len(item))} where {len(expected)} {'is' if len(expected) == 1 else 'are'} expected")
            for k, item in enumerate(level)
            if not isinstance(item, list) or len(item) != len(expected)
        ]
        if wrong:
            found = [(_index(k, tuple(shape)), fault) for k, fault in wrong[:_SHOWN]]
            raise _Misfit(found, len(wrong), "the rows of an array have equal lengths")
        shape.append(len(expected))
        level = list(chain.from_iterable(level))
    return level, tuple(shape)


def _index(k: int, shape: tuple[int, ...]) -> tuple[int, ...]:
    """The place of element k of an array, row by row."""
    place = []
    for size in reversed(shape):
        k, at = divmod(k, size)
        place.append(at)
    return tuple(reversed(place))


def _fault(leaf: Any, allowed: set[type]) -> str:
    wanted = "a Bool" if bool in allowed else "text" if str in allowed else "a number"
    if leaf is None:
        return "is null, a missing value"
    return "is missing" if leaf is _LACKING else f"{_shown(leaf)}, which is not {wanted}"


def _mend(leaf: Any, allowed: set[type]) -> str:
    if leaf is None or leaf is _LACKING:
        return "fill in the value, or remove its row"
    if isinstance(leaf, Mapping):
        return "nested lists are arrays; an object stands only at the top, or as a record of a list of them"
    return "the values of a name are of one kind: numbers, Bools or text"


def _shown(value: Any) -> str:
    """What a value is, behind its path."""
    match value:
        case Mapping():
            return "is an object"
        case list():
            return "is a list"
        case bool():
            return f"is {str(value).lower()}"
        case str():
            return f'is "{_clipped(value)}"'
        case None:
            return "is null"
        case _:
            return "is missing" if value is _LACKING else f"is {value}"


def _count(n: int) -> str:
    return "1 value" if n == 1 else f"{n} values"


def _clipped(text: str) -> str:
    flat = " ".join(text.split())
    return flat if len(flat) <= 40 else flat[:37] + "..."


# ---- what is wrong, with its place


def _told(document: Document, name: str | None, misfit: _Misfit, at: Span | None) -> list[Diagnostic]:
    paths = [_path(document, name, place) for place, _ in misfit.found]
    wanted = {*paths, *(path[:-1] for path in paths)}  # of a key that a record lacks, the record is the place
    spans = {p.path: (p.start, p.end) for p in places(document.text) if p.path in wanted}
    source = Source(document.shown_as, document.text)
    last = len(paths) - 1
    return [
        faults.bad_value(
            Span(source, *(spans[path] if path in spans else spans[path[:-1]])),
            at,
            written(path),
            fault,
            misfit.mend if i == 0 else None,
            misfit.count - len(paths) if i == last else 0,
        )
        for i, (path, (_, fault)) in enumerate(zip(paths, misfit.found, strict=True))
    ]


def _path(document: Document, name: str | None, place: tuple[int, ...]) -> Path:
    if name is None:
        return place
    return (place[0], name, *place[1:]) if document.by_rows else (name, *place)
