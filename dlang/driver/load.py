"""The order of the stages: text, tree, names, elaboration, program."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

from dlang.diagnostics import Diagnostic, DlangError, Reporter, usage
from dlang.distributions.table import DISTRIBUTIONS
from dlang.driver.literals import literal_value
from dlang.driver.program import Program
from dlang.driver.sources import Sources, check_replacements, real, shortened
from dlang.driver.wording import Wording, said
from dlang.elaborate.builtins import BUILTINS
from dlang.elaborate.models import Elaborator, GivenStart, elaborate
from dlang.elaborate.scope import check_names
from dlang.ir.nodes import Atom, Function
from dlang.ir.verify import verify
from dlang.recursion import deep_recursion
from dlang.source import Source, Span
from dlang.syntax import ast
from dlang.syntax.parse import parse
from dlang.trees import parts, root

__all__ = ["check", "checked_seed", "load"]

P = TypeVar("P", bound=Program)

NAMES = frozenset((*BUILTINS, *DISTRIBUTIONS, "print"))
"""What is bound before a program begins, constants aside."""

DEFAULT_SEED = 0


def load(
    source: Source,
    *,
    folder: Path,
    data: Mapping[str, Any] | None = None,
    table: Path | None = None,
    start: Mapping[str, Any] | None = None,
    at: Mapping[str, Any] | None = None,
    fix: Sequence[str] = (),
    seed: int | None = None,
    engine: str = "auto",
    tape_limit: int | None = None,
    kind: type[P] = Program,  # type: ignore[assignment]  # mypy has no defaults for type variables yet
) -> P:
    """A program, read and checked.

    Args:
        source: its text.
        folder: what the paths in it are relative to.
        data: values, or paths of files, that replace data by name.
        table: a file in place of the program's one table.
        start: starts of parameters by name, as numbers, arrays or texts of the language.
        at: the same, for a point to be looked at; it goes before `start`, and is called by its own name.
        fix: names of parameters to hold.
        seed: of random draws.
        engine: `auto`, `native` or `interpreter`.
        tape_limit: bytes that reverse mode may keep of loops; by default a quarter of the memory.
        kind: the class of what is returned; its `wording` is that of the errors.

    Raises:
        DlangError: everything that is wrong with the program, its data and these arguments.
    """

    def read(moves_constants: bool) -> P:
        report = Reporter()
        given = (folder, data or {}, table, start or {}, at or {}, fix, seed, kind.wording)
        elaborator = _stages(source, report, *given, moves_constants=moves_constants)
        report.raise_if_errors()
        return _program(source, elaborator, report, seed, engine, kind)

    program = read(False)
    program.read_for_rules = partial(read, True)
    if tape_limit is not None:
        program.model.settings.tape_limit = tape_limit
    return program


def _program(
    source: Source, elaborator: Elaborator, report: Reporter, seed: int | None, engine: str, kind: type[P]
) -> P:
    """The program of an elaboration without errors."""
    warnings = [d for d in report.diagnostics if d.severity == "warning"]
    program = elaborator.finish(Span(source, 0, len(source.text)), tuple(warnings))
    with deep_recursion():
        verify({**program.module, "the.main": Function("the.main", program.main)}, after="elaboration")
        if elaborator.rules:
            from dlang.passes.linearity import check_linear  # loaded where a program has rules

            faults = check_linear(program.module)
            if faults:
                raise DlangError(*faults)
        return kind(program, elaborator, warnings, DEFAULT_SEED if seed is None else seed, engine)


def check(source: Source, **options: Any) -> tuple[list[Diagnostic], Program | None]:
    """Every error and warning of a program, without running it, and the program if it has no errors.

    The options are those of `load`.
    """
    report = Reporter()
    program = None
    try:
        elaborator = _stages(
            source,
            report,
            options["folder"],
            options.get("data") or {},
            options.get("table"),
            options.get("start") or {},
            options.get("at") or {},
            options.get("fix") or (),
            options.get("seed"),
            Program.wording,
        )
        if not report.errors:
            program = _program(source, elaborator, report, options.get("seed"), options.get("engine", "auto"), Program)
    except DlangError as error:
        for diagnostic in error.diagnostics:
            report(diagnostic)
    return report.in_order, program


def _computed(elaborator: Elaborator, atom: Atom) -> Any | None:
    """See `computed`, which few programs need."""
    from dlang.driver.computed import computed

    return computed(elaborator, atom)


def _stages(
    source: Source,
    report: Reporter,
    folder: Path,
    data: Mapping[str, Any],
    table: Path | None,
    start: Mapping[str, Any],
    at: Mapping[str, Any],
    fix: Sequence[str],
    seed: int | None,
    wording: Wording,
    *,
    moves_constants: bool = False,
) -> Elaborator:
    with deep_recursion():
        tree = parse(source)
        check_replacements(tree, data, table, wording)
        given = [(said(wording.start, name), name, value) for name, value in start.items()]
        given += [(said(wording.at, name), name, value) for name, value in at.items()]
        named = [*((what, name) for what, name, _ in given), *((said(wording.fix, n), n) for n in fix)]
        _check_names_given(tree, named)
        starts = {name: _start(what, value) for what, name, value in given}
        tables = {n.text for s in tree.statements if isinstance(s, ast.DataDecl) and s.as_table for n in s.names}
        sources = Sources(folder, data, table, wording, tables)
        imports, members = None, None
        if any(isinstance(stmt, ast.Import) for stmt in tree.statements):
            from dlang.driver.modules import find_modules  # a program of one file starts without it

            imports, members = find_modules(tree, folder, NAMES, report, wording)
        check_names(tree, NAMES, report, members)
        elaborator = elaborate(
            tree,
            report,
            sources,
            imports=imports,
            replaced=sources.replaced,
            starts=starts,
            fix=frozenset(fix),
            seed=checked_seed(seed, wording),
            evaluate=_computed,
            moves_constants=moves_constants,
        )
        if not report.errors:
            _check_parts_given(elaborator, named)
        return elaborator


def checked_seed(seed: int | None, wording: Wording) -> int | None:
    """A seed that is an Int of the language."""
    if seed is not None and not -(2**63) <= seed < 2**63:
        raise DlangError(usage.bad_option_value(wording.seed, str(seed), "a whole number of 64 bits"))
    return seed


def _check_names_given(tree: ast.Program, given: Sequence[tuple[str, str]]) -> None:
    """Every pair (how it was written, name) must name a parameter, or begin with the name of one."""
    params = [s.name.text for s in tree.statements if isinstance(s, ast.ParamDecl)]
    faults = [usage.unknown_target(what, n, "parameter", params) for what, n in given if root(n) not in params]
    if faults:
        raise DlangError(*faults)


def _check_parts_given(elaborator: Elaborator, given: Sequence[tuple[str, str]]) -> None:
    """Every pair (how it was written, name) must name a whole parameter or a part of one."""
    known = [part for name, tree in elaborator.parameter_trees.items() for part, _ in parts(name, tree)]
    faults = [usage.unknown_target(what, name, "parameter", known) for what, name in given if name not in known]
    if faults:
        raise DlangError(*faults)


def _start(what: str, value: Any) -> GivenStart:
    """A start that was given; texts are literals of the language."""
    if isinstance(value, str):
        return GivenStart(literal_value(value, what), partial(real, what), what, value)
    return GivenStart(value, partial(real, what), what, shortened(value))
