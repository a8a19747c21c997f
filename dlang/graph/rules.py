"""Derivative rules as text, from the table of primitives itself.

    exp     x: ct * out          mul     x: ct * y,  y: ct * x          sum     x: broadcast_like(ct, x)

A rule is run on stand-ins, as a pass does to write IR; what it applied is then written as one expression.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from dlang.briefly import number
from dlang.diagnostics.spoken import INFIX, spoken
from dlang.ir.builder import Builder, as_atom
from dlang.ir.nodes import Apply, Atom, Literal, Var
from dlang.primitives import rules
from dlang.values import format_value

__all__ = ["Rules"]

_LONGEST = 160
"""Characters of a rule; what is longer is cut."""

_DEEPEST = 8
"""Operations that are written within each other; what is inside is left out."""

_TIGHTNESS = {"+": 1, "-": 1, "*": 2, "/": 2, "//": 2, "%": 2, "@": 2, "^": 4}
"""How tightly operators hold their operands; others stand in a call."""


class Rules:
    """Texts of rules, each made once for a primitive and what it is applied to."""

    def __init__(self) -> None:
        self._known: dict[object, str] = {}

    def text(self, stmt: Apply) -> str:
        """The cotangent of each operand, from the cotangent `ct` of the result `out`; empty if all are zero."""
        of = tuple((a.value if isinstance(a, Literal) else None, a.type) for a in stmt.args)
        key = (stmt.prim.name, of, repr(stmt.static))
        if key not in self._known:
            self._known[key] = _text(stmt)
        return self._known[key]


def _text(stmt: Apply) -> str:
    prim = stmt.prim
    names = _operand_names(len(stmt.args))
    atoms = [a if isinstance(a, Literal) else Var(a.type, name) for name, a in zip(names, stmt.args, strict=True)]
    wanted = [a.type.is_real and isinstance(a, Var) for a in atoms]
    has_rule = prim.partials is not None or prim.vjp is not None
    if prim.discrete or not has_rule or not any(wanted) or rules.missing(prim, wanted) is not None:
        return ""
    build = Builder()
    several = len(stmt.outs) > 1
    outs = tuple(build.ref(Var(o.type, f"out{k}" if several else "out")) for k, o in enumerate(stmt.outs))
    cts = tuple(
        build.ref(Var(o.type, f"ct{k}" if several else "ct")) if o.type.is_real else None
        for k, o in enumerate(stmt.outs)
    )
    primals = list(map(build.ref, atoms))
    out, ct = (outs, cts) if several else (outs[0], cts[0])
    pulled = rules.vjp(prim, out, primals, ct, stmt.static, wanted)
    made = {o: s for s in build.outermost if isinstance(s, Apply) for o in s.outs}
    parts = [
        f"{name}: {_written(as_atom(each), made)}" for name, each in zip(names, pulled, strict=True) if each is not None
    ]
    return _cut(",  ".join(parts))


def _operand_names(number: int) -> Sequence[str]:
    letters = ("x", "y", "z")
    return letters[:number] if number <= len(letters) else [f"x{k}" for k in range(number)]


def _cut(text: str) -> str:
    return text if len(text) <= _LONGEST else text[: _LONGEST - 1] + "\u2026"


def _written(atom: Atom, made: Mapping[Var, Apply], outer: int = 0, depth: int = 0) -> str:
    """An expression; in parentheses where it holds its operands less tightly than what is around it."""
    if isinstance(atom, Literal):
        return number(atom.value)
    if atom not in made:
        return atom.hint
    if depth > _DEEPEST:
        return "\u2026"
    stmt = made[atom]
    name = stmt.prim.name
    symbol = INFIX.get(name, "")
    below = depth + 1
    if name == "power_n":
        return f"{_written(stmt.args[0], made, 5, below)}^{stmt.static['n']}"
    if name == "neg":
        return _parenthesised(f"-{_written(stmt.args[0], made, 3, below)}", 3, outer)
    if symbol not in _TIGHTNESS:
        which = [f"{key}={format_value(v)}" for key, v in stmt.static.items() if isinstance(v, int) and v is not False]
        inside = ", ".join([*(_written(a, made, 0, below) for a in stmt.args), *which])
        return f"{spoken(name)}({inside})"
    tight = _TIGHTNESS[symbol]
    left, right = _written(stmt.args[0], made, tight, below), _written(stmt.args[1], made, tight + 1, below)
    space = "" if symbol == "^" else " "
    return _parenthesised(f"{left}{space}{symbol}{space}{right}", tight, outer)


def _parenthesised(text: str, tight: int, outer: int) -> str:
    return f"({text})" if tight < outer else text
