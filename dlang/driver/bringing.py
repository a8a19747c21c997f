"""Brings what names of a session stand for into an elaboration: kept values, parameters, and formulas.

What was computed from parameters has the value that it had then, on a line. In a model it is a formula, as it is in a
file: its statement is elaborated anew, in a frame of its own where names stand for what they stood for at the time.
A report is a formula always, of the session as it is now.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from dlang.driver.definitions import Definition, Formula, State, mentions, needed
from dlang.driver.kept import Thawer
from dlang.elaborate.models import Elaborator
from dlang.elaborate.values import DRAWS, Absent, Frame, Tup, Value
from dlang.source import Span
from dlang.syntax import ast

__all__ = ["Bringer"]


class Bringer:
    """Binds names in an elaboration.

    Args:
        elaborator: where to.
        state: of the session.
        as_real: single Ints come as Reals.
        formulas: what was computed from parameters is a formula, not a value.
    """

    def __init__(self, elaborator: Elaborator, state: State, *, as_real: bool, formulas: bool) -> None:
        self.thawer = Thawer(elaborator, as_real=as_real)
        self._elaborator, self._state = elaborator, state
        self._as_real, self._formulas = as_real, formulas
        self._file = elaborator.frame
        self._frames: dict[int, Frame] = {}

    def bring(self, known: Mapping[str, Definition]) -> None:
        """Bind all names that do not stand for a text, the parameters first; those that formulas need too."""
        for definition in self.parameters(known.values()):
            self._param(definition)
        for definition in sorted(known.values(), key=lambda each: each.serial):
            self._bind(definition, self.thawer, self._formulas)

    def parameters(self, definitions: Iterable[Definition]) -> list[Definition]:
        """The parameters among definitions and what they are computed from, in the order of their declarations."""
        found: dict[str, Definition] = {}
        todo, seen = [(each, self._formulas) for each in definitions], set[tuple[int, bool]]()
        while todo:
            definition, inside = todo.pop()
            if (id(definition), inside) in seen:
                continue
            seen.add((id(definition), inside))
            if definition.kind == "param":
                now = self._state.names.get(definition.name)
                if now is not None and now.kind == "param":
                    found[now.name] = now
            formula = self._formula(definition, inside)
            if formula is not None:
                todo += [(each, True) for each in formula.known.values()]
        return sorted(found.values(), key=lambda each: each.serial)

    def _formula(self, definition: Definition, inside: bool) -> Formula | None:
        """How a name is computed, if it is not its value that is wanted; `inside` another formula it never is."""
        if definition.kind == "report":
            return Formula(definition.stmt, needed(self._state, mentions(definition.stmt)), self._state.draws)
        return definition.formula if inside else None

    def _bind(self, definition: Definition, thawer: Thawer, inside: bool) -> None:
        """Bind a name in the frame at hand, which is that of `thawer`; functions are texts."""
        formula = self._formula(definition, inside)
        value: Value | None = None
        if definition.kind == "param":
            value = self._file.env.get(definition.name)
        if formula is not None:
            value = self._computed(definition, formula)
        elif value is None and definition.value is not None:
            value = thawer.value(definition.value, definition.name, definition.span)
        if value is not None and not isinstance(value, Absent):
            self._elaborator.bind(definition.name, value)

    def _computed(self, definition: Definition, formula: Formula) -> Value | None:
        """The value that a formula has in this elaboration; its statement is elaborated once."""
        el, outer = self._elaborator, self._elaborator.frame
        key = id(definition.stmt) if definition.kind == "report" else id(formula)
        if key not in self._frames:
            frame = self._frames[key] = Frame(outer.build)
            el.frame = frame
            try:
                frame.env[DRAWS] = Tup(tuple(el.literal(n) for n in formula.draws))
                thawer = Thawer(el, as_real=self._as_real, base=self.thawer)
                texts: list[ast.Statement] = []
                for each in formula.known.values():
                    if each.kind == "fn":
                        texts += [each.stmt, *each.rules]
                    else:
                        self._bind(each, thawer, True)
                el.statements([*texts, formula.stmt], False)
            finally:
                el.frame = outer
        return self._frames[key].env.get(definition.name)

    def _param(self, definition: Definition) -> None:
        """Declare a parameter with the start and the bounds that were computed when it was declared."""
        name, stmt, kept, el = definition.name, definition.stmt, definition.value, self._elaborator
        assert isinstance(stmt, ast.ParamDecl)
        assert kept is not None
        at = stmt.bounds.span if stmt.bounds is not None else stmt.span
        ends = [
            self._named(f"%{place} {name}", self.thawer.value(bound, name, at), at)
            for place, bound in zip(("lower", "upper"), definition.bounds or (), strict=False)
        ]
        start = self._named(f"%start {name}", self.thawer.value(kept, name, stmt.start.span), stmt.start.span)
        bounds = ast.Range(at, ends[0], ends[1], False, None) if stmt.bounds is not None and ends else None
        el.statement(ast.ParamDecl(stmt.span, stmt.name, bounds, start, stmt.fixed))

    def _named(self, name: str, value: Value, at: Span) -> ast.Name:
        """A name for a value, such as no program can write."""
        self._elaborator.bind(name, value)
        return ast.Name(at, name)
