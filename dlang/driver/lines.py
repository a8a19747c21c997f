"""A line of a session as a small program: the definitions that it needs, the values of names, and the line itself.

What it costs depends on what the line mentions, itself or through functions, never on how long the session is.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from dlang.diagnostics import Diagnostic, DlangError, Label, Reporter, names, running
from dlang.driver.bringing import Bringer
from dlang.driver.definitions import Definition, State, assigned, needed, reads
from dlang.driver.kept import Keeper, Thawer
from dlang.driver.literals import literal_value
from dlang.driver.load import NAMES
from dlang.driver.running import Whole
from dlang.driver.sources import Sources, real
from dlang.driver.taped import default_limit
from dlang.driver.wording import SESSION, said
from dlang.elaborate.annotations import check_annotations
from dlang.elaborate.bindings import Binding, Kind, Members
from dlang.elaborate.models import Elaborator, GivenStart
from dlang.elaborate.scope import check_names
from dlang.elaborate.tree import declared_names
from dlang.elaborate.values import DRAWS, Tup, Value, leaves
from dlang.ir.nodes import Atom, Literal, Module, Var
from dlang.passes.split import slice_function, whole_function
from dlang.records import record, replace
from dlang.recursion import deep_recursion
from dlang.source import Span
from dlang.syntax import ast
from dlang.trees import root

__all__ = ["LINE", "Line", "elaborated"]

LINE = "the.line"
"""The name of a line's function in its IR; no function of a program has a dot in its name."""

NOT_FINITE = frozenset(("nan", "inf", "-inf"))
_BLANKS = str.maketrans("[](){},:", "        ")

_KINDS: dict[str, Kind] = {
    "value": "assigned",
    "report": "assigned",
    "param": "param",
    "data": "data",
    "import": "import",
}


@record(eq=False)
class Line:
    """A line that is elaborated.

    Attributes:
        elaborator: holds its statements and names.
        value: of its last statement.
        thawer: brought back what was kept.
        params: how many parameters the session had before it.
        members: what can be read of the modules that it imports, by `id` of the import.
        partial: names that only some of its paths bind, each with one that does not.
        warnings: what was reported.
        state: of the session before it.
    """

    elaborator: Elaborator
    value: Value
    thawer: Thawer
    params: int
    members: Mapping[int, Members]
    partial: Mapping[str, Label]
    warnings: Sequence[Diagnostic]
    state: State

    def keeper(self, late: Callable[[str], bool]) -> Keeper:
        """What takes values of the line over into the session."""
        return Keeper(self.elaborator, late, self.thawer.modules)

    @property
    def draws(self) -> list[Atom]:
        """The state of random draws behind the line."""
        return [leaf.atom for leaf in leaves(self.elaborator.draws())]

    @property
    def variables(self) -> list[Var]:
        """The inputs of its IR and the parameters that it reads."""
        el = self.elaborator
        return [*(i.var for i in el.inputs), *(p.var for p in el.parameters[: self.params])]

    @property
    def arguments(self) -> list[Any]:
        """Values of the `variables`: parameters are where a fit has left them, else at their starts."""
        el, moved = self.elaborator, self.state.moved
        params = el.parameters[: self.params]
        return [*(i.value for i in el.inputs), *(moved.get(p.name, self.number(p.start)) for p in params)]

    def number(self, atom: Atom) -> Any:
        """What a start or a bound of one of the session's parameters is."""
        if isinstance(atom, Literal):
            return atom.value
        return next(i.value for i in self.elaborator.inputs if i.var is atom)

    def whole(self, results: Sequence[Atom]) -> Whole:
        """The line, all of it, ready to run; it yields `results`."""
        body, module = self.elaborator.frame.build.outermost, self.elaborator.module
        return Whole(
            lambda policy: whole_function(LINE, module, body, self.variables, results, policy=policy), default_limit()
        )

    def slice(self, results: Sequence[Atom], *, inlined: bool = True) -> Module:
        """The IR of what `results` need."""
        body = self.elaborator.frame.build.outermost
        with deep_recursion():
            return slice_function(LINE, self.elaborator.module, body, self.variables, results, inlined=inlined)

    def run(
        self, results: Sequence[Atom], emit: Callable[[str], None], told: int = 0
    ) -> tuple[list[Any], list[Diagnostic]]:
        """Run the line once.

        Args:
            results: what is wanted of it.
            emit: gets what it prints.
            told: how many of the results must be finite, or it is said where they ceased to be.

        Returns: the results, and warnings of what is not finite.

        Raises:
            DlangError: E06xx, it failed.
        """
        whole, arguments = self.whole(results), self.arguments
        printed: list[str] = []

        def line(text: str) -> None:
            printed.append(text)
            emit(text)

        with deep_recursion():
            out = whole(LINE, arguments, line)
        found = [out] if len(results) == 1 else list(out or ())
        return found, self._warnings(whole, arguments, found[:told], printed)

    def _warnings(
        self, whole: Whole, arguments: Sequence[Any], found: Sequence[Any], printed: Sequence[str]
    ) -> list[Diagnostic]:
        """Where what is not finite in results, or in what was printed, was born."""
        words = {word for text in printed for word in text.translate(_BLANKS).split()}
        if all(np.all(np.isfinite(value)) for value in found) and not NOT_FINITE & words:
            return []
        from dlang.interpreter.birth import find_birth  # loaded where something is not finite

        module = whole.module

        warnings = Reporter()
        for position, value in enumerate(found):
            if not np.all(np.isfinite(value)):
                birth = find_birth(module, LINE, arguments, position)
                if birth is not None:
                    one = value if not np.ndim(value) else None
                    warnings(running.not_finite(birth, "the value", one, severity="warning"))
        birth = find_birth(module, LINE, arguments, printed=True) if NOT_FINITE & words else None
        if birth is not None:
            warnings(running.not_finite(birth, "a printed value", None, severity="warning"))
        return warnings.diagnostics


