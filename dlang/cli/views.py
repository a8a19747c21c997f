"""Results as text for people: pure functions from data to lines, six digits, no terminal in sight.

value  3.14159

name  start  gradient
a         1  -2.71828
k       0.1   0.57721
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from dlang.diagnostics.ansi import style, visible
from dlang.trees import named_leaves

__all__ = [
    "Check",
    "check_cells",
    "check_header",
    "check_notes",
    "fields",
    "gradient_view",
    "markdown_view",
    "matrix_view",
    "number",
    "run_view",
    "shown",
    "table",
]

_FEW = 6  # an array of up to this many numbers is written out


class Check(NamedTuple):
    """What a gradient check found for one name.

    That is: the independent derivative, the relative error, what follows in a word, the derivatives to the left and to
    the right, where the function has values there, and the exact derivative, where the name is none of the gradient's.
    """

    numerical: Any
    relative_error: float
    state: str = "agrees"
    left: float | None = None
    right: float | None = None
    exact: float | None = None


def check_header(checks: Iterable[Check]) -> list[str]:
    """Headings of a check's columns: the last one only where a word is needed."""
    return ["numerical", "relative error", *(["state"] if any(c.state != "agrees" for c in checks) else [])]


def check_cells(check: Check, header: Sequence[str]) -> list[str]:
    """The cells of a check, for its columns."""
    numerical = shown(check.numerical)
    if check.state in ("kink", "jump") and None not in (check.left, check.right):
        sides = shown(check.left), shown(check.right)
        numerical = " to ".join(dict.fromkeys(sides))
    return [numerical, number(check.relative_error, 2), check.state][: len(header)]


def check_notes(checks: Mapping[str, Check]) -> list[str]:
    """A line for each name at which a gradient is a convention, or of which a check can say nothing."""
    found = []
    for name, check in checks.items():
        pairs = (("left", check.left), ("right", check.right))
        sides = ", ".join(f"{word} {number(side)}" for word, side in pairs if side is not None)
        text = {
            "kink": f"at a kink: {sides}",
            "jump": f"at a jump; beside it: {sides}",
            "unsure": "differences cannot tell: what they give may be off by as much",
        }.get(check.state)
        found += [f"{visible(name)}: {text}"] if text else []
    return found


def run_view(objective: float | None, reports: Mapping[str, Any], *, colour: bool = False) -> str:
    """The objective and the reports behind what a run printed; empty where the program has neither."""
    rows = [] if objective is None else [("objective", objective)]
    return fields([*rows, *_apart(reports).items()], colour=colour)


def gradient_view(
    value: Any,
    gradient: Mapping[str, Any],
    at: Mapping[str, Any],
    checks: Mapping[str, Check] | None = None,
    *,
    colour: bool = False,
) -> str:
    """The value, then a row a name: where it was taken, the gradient, and the check's columns.

    Below an array that was checked along directions of the whole of it stands a row for these.
    """
    header = ["name", "at", "gradient"]
    compared = check_header(checks.values()) if checks is not None else []
    header += compared
    rows = []
    taken_at = _apart(at, checks)
    known = _apart(gradient, checks)
    along = {name.partition(" ")[0]: name for name in checks or () if name not in known}
    for name, entry in known.items():
        row = [visible(name), shown(taken_at[name]) if name in taken_at else "", shown(entry)]
        check = (checks or {}).get(name)
        rows.append([*row, *(check_cells(check, compared) if check else [""] * len(compared))])
        if checks is not None and name in along:
            check = checks[along[name]]
            rows.append([visible(along[name]), "", shown(check.exact), *check_cells(check, compared)])
    head = fields([("value", value)], colour=colour)
    return f"{head}\n\n{table(header, rows, colour=colour)}" if rows else head


def _apart(values: Mapping[str, Any], checks: Mapping[str, Check] | None = None) -> dict[str, Any]:
    """Values by name, records and tuples taken apart, and arrays too whose elements were checked: `p.W[0,1]`."""
    found: dict[str, Any] = {}
    for name, value in (pair for each in values.items() for pair in named_leaves(*each)):
        shape = getattr(value, "shape", ())
        if value is None or not shape or f"{name}[{','.join('0' * len(shape))}]" not in (checks or ()):
            found |= {} if value is None else {name: value}
            continue
        from itertools import product

        for place in product(*map(range, shape)):
            found[f"{name}[{','.join(map(str, place))}]"] = value[place]
    return found


