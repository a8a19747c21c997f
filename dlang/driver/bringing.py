"""Brings what names of a session stand for into an elaboration: kept values, parameters, and formulas.

What was computed from parameters has the value that it had then, on a line. In a model it is a formula, as it is in a
file: its statement is elaborated anew, in a frame of its own where names stand for what they stood for at the time.
A report is a formula always, of the session as it is now; where a formula reads it, of what names stood for then.
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
        self._frames: dict[tuple[int, int], Frame] = {}

    def bring(self, known: Mapping[str, Definition]) -> None:
        """Bind all names that do not stand for a text, the parameters first; those that formulas need too."""
        for definition in self.parameters(known.values()):
            self._param(definition)
        for definition in sorted(known.values(), key=lambda each: each.serial):
            self._bind(definition, self.thawer, self._formulas)

    def parameters(self, definitions: Iterable[Definition]) -> list[Definition]:
        """The parameters among definitions and what they are computed from, in the order of their declarations."""
        found: dict[str, Definition] = {}
        todo: list[tuple[Definition, bool, Formula | None]] = [(each, self._formulas, None) for each in definitions]
        seen = set[tuple[int, bool, int]]()
        while todo:
            definition, inside, of = todo.pop()
            key = (id(definition), inside, id(of) if definition.kind == "report" else 0)
            if key in seen:
                continue
            seen.add(key)
            if definition.kind == "param":
                now = self._state.names.get(definition.name)
                if now is not None and now.kind == "param":
                    found[now.name] = now
            formula = self._formula(definition, inside, of)
            if formula is not None:
                outer = of if definition.kind == "report" else formula  # a report's is made anew each time
                todo += [(each, True, outer) for each in formula.known.values()]
        return sorted(found.values(), key=lambda each: each.serial)

    def _formula(self, definition: Definition, inside: bool, of: Formula | None) -> Formula | None:
        """How a name is computed, if it is not its value that is wanted; `inside` another formula it never is.

        `of` is the formula that it is inside, if any: there a report is made of what names stood for then.
        """
        stmt = definition.stmt
        if isinstance(stmt, ast.Report) and of is not None:  # a value there: what is reported is that of now
            known = needed(State(dict(of.known)), mentions(stmt))
            return Formula(ast.Assign(stmt.span, stmt.name, "=", stmt.value), known, of.draws)
        if isinstance(stmt, ast.Report):
            return Formula(stmt, needed(self._state, mentions(stmt)), self._state.draws)
        return definition.formula if inside else None

    def _bind(self, definition: Definition, thawer: Thawer, inside: bool, of: Formula | None = None) -> None:
        """Bind a name in the frame at hand, which is that of `thawer`; functions are texts."""
        formula = self._formula(definition, inside, of)
        value: Value | None = None
        if definition.kind == "param":
            value = self._file.env.get(definition.name)
        if formula is not None:
            value = self._computed(definition, formula, of)
        elif value is None and definition.value is not None:
            value = thawer.value(definition.value, definition.name, definition.span)
        if value is not None and not isinstance(value, Absent):
            self._elaborator.bind(definition.name, value)

    def _computed(self, definition: Definition, formula: Formula, of: Formula | None) -> Value | None:
        """The value that a formula, `of` is around it, has in this elaboration; its statement is elaborated once."""
        el, outer = self._elaborator, self._elaborator.frame
        is_report = definition.kind == "report"
        key = (id(definition.stmt), id(of)) if is_report else (id(formula), 0)
        inner = of if is_report else formula  # a report's is made anew each time
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
                        self._bind(each, thawer, True, inner)
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