def elaborated(
    state: State,
    statements: Sequence[ast.Statement],
    span: Span,
    folder: Path,
    *,
    seed: int | None = None,
    also: Iterable[str] = (),
    fix: Collection[str] = (),
    as_real: bool = False,
    formulas: bool = False,
    forward: Collection[str] | None = None,
) -> Line:
    """Statements in front of which stands what they need of a session.

    Args:
        state: of the session.
        statements: of one line.
        span: all of it.
        folder: what paths in it are relative to.
        seed: of random draws, which goes before those that the session sets.
        also: names that are needed besides those which are mentioned.
        fix: names of parameters to hold.
        as_real: take single Ints among the values as Reals.
        formulas: what was computed from parameters depends on them, as it does in a file.
        forward: names that come later; an unknown name that is none of them is a warning then, since a function may
            name what is bound before it is called.

    Raises:
        DlangError: everything that is wrong with it.
    """
    report = Reporter()
    program, given, known = _arranged(state, statements, span, also)
    imports, members = None, None
    if any(isinstance(stmt, ast.Import) for stmt in statements):
        from dlang.driver.modules import find_modules

        imports, members = find_modules(program, folder, NAMES, report, SESSION)
    found = check_names(program, NAMES.union(forward or ()), report, members, given)
    report = _with_all_names(report, state, span, forward)
    check_annotations(ast.Program(span, tuple(statements)), report)
    tables = {n.text for s in statements if isinstance(s, ast.DataDecl) and s.as_table for n in s.names}
    sources = Sources(folder, {}, None, SESSION, tables)
    declared = {name.text for stmt in statements for name in declared_names(stmt)}
    starts = {name: _start(name, text) for name, text in state.starts.items() if root(name) not in declared}
    with deep_recursion():
        elaborator = Elaborator(report, imports, sources, {}, starts, frozenset(fix))
        elaborator.libraries |= state.libraries
        elaborator.rules.update({body: dict(rules) for body, rules in state.module_rules.items()})
        elaborator.begin_draws(seed)
        elaborator.frame.env[DRAWS] = Tup(tuple(elaborator.literal(n) for n in state.draws))
        bringer = Bringer(elaborator, state, as_real=as_real, formulas=formulas)
        bringer.bring(known)
        params = len(elaborator.parameters)
        value = elaborator.statements(program.statements, False)
    report.raise_if_errors()
    if elaborator.rules.keys() - state.module_rules.keys():
        from dlang.passes.linearity import check_linear

        faults = check_linear(elaborator.module)
        if faults:
            raise DlangError(*faults)
    return Line(
        elaborator,
        value,
        bringer.thawer,
        params,
        members or {},
        found.partial,
        [d for d in report.diagnostics if d.code not in _OF_FILES],
        state,
    )


_OF_FILES = frozenset(("W0221", "W0223", "W0401"))
"""Warnings of what a file leaves unused; in a session the next line may use it."""


def _arranged(
    state: State, statements: Sequence[ast.Statement], span: Span, also: Iterable[str]
) -> tuple[ast.Program, dict[str, Binding], dict[str, Definition]]:
    """A line behind the texts that it needs, the names that are bound before it, and the definitions of all."""
    declared = {name.text for stmt in statements for name in declared_names(stmt)}
    changed = assigned(statements)
    known = needed(state, {*reads(*statements), *also}, declared)
    fixed = [state.names[name] for name in changed if name in state.names and name not in declared]
    known |= {d.name: d for d in fixed if d.kind in ("param", "data")}  # which cannot be assigned: told by the check
    texts: list[ast.Statement] = []
    given: dict[str, Binding] = {}
    replaced = {(s.name.text, s.kind) for s in statements if isinstance(s, ast.RuleDef)}
    for name, definition in known.items():
        stmt = definition.stmt
        if not isinstance(stmt, ast.FunctionDef):
            given[name] = Binding(_KINDS[definition.kind], definition.span, members=definition.members)
        elif name in changed:  # the line assigns the name anew
            texts.append(ast.Assign(stmt.span, stmt.name, "=", ast.Lambda(stmt.span, stmt.parameters, stmt.body)))
        else:
            texts += [stmt, *(rule for rule in definition.rules if (name, rule.kind) not in replaced)]
    return ast.Program(span, (*texts, *statements)), given, known


def _with_all_names(found: Reporter, state: State, line: Span, forward: Collection[str] | None) -> Reporter:
    """The reports, of which those of unknown names know all names of the session."""
    report = Reporter()
    for diagnostic in found.diagnostics:
        if diagnostic.code == "E0201" and diagnostic.primary is not None:
            at = diagnostic.primary.span
            near = _ASKED.get(at.text) or diagnostic.help or names.unknown_name(at, at.text, state.names, ()).help
            diagnostic = replace(diagnostic, help=near)
            if forward is not None:
                if at.source is not line.source:
                    continue  # told when that function was defined
                note = "a function may name what is bound later, before it is called"
                diagnostic = replace(diagnostic, severity="warning", notes=(*diagnostic.notes, note))
        report(diagnostic)
    return report


_ASKED = {
    "exit": "`:quit` leaves the session",
    "quit": "`:quit` leaves the session",
    "help": "`:help` lists the commands, and `:help NAME` tells of a name",
}
"""What is meant by whoever types these, where they are no names of the session."""


def _start(name: str, text: str) -> GivenStart:
    """A start that was set."""
    what = said(SESSION.start, name)
    return GivenStart(literal_value(text, what), partial(real, what), what, text)