def matrix_view(names: Sequence[str], matrix: Sequence[Sequence[float]], *, colour: bool = False) -> str:
    """A square matrix with a name at each row and column."""
    rows = [[visible(name), *map(number, row)] for name, row in zip(names, matrix, strict=True)]
    return table(["", *map(visible, names)], rows, colour=colour)


def fields(rows: Iterable[tuple[str, Any]], *, colour: bool = False) -> str:
    """Names and values in two columns."""
    pairs = [(visible(name), shown(value)) for name, value in rows]
    wide = max((_width(name) for name, _ in pairs), default=0)
    return "\n".join(style(name, "bold", on=colour) + " " * (wide - _width(name) + 2) + value for name, value in pairs)


def table(header: Sequence[str], rows: Sequence[Sequence[str]], *, colour: bool = False) -> str:
    """Columns under their headings: the first to the left, the others to the right."""
    widths = [max(map(_width, column)) for column in zip(header, *rows, strict=True)]

    def line(cells: Sequence[str]) -> str:
        padded = [" " * (wide - _width(cell)) for cell, wide in zip(cells, widths, strict=True)]
        first, *others = zip(cells, padded, strict=True)
        return "  ".join([first[0] + first[1], *(pad + cell for cell, pad in others)]).rstrip()

    return "\n".join([style(line(header), "bold", on=colour), *map(line, rows)])


def number(x: float, digits: int = 6) -> str:
    """A number with up to `digits` significant digits; Ints and Bools whole."""
    if isinstance(x, bool):
        return "true" if x else "false"
    if isinstance(x, int):
        return str(x)
    return f"{x:.{digits}g}"


def shown(value: Any) -> str:
    """A value in one line. A large array is told by its shape and range: `[3, 100], -0.5 to 2.25`."""
    if hasattr(value, "tolist"):
        value = value.tolist()
    if isinstance(value, str):
        return visible(value)
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{visible(str(key))}: {shown(each)}" for key, each in value.items()) + "}"
    if isinstance(value, tuple):
        return "(" + ", ".join(map(shown, value)) + ("," if len(value) == 1 else "") + ")"
    if not isinstance(value, list):
        return "" if value is None else number(value)
    shape, numbers = _flat(value)
    if len(numbers) <= _FEW:
        return "[" + ", ".join(map(shown, value)) + "]"
    known = [x for x in numbers if x == x]
    unknown = len(numbers) - len(known)
    parts = [f"[{', '.join(map(str, shape))}]"]
    parts += [f"{number(min(known))} to {number(max(known))}"] if known else []
    parts += [f"{unknown} nan"] if unknown else []
    return ", ".join(parts)


def markdown_view(text: str, *, colour: bool = False, width: int = 80) -> str:
    """A page as a terminal shows it: headings bold, fenced programs indented, paragraphs filled to the width."""
    from textwrap import fill

    lines: list[str] = []
    paragraph: list[str] = []
    fenced = False
    for line in [*text.rstrip("\n").split("\n"), ""]:
        prose = not fenced and line != "" and not line.startswith(("```", "#", "|", "- "))
        if paragraph and not prose:
            lines.append(fill(" ".join(paragraph), width, break_long_words=False, break_on_hyphens=False))
            paragraph = []
        if prose:
            paragraph.append(line.strip())
        elif line.startswith("```"):
            fenced = not fenced
        elif fenced:
            lines.append(f"    {line}".rstrip())
        elif line.startswith("#"):
            lines.append(style(line.lstrip("#").strip(), "bold", on=colour))
        else:
            lines.append(line)
    return "\n".join(lines).rstrip("\n")


def _width(text: str) -> int:
    if text.isascii():
        return len(text)
    from dlang.diagnostics.cells import width_of

    return width_of(text)


def _flat(value: list[Any]) -> tuple[list[int], list[Any]]:
    """Shape and elements of nested lists."""
    shape = []
    numbers: list[Any] = value
    while True:
        shape.append(len(value))
        if not value or not isinstance(value[0], list):
            return shape, numbers
        numbers = [each for row in numbers for each in row]
        value = value[0]
