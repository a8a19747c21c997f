"""A session: lines that are run one by one, each over what those before it have left.

Names hold values, so that a line runs once; functions and reports are kept as their text, and read anew by the lines
that need them. A line that fails leaves everything as it was.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, TypeGuard

from dlang.diagnostics import Diagnostic, DlangError, Label, usage
from dlang.diagnostics.names import bound_on_some_paths
from dlang.driver.definitions import Definition, Formula, Kind, State, Term, assigned, mentions, needed, reads
from dlang.driver.kept import Keeper, Kept, texts
from dlang.driver.lines import Line, elaborated
from dlang.driver.literals import literal_value
from dlang.driver.load import NAMES
from dlang.driver.program import Program, check_starts
from dlang.driver.wording import SESSION, said
from dlang.elaborate.tree import declared_names
from dlang.elaborate.uncalled import check_uncalled
from dlang.elaborate.values import Absent, Num, Value, rebuild
from dlang.records import record, replace
from dlang.recursion import deep_recursion
from dlang.source import Source, Span
from dlang.syntax import ast
from dlang.syntax.parse import parse
from dlang.syntax.tokens import CONSTANTS
from dlang.trees import Tree, map_leaves, parts, root

__all__ = ["Outcome", "Session", "SessionProgram"]


_OWNER = "the session"


@record
class Outcome:
    """What a statement gave: its value, if it is an expression that has one, and warnings."""

    value: Kept | None = None
    warnings: Sequence[Diagnostic] = ()


class SessionProgram(Program):
    """The model of a session as a program; what its statements print they have printed."""

    wording = SESSION

    def begin(self, emit: Callable[[str], None] | None = None) -> None:
        super().begin(None)


class Session:
    """Runs lines and keeps what they bind.

    Attributes:
        folder: what paths are relative to.
        seed: of random draws; goes before those that the session sets.
        state: what is known by now.
    """

    def __init__(self, folder: Path | None = None, seed: int | None = None) -> None:
        self.folder = folder or Path()
        self.seed = seed
        self.state = State(draws=(seed or 0, 0))
        self._entry = 0
        self._file: Path | None = None

    def run(
        self,
        source: Source,
        emit: Callable[[str], None],
        show: Callable[[Outcome], None] = lambda outcome: None,
        *,
        folder: Path | None = None,
        file: Path | None = None,
    ) -> None:
        """Run the lines of a text.

        Args:
            source: the text; statements on one line, between `;`, are kept together or not at all.
            emit: gets what the program prints, line by line.
            show: gets what each statement gave.
            folder: what paths in it are relative to, if not the session's.
            file: it is this file: its functions are bound from the beginning, and its terms take the place of those
                that an earlier load of it left.

        Raises:
            DlangError: what is wrong with the first line that fails; those before it are kept.
        """
        with deep_recursion():
            statements = parse(source).statements
            later = {name.text for stmt in statements for name in declared_names(stmt)} | set(assigned(statements))
            self._begin(file)
            if file is not None:
                functions = [s for s in statements if isinstance(s, ast.FunctionDef)]
                self._together(functions, emit, show, folder, later)
                statements = tuple(s for s in statements if not isinstance(s, ast.FunctionDef))
            for line in _lines(statements):
                self._together(line, emit, show, folder, later)

    def _begin(self, file: Path | None) -> None:
        """Begin a text: terms that an earlier load of the same file left go."""
        self._entry += 1
        self._file = file
        if file is not None:
            self.state = self.state.copy()
            self.state.terms = [term for term in self.state.terms if term.file != file]

    def _together(
        self,
        line: Sequence[ast.Statement],
        emit: Callable[[str], None],
        show: Callable[[Outcome], None],
        folder: Path | None,
        later: Collection[str],
    ) -> None:
        """Run statements of which all are kept, or none."""
        before = self.state
        try:
            for stmt in line:
                self.state = self.state.copy()
                self.state.serial += 1
                show(self._statement(stmt, emit, folder or self.folder, later))
        except BaseException:
            self.state = before
            raise

    def _statement(
        self, stmt: ast.Statement, emit: Callable[[str], None], folder: Path, later: Collection[str]
    ) -> Outcome:
        match stmt:
            case ast.FunctionDef():
                return self._function(stmt, folder, later)
            case ast.RuleDef():
                return self._rule(stmt, folder)
            case ast.Tilde() | ast.Objective() | ast.Report():
                return self._part_of_the_model(stmt, folder)
            case _:
                return self._step(stmt, emit, folder)

    # ---- what is kept as text

    def _function(self, stmt: ast.FunctionDef, folder: Path, later: Collection[str]) -> Outcome:
        line = self._elaborated([stmt], stmt.span, folder, forward=later)
        if self._is_closed(stmt):
            check_uncalled(line.elaborator, ast.Program(stmt.span, (stmt,)))
            line.elaborator.report.raise_if_errors()
        self._define(stmt.name, "fn", stmt, folder)
        return Outcome(None, line.warnings)

    def _is_closed(self, stmt: ast.FunctionDef) -> bool:
        """Whether all that a function reads is bound by now, so that its types can be checked."""
        behind = needed(self.state, mentions(stmt), {stmt.name.text}).values()
        read = mentions(stmt).union(*(d.mentions for d in behind))
        return read <= {*self.state.names, *NAMES, *CONSTANTS, stmt.name.text}

    def _rule(self, stmt: ast.RuleDef, folder: Path) -> Outcome:
        line = self._elaborated([stmt], stmt.span, folder)
        known = self.state.names[stmt.name.text]
        rules = (*(rule for rule in known.rules if rule.kind != stmt.kind), stmt)
        read = known.mentions | mentions(stmt)
        self.state.names[stmt.name.text] = replace(known, rules=rules, mentions=read, serial=self.state.serial)
        return Outcome(None, line.warnings)

    def _part_of_the_model(self, stmt: ast.Tilde | ast.Objective | ast.Report, folder: Path) -> Outcome:
        """A term or a report: it is checked with the rest of the model, and computed when it is fitted."""
        if isinstance(stmt, ast.Report):
            line = self._elaborated([stmt], stmt.span, folder, formulas=True)
            self._define(stmt.name, "report", stmt, folder)
            return Outcome(None, line.warnings)
        terms = [t for t in self.state.terms if t.entry == self._entry or not _same_target(t.stmt, stmt)]
        self.state.terms = [*terms, Term(stmt, mentions(stmt), self.state.serial, self._entry, self._file)]
        line = self._model(reports=False)
        return Outcome(None, [d for d in line.warnings if d.primary and d.primary.span.source is stmt.span.source])

    def _define(self, name: ast.Name, kind: Kind, stmt: ast.Statement, folder: Path, **facts: Any) -> None:
        self._forget(name.text)
        serial = self.state.serial
        read = facts.pop("mentions", mentions(stmt))
        made = Definition(name.text, kind, stmt, name.span, read, folder, serial=serial, **facts)
        self.state.names[name.text] = made

    def _forget(self, name: str) -> None:
        """What was set or fitted of a name goes with what it stood for."""
        state = self.state
        state.moved = {part: value for part, value in state.moved.items() if root(part) != name}
        state.starts = {part: text for part, text in state.starts.items() if root(part) != name}

    # ---- what is computed

    def _step(self, stmt: ast.Statement, emit: Callable[[str], None], folder: Path) -> Outcome:
        line = self._elaborated([stmt], stmt.span, folder)
        el, env = line.elaborator, line.elaborator.frame.env
        changed = assigned([stmt])
        declared = {name.text: name for name in declared_names(stmt)}
        kept_names = {name for name, (_, is_loop) in changed.items() if not is_loop} | self.state.names.keys()

        keeper = line.keeper(kept_names.__contains__)
        value = keeper.keep(line.value) if isinstance(stmt, ast.ExprStatement) and _is_there(line.value) else None
        bound = {n: env[n] for n in (*changed, *declared) if n not in line.partial and _is_there(env.get(n))}
        found: dict[str, tuple[Kept, ...]] = {}
        if isinstance(stmt, ast.ParamDecl):
            found = {name: self._start(line, keeper, v) for name, v in bound.items()}
        else:
            found = {name: (keeper.keep(v),) for name, v in bound.items()}
        told = len(keeper.atoms)
        printed: list[str] = []

        def line_out(text: str) -> None:
            printed.append(text)
            emit(text)

        results, warnings = line.run([*keeper.atoms, *line.draws], line_out, told)
        keeper.fill(results[:told])
        if isinstance(stmt, ast.ParamDecl):
            self._check_start(line, found)
        before, self.state.draws = self.state.draws, (int(results[told]), int(results[told + 1]))
        is_plain = before == self.state.draws and not printed
        formula = self._formula(stmt, before)
        for name, kept in found.items():
            where = declared.get(name) or ast.Name(changed[name][0], name)
            self._bind(where, stmt, kept, line, folder, is_plain, formula)
        lost = [(at, name) for name, (at, is_loop) in changed.items() if name in line.partial and not is_loop]
        warnings = [*warnings, *(_lost(at, name, line.partial) for at, name in lost)]
        if isinstance(stmt, ast.Import):
            self.state.libraries |= el.libraries
            self.state.module_rules.update(
                {body: dict(rules) for body, rules in el.rules.items() if body not in self.state.module_rules}
            )
        return Outcome(value, [*line.warnings, *warnings])

    def _formula(self, stmt: ast.Statement, draws: tuple[int, int]) -> Formula | None:
        """The statement with what it needs, if a parameter is part of that."""
        known = needed(self.state, reads(stmt))
        depends = any(d.kind in ("param", "report") or d.formula is not None for d in known.values())
        return Formula(stmt, known, draws, draws != self.state.draws) if depends else None

    def _bind(
        self,
        name: ast.Name,
        stmt: ast.Statement,
        kept: tuple[Kept, ...],
        line: Line,
        folder: Path,
        is_plain: bool,
        formula: Formula | None,
    ) -> None:
        read = frozenset[str]().union(*(mentions(ast.Lambda(f.span, f.parameters, f.body)) for f in texts(kept[0])))
        facts: dict[str, Any] = {"value": kept[0], "mentions": read, "formula": formula}
        kind: Kind = "value"
        match stmt:
            case ast.ParamDecl():
                kind, facts["bounds"], facts["is_plain"] = "param", (kept[1], kept[2]), is_plain
                facts["formula"] = None
            case ast.DataDecl():
                kind, facts["is_plain"] = "data", is_plain
            case ast.Import():
                kind, facts["members"] = "import", line.members.get(id(stmt))
            case ast.Assign(target=ast.Name(), operator="="):
                facts["is_plain"] = is_plain and name.text not in mentions(stmt)
            case _:
                pass
        self._define(name, kind, stmt, folder, **facts)

    def _start(self, line: Line, keeper: Keeper, value: Value) -> tuple[Kept, ...]:
        """The start and the bounds of the parameter that the line declares."""
        el = line.elaborator
        parameters, ref = el.parameters[line.params :], el.frame.build.ref
        start = rebuild(value, iter([ref(p.start) for p in parameters]))
        return (
            keeper.keep(start),
            keeper.keep(Num(ref(parameters[0].lower))),
            keeper.keep(Num(ref(parameters[0].upper))),
        )

    def _check_start(self, line: Line, found: Mapping[str, tuple[Kept, ...]]) -> None:
        parameters = line.elaborator.parameters[line.params :]
        for start, lower, upper in found.values():
            check_starts(parameters, [(leaf.number, lower.number, upper.number) for leaf in start.leaves()])

    # ---- the model

    def _elaborated(self, statements: Sequence[ast.Statement], span: Span, folder: Path, **options: Any) -> Line:
        return elaborated(self.state, statements, span, folder, seed=self.seed, **options)

    def _model(
        self, *, reports: bool = True, fix: Collection[str] = (), starts: Mapping[str, str] | None = None
    ) -> Line:
        """The session's terms, with all that they need."""
        statements = [term.stmt for term in self.state.terms]
        also = [d.name for d in self.state.names.values() if d.kind == "report"] if reports else []
        span = statements[-1].span if statements else self._nowhere
        state = self.state.copy()
        state.starts.update(starts or {})
        line = elaborated(state, statements, span, self.folder, seed=self.seed, also=also, fix=fix, formulas=True)
        line.elaborator.refuse_mixed_terms()
        line.elaborator.report.raise_if_errors()
        line.elaborator.check_all_are_there(statements)
        return line

    @property
    def _nowhere(self) -> Span:
        return Span(Source("<session>", ""), 0, 0)

    def program(self, *, fix: Collection[str] = (), starts: Mapping[str, str] | None = None) -> SessionProgram:
        """The model as a program: its parameters at their starts, whatever a fit has found since.

        Args:
            fix: names of parameters to hold.
            starts: of parameters, for this program alone, as texts of the language.

        Raises:
            DlangError: what does not fit in it.
        """
        known = self.parameter_names()
        named = [*((said(SESSION.start, n), n) for n in starts or ()), *((said(SESSION.fix, n), n) for n in fix)]
        unknown = [
            usage.unknown_target(given, n, "parameter", known, _OWNER) for given, n in named if root(n) not in known
        ]
        if unknown:
            raise DlangError(*unknown)
        line = self._model(fix=fix, starts=starts)
        line.elaborator.warn_of_idle_params()
        warnings = [d for d in line.elaborator.report.diagnostics if d.severity == "warning"]
        made = line.elaborator.finish(self._nowhere, tuple(warnings))
        with deep_recursion():
            return SessionProgram(made, line.elaborator, warnings, self.seed or 0, "auto")

    def forget_term(self) -> Term | None:
        """Take back the last term of the objective, which is given; None if there is no term."""
        if not self.state.terms:
            return None
        self.state = self.state.copy()
        return self.state.terms.pop()

    def moved_to(self, values: Mapping[str, Any]) -> None:
        """Let parameters stand where a fit has left them: `values` by the names of their parts."""
        self.state = self.state.copy()
        self.state.moved.update(values)

    def values(self) -> set[str]:
        """The names that hold values."""
        return {d.name for d in self.state.names.values() if d.kind == "value"}

    def parameter_names(self) -> list[str]:
        """The parameters, in the order of their declarations."""
        found = [d for d in self.state.names.values() if d.kind == "param"]
        return [d.name for d in sorted(found, key=lambda d: d.serial)]

    def start_of(self, name: str) -> Tree:
        """Where a parameter starts: a number or array, or tuples and dicts of them."""
        line = self._elaborated([], self._nowhere, self.folder, also=[name])
        known = {p.name: line.number(p.start) for p in line.elaborator.parameters}
        return map_leaves(known.__getitem__, line.elaborator.parameter_trees[name])

    def set_start(self, name: str, text: str) -> None:
        """Give a parameter, or a part of one, another start; it stands there until a fit moves it.

        Raises:
            DlangError: there is no such parameter, the value is none, or does not fit.
        """
        what = said(SESSION.start, name)
        known = self.parameter_names()
        if root(name) not in known:
            raise DlangError(usage.unknown_target(what, name, "parameter", known, _OWNER))
        literal_value(text, what)
        before = self.state
        self.state = before.copy()
        self.state.moved = {part: value for part, value in before.moved.items() if root(part) != root(name)}
        inside = (name + ".", name + "[")
        self.state.starts = {p: t for p, t in before.starts.items() if p != name and not p.startswith(inside)}
        self.state.starts[name] = text
        try:
            self._check_set(name, what)
        except DlangError:
            self.state = before
            raise

    def _check_set(self, name: str, what: str) -> None:
        line = self._elaborated([], self._nowhere, self.folder, also=[root(name)])
        el = line.elaborator
        known = [part for part, _ in parts(root(name), el.parameter_trees[root(name)])]
        if name not in known:
            raise DlangError(usage.unknown_target(what, name, "parameter", known, _OWNER))
        starts = [(line.number(p.start), line.number(p.lower), line.number(p.upper)) for p in el.parameters]
        check_starts(el.parameters, starts)

    def asked(self, expression: ast.Expr, *, as_real: bool = False, formulas: bool = False) -> Line:
        """An expression, elaborated over the session and not run.

        Raises:
            DlangError: something is wrong with it.
        """
        statement = ast.ExprStatement(expression.span, expression)
        options = {"as_real": as_real, "formulas": formulas}
        return self._elaborated([statement], expression.span, self.folder, **options)


def _lines(statements: Sequence[ast.Statement]) -> Iterator[list[ast.Statement]]:
    """Statements that stand on one line, together."""
    line: list[ast.Statement] = []
    for stmt in statements:
        if line and "\n" in stmt.span.source.text[line[-1].span.end : stmt.span.start]:
            yield line
            line = []
        line.append(stmt)
    if line:
        yield line


def _same_target(a: ast.Tilde | ast.Objective, b: ast.Tilde | ast.Objective) -> bool:
    """Whether both say what the same data or parameter is near to: the second replaces the first."""
    if not isinstance(a, ast.Tilde) or not isinstance(b, ast.Tilde):
        return False
    return a.target.span.text.split() == b.target.span.text.split()


def _is_there(value: Value | None) -> TypeGuard[Value]:
    return value is not None and not isinstance(value, Absent)


def _lost(at: Span, name: str, partial: Mapping[str, Label]) -> Diagnostic:
    """A name that the line binds on some paths only, and that is not kept."""
    return replace(bound_on_some_paths(at, name, partial[name]), severity="warning")
