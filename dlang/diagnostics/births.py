"""Where a result stopped being finite, and how that is said: what E0601 is made of."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping

from dlang.diagnostics.core import Diagnostic, Label
from dlang.records import record, replace
from dlang.source import Span

__all__ = [
    "Birth",
    "Fed",
    "Pass",
    "application",
    "finite_but_for_slope",
    "labels_of",
    "mend_of",
    "notes_of",
    "number",
    "visible_passes",
]


@record
class Fed:
    """What an application was fed with: an operand at the element in question.

    Attributes:
        name: as the source has it, or "".
        value: a number or Bool; None for an array that is not taken element by element.
        shape: of such an array.
        largest: its element of the largest size, if it has any.
        text: all of it, if it is small.
    """

    name: str
    value: float | int | bool | None
    shape: tuple[int, ...] = ()
    largest: float | None = None
    text: str = ""


@record
class Pass:
    """A pass of a loop, counted from 1, and where the loop stands."""

    number: int
    span: Span | None = None


@record
class Birth:
    """Where a value that reached a result stopped being finite.

    Attributes:
        span: the place in the source, if the statement has one.
        primitive: what was applied there; in a derivative, what it is the derivative of.
        operands: what that was applied to.
        value: what came of them: NaN or an infinity.
        passes: of the loops around it, outermost first.
        place: indexes of the element in an array result, from 0; empty for a scalar.
        calls: places of the calls that led there, outermost first.
        row: the data row that the element came of, from 1; None where it came of none, or of several.
        datum: a datum of that row, where data of other lengths have rows too; else "".
        order: of a derivative, how often it was taken; 0 for a value.
        rule: in a derivative, what its rule applied there.
        given: in a derivative rule of the program's own, the arguments that are mentioned there, with their values.
    """

    span: Span | None
    primitive: str
    operands: tuple[Fed, ...]
    value: float
    passes: tuple[Pass, ...] = ()
    place: tuple[int, ...] = ()
    calls: tuple[Span, ...] = ()
    row: int | None = None
    datum: str = ""
    order: int = 0
    rule: str = ""
    given: tuple[tuple[str, float | int | bool], ...] = ()

    @property
    def seen(self) -> Span | None:
        """The place in the user's own text: the birth's, or that of the call that led into the library."""
        for span in (self.span, *reversed(self.calls)):
            if span is not None and not span.source.in_library:
                return span
        return self.span

    @property
    def named(self) -> tuple[tuple[str, float | int | bool], ...]:
        """Operands that have a name, and arguments of the rule around them, with their values, each once."""
        named = [(o.name, o.value) for o in self.operands if o.name and o.value is not None]
        return tuple(dict.fromkeys((*named, *self.given)))


def labels_of(birth: Birth, facts: str = "") -> tuple[Label | None, tuple[Label, ...]]:
    """The place of a birth as the user sees it, and further places: that in the library, and those of the calls.

    `facts` is what is said at the place, if it is known better than by the birth.
    """
    facts = facts or _facts(birth)
    row = ""
    if birth.row is not None:
        row = f", data row {birth.row}" + (f" of `{birth.datum}`" if birth.datum else "")
    if birth.seen is None or birth.span is None or birth.seen == birth.span:
        return (Label(birth.seen, facts + row) if birth.seen is not None else None), _calls(birth)
    primary = Label(birth.seen, facts.replace(" here", " in this call", 1) + row)
    return primary, (Label(birth.span, facts), *_calls(birth))


def mend_of(birth: Birth) -> str | None:
    """What may help."""
    if birth.rule in _WORDS:
        return _MENDS[birth.rule]
    return _SLOPES.get(birth.primitive, _AWAY) if birth.order else _MENDS.get(birth.primitive)


def finite_but_for_slope(diagnostic: Diagnostic, what: str, value: float) -> Diagnostic:
    """The diagnostic of a derivative that is not finite, of something that is."""
    note = f"{what} is finite there, {number(value)}: only its derivative is not"
    return replace(diagnostic, notes=(*diagnostic.notes, note))


# ---- where


_MOST_CALLS = 6
"""Places of calls that are shown, the innermost of them and the outermost one."""


def _calls(birth: Birth) -> tuple[Label, ...]:
    """The calls that led to a birth, innermost first; those within the library are its own affair."""
    places = Counter(c for c in birth.calls if not c.source.in_library and c not in (birth.seen, birth.span))
    shown = [
        Label(span, "called from here" if times == 1 else f"called from here, {times} calls within each other")
        for span, times in reversed(places.items())
    ]
    return tuple(shown if len(shown) <= _MOST_CALLS else [*shown[: _MOST_CALLS - 1], shown[-1]])


def notes_of(birth: Birth) -> tuple[str, ...]:
    """The passes of loops, the element where no row says which, and the depth of the calls."""
    notes = []
    passes = visible_passes(birth)
    words = {_loop(each) for each in passes}
    if len(passes) > 1 and words == {"the loop"}:
        notes.append(f"in pass {', '.join(str(each.number) for each in passes)} of the loops, outermost first")
    elif passes:
        told = ", ".join(f"pass {each.number} of {_loop(each)}" for each in passes)
        notes.append(f"in {told}" + (", outermost first" if len(passes) > 1 else ""))
    if birth.place and (birth.row is None or len(birth.place) > 1):
        notes.append(f"at element [{', '.join(map(str, birth.place))}], counted from 0")
    if len(birth.calls) > _MOST_CALLS:
        notes.append(f"{len(birth.calls)} calls deep")
    return tuple(notes)


def visible_passes(birth: Birth) -> tuple[Pass, ...]:
    """The passes of loops that the user wrote, or handed a function to: not of the library's, nor of a Jacobian's."""
    return tuple(
        each
        for each in birth.passes
        if each.span is None or not (each.span.source.in_library or _is_derivative(each.span.text))
    )


def _loop(each: Pass) -> str:
    """What goes through the passes, in words: a loop, a comprehension, a function such as `map`."""
    text = each.span.text if each.span is not None else ""
    if text.startswith("["):
        return "the comprehension"
    name = text.partition("(")[0]
    return f"`{name}`" if name != text and name.replace(".", "").isidentifier() else "the loop"


def _is_derivative(text: str) -> bool:
    return text.startswith(("jacobian", "hessian", "hvp", "jvp", "vjp", "grad", "value_and_grad")) or "'(" in text


# ---- what


def _facts(birth: Birth) -> str:
    """What was computed, what came of it, and of which named values."""
    named = [f"{name} = {number(value)}" for name, value in birth.named]
    if birth.rule in _WORDS:
        return f"{_WORDS[birth.rule]} is {number(birth.value)} here"
    if birth.order:
        text = birth.span.text if birth.span is not None else ""
        ordinal = _ORDINALS.get(birth.order, f"{birth.order}th ")
        quotes = not _is_derivative(text) and "\n" not in text
        if text and quotes and len(text) <= _LONGEST and (named or not birth.operands):
            at = f" at {', '.join(named)}" if named else ""
            return f"the {ordinal}derivative of `{text}`{at} is {number(birth.value)} here"
        return f"the {ordinal}derivative of {application(birth)} is {number(birth.value)} here"
    given = f" ({', '.join(named)})" if named else ""
    return f"{application(birth)} is {number(birth.value)} here{given}"


_ORDINALS: Mapping[int, str] = {1: "", 2: "second ", 3: "third "}

_LONGEST = 40
"""Characters of source that a sentence quotes."""


def application(birth: Birth) -> str:
    """What was computed, as the user would write it, `log(0.0)` or `1.0 / 0.0`; of arrays, what they were like."""
    from dlang.diagnostics.spoken import INFIX, spoken

    word, symbol = spoken(birth.primitive), INFIX.get(birth.primitive)
    if not birth.operands:
        return f"`{word}`"
    if any(o.value is None for o in birth.operands):
        arrays = [_described(o) for o in birth.operands if o.value is None]
        texts = [o.text if o.value is None else number(o.value) for o in birth.operands]
        if all(texts):
            return f"`{word}({', '.join(texts)})`"
        return f"`{word}` of {' and '.join(arrays)},"
    values = [number(o.value) for o in birth.operands if o.value is not None]
    if symbol is not None and len(values) == 2:
        base = f"({values[0]})" if symbol == "^" and values[0].startswith("-") else values[0]
        return f"`{base} {symbol} {values[1]}`"
    if birth.primitive == "neg":
        return f"`-{values[0]}`"
    return f"`{word}({', '.join(values)})`"


def _described(fed: Fed) -> str:
    """An array in words: `4 numbers, the largest 1e+308`, `an array [2, 2], its largest element 1.0`."""
    if len(fed.shape) == 1:
        words = f"{fed.shape[0]} number{'s' if fed.shape[0] != 1 else ''}"
        return words if fed.largest is None else f"{words}, the largest {number(fed.largest)}"
    words = f"an array {list(fed.shape)}"
    return words if fed.largest is None else f"{words}, its largest element {number(fed.largest)}"


_WORDS: Mapping[str, str] = {
    "inverse_gaps": "the derivative of vectors of repeated values",
    "full_rank": "the derivative in a matrix without full rank",
}
"""What is said instead of the application, for what only derivatives apply."""

_SINGULAR = "the matrix is singular: are its rows, or its columns, multiples or sums of each other?"

_MENDS: Mapping[str, str] = {
    "log": "keep the argument of `log` positive, for instance by a bound such as `param k in 1e-6..inf`",
    "sqrt": "keep the argument of `sqrt` at or above 0, for instance by a bound such as `param k in 0..inf`",
    "div": "keep the divisor away from 0",
    "exp": "keep the argument of `exp` below 709, for instance by bounds or by scaling the data",
    "pow": "keep the base positive: a negative number has no real power to a fraction",
    "power_n": "keep the base smaller, for instance by bounds or by scaling the data",
    "inv": _SINGULAR,
    "solve": _SINGULAR,
    "logdet": _SINGULAR,
    "cholesky": "the matrix is not positive definite; one of parameters may be made as `L @ transpose(L)`",
    "full_rank": "leave out the columns that are multiples or sums of others, or start where none is",
    "inverse_gaps": "use what does not depend on the vectors, or start where the values differ",
}

_AWAY = "the value may be finite there, but its slope is not: stay away from that point, by a bound or another start"

_SLOPES: Mapping[str, str] = {
    "sqrt": "keep the argument of `sqrt` above 0, as by `param k in 1e-6..inf`: at 0 its slope is infinite",
    "pow": "keep the base above 0, as by `param k in 1e-6..inf`: at 0 the slope of a root is infinite",
    "asin": "keep the argument of `asin` between -1 and 1, ends left out: there its slope is infinite",
    "acos": "keep the argument of `acos` between -1 and 1, ends left out: there its slope is infinite",
    "acosh": "keep the argument of `acosh` above 1: at 1 its slope is infinite",
    "cbrt": "keep the argument of `cbrt` away from 0: there its slope is infinite",
}
"""For derivatives where the value is finite."""


def number(value: float | int | bool) -> str:
    """A number as the language writes it."""
    return str(value).lower() if isinstance(value, bool) else repr(value)
