"""What a graph is drawn of: a program or one of its functions with calls as they were written, and its run."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from dlang import trees
from dlang.diagnostics import DlangError, models
from dlang.driver.functions import ENTRY
from dlang.driver.literals import literal_value
from dlang.driver.model import OBJECTIVE, RUN
from dlang.driver.program import Program
from dlang.driver.wording import said
from dlang.interpreter.evaluate import Compiled, compile_module, silent
from dlang.interpreter.record import Node, Operand, Recording, record_within
from dlang.interpreter.sweep import Sweep, sweep
from dlang.ir.builder import Builder
from dlang.ir.derived import call_block
from dlang.ir.nodes import Apply, Block, Call, Function, Module, Print, Ruled, Stmt, Var
from dlang.ir.walk import inner_blocks
from dlang.passes.adjoint import adjoint
from dlang.passes.derivatives import written_out
from dlang.passes.outline import outline
from dlang.passes.pipeline import derivative
from dlang.records import record
from dlang.recursion import deep_recursion
from dlang.source import Span

__all__ = [
    "MOST_NODES",
    "Argument",
    "Drawn",
    "End",
    "Ran",
    "drawn_function",
    "drawn_of",
    "drawn_program",
    "pull_of",
    "run_drawn",
]

MOST_NODES = 100_000
"""Applications that are kept of a run; to draw so many takes a few seconds."""

MOST_ELEMENTS = 30_000_000
"""Elements of arrays that are kept of a run: 240 MB."""


@record(eq=False)
class Argument:
    """What a graph begins with: `kind` is `data`, `param` or `argument`."""

    kind: str
    value: Any
    span: Span | None


@record
class End:
    """What a graph ends in: the objective, a report, a part of a function's value."""

    name: str
    span: Span | None


@record(eq=False)
class Drawn:
    """What a graph is drawn of.

    Attributes:
        title: what the person asked for, `decay.dl` or `signal(t)`.
        file: the name of the program's source.
        module: the functions; no derivative is left to be written out, and one with rules of its own is a function
            that calls what the rules are of.
        entry: the function that is run.
        arguments: what it is run on.
        results: what it yields; the first is differentiated, where `wrt` are any.
        wrt: positions of the arguments in which it is.
        apart: names of the functions with rules of their own, and what they are of.
        defined: the functions as elaborated, where derivatives are still definitions.
        terms: the places of the objective's terms.
        totals: the applications that add them up: they stand where a term does, and are part of none.
    """

    title: str
    file: str
    module: Module
    entry: str
    arguments: tuple[Argument, ...]
    results: tuple[End, ...]
    wrt: tuple[int, ...]
    apart: Mapping[str, str]
    defined: Module
    terms: tuple[Span, ...]
    totals: frozenset[Stmt]

    @property
    def params(self) -> tuple[Var, ...]:
        """The params of the entry."""
        return self.module[self.entry].block.params


@record(eq=False)
class Ran:
    """A run of what is drawn: the recording, its arguments' nodes, and the walk backward over it if there is one.

    `terms` are the values of the objective's terms, in their order; none if the run did not come so far. `fault` is
    what ended the walk backward, as a rule of the program's own can.
    """

    recording: Recording
    inputs: tuple[Node, ...]
    backward: Sweep | None
    terms: tuple[Operand, ...]
    fault: DlangError | None = None


def drawn_program(program: Program, title: str, at: Mapping[str, Any] | None = None, *, verb: str = "graph") -> Drawn:
    """The objective and the reports of a program, or without them what it prints, from data and parameters.

    `at` are values of parameters, by the names of their parts; the others are at their starts. `verb` is who asks: only
    a graph could be of a function instead.

    Raises:
        DlangError: E0407, there is nothing of these.
    """
    elaborated = program.elaborated
    build = Builder()
    for stmt in elaborated.main.body:
        build.emit(stmt)
    before = len(build.outermost)
    results = program.model.results_of(OBJECTIVE, build) if elaborated.terms else []
    totals = [s for s in build.outermost[before:] if isinstance(s, Apply) and s.prim.name == "add"]
    ends = [End("objective", None)] if elaborated.terms else []
    ends += [End(r.name, r.span) for r in elaborated.reports]
    blocks = [elaborated.main, *(fn.block for fn in elaborated.module.values())]
    if not ends and not any(map(_prints, blocks)):
        raise DlangError(models.no_objective(verb, program.wording.instead if verb == "graph" else None))
    block = build.finish(elaborated.main.params, [*results, *(r.atom for r in elaborated.reports)])
    defined = {**elaborated.module, RUN: Function(RUN, block, elaborated.span)}
    inputs = len(elaborated.inputs)
    free = [inputs + k for k, p in enumerate(elaborated.parameters) if not p.fixed] if elaborated.terms else []
    terms = tuple(t.span for t in elaborated.terms)
    file = elaborated.span.source.name
    return drawn_of(title, file, defined, RUN, _given(program, at or {}), ends, free, terms, frozenset(totals))


def drawn_function(program: Program, name: str, at: Mapping[str, Any]) -> Drawn:
    """A function of a program, at arguments that are numbers, arrays, or texts of the language.

    Raises:
        DlangError: the arguments do not fit.
    """
    function = program.function(name)
    point = {k: literal_value(v, said(function.wording.at, k)) if isinstance(v, str) else v for k, v in at.items()}
    traced, values = function.trace((), point)
    leading = len(traced.leading)
    arguments = [*_given(program, {}), *(Argument("argument", value, None) for value in values)]
    places = {place: part for part, place in trees.named_leaves(name, traced.result) if isinstance(place, int)}
    results = traced.whole[ENTRY].block.results
    scalar = len(results) == 1 and results[0].type.is_real and results[0].type.is_scalar
    wrt = range(leading, leading + len(traced.names)) if scalar else ()
    title = f"{name}({', '.join(function.parameters)})"
    ends = [End(places[k], None) for k in range(len(results))]
    file = program.elaborated.span.source.name
    return drawn_of(title, file, traced.whole, ENTRY, arguments, ends, wrt)


def _given(program: Program, at: Mapping[str, Any]) -> list[Argument]:
    """Data and parameters of a program, as its functions take them before their own arguments."""
    elaborated, start = program.elaborated, program.model.start_values
    data = [Argument("data", each.value, each.span) for each in elaborated.inputs]
    params = zip(elaborated.parameters, start, strict=True)
    return [*data, *(Argument("param", at.get(p.name, value), p.span) for p, value in params)]


def drawn_of(
    title: str,
    file: str,
    defined: Module,
    entry: str,
    arguments: Sequence[Argument],
    results: Sequence[End],
    wrt: Sequence[int],
    terms: tuple[Span, ...] = (),
    totals: frozenset[Stmt] = frozenset(),
) -> Drawn:
    """A function of a module as it was elaborated; see `Drawn` for what is what."""
    with deep_recursion():
        module = outline(written_out(defined, entry, rules_apart=True))
    apart = {n: fn.definition.of for n, fn in defined.items() if isinstance(fn.definition, Ruled)}
    kept = {name: of for name, of in apart.items() if name in module}
    return Drawn(title, file, module, entry, tuple(arguments), tuple(results), tuple(wrt), kept, defined, terms, totals)


def run_drawn(drawn: Drawn, *, nodes: int = MOST_NODES) -> Ran:
    """Run what is drawn as far as it goes, or to that many nodes, and walk back over it if it reached its end."""
    values = [argument.value for argument in drawn.arguments]
    with deep_recursion():
        recording = record_within(drawn.module, drawn.entry, values, whole=drawn.apart, nodes=nodes, size=MOST_ELEMENTS)
    inputs = recording.nodes[: len(drawn.arguments)]
    backward = fault = None
    if drawn.wrt and not recording.stopped:
        try:
            backward = sweep(recording, recording.results[0], [inputs[k] for k in drawn.wrt], pull_of(drawn.defined))
        except DlangError as error:
            fault = error
    return Ran(recording, inputs, backward, _terms(drawn, recording), fault)


def _terms(drawn: Drawn, recording: Recording) -> tuple[Operand, ...]:
    """What the objective's terms came to: what their totals add up."""
    if not drawn.terms or recording.stopped:
        return ()
    added = [node.operands for node in recording.nodes if node.stmt in drawn.totals]
    if not added:
        return (recording.results[0],)
    return (added[0][0], *(operands[1] for operands in added))


def pull_of(defined: Module) -> Callable[[Call, Sequence[Any], Sequence[Any], Sequence[int]], Sequence[Any]]:
    """The reverse of calls of functions with rules of their own, compiled when first asked for."""
    compiled: dict[tuple[str, tuple[int, ...]], Compiled] = {}

    def pull(call: Call, primals: Sequence[Any], cotangents: Sequence[Any], positions: Sequence[int]) -> Sequence[Any]:
        key = (call.callee, tuple(positions))
        if key not in compiled:
            module = {**defined, ENTRY: Function(ENTRY, call_block(defined[call.callee]))}
            with deep_recursion():
                made = derivative(lambda: adjoint(module, ENTRY, positions, seeded=True), ENTRY)
                compiled[key] = compile_module(made)
                compiled[key].emit_print = silent  # the run has printed it
        out = compiled[key](ENTRY, *primals, *cotangents)
        return tuple(out)[len(call.outs) :]

    return pull


def _prints(block: Block) -> bool:
    """Whether something in a block is printed."""
    return any(isinstance(s, Print) or any(map(_prints, inner_blocks(s))) for s in block.body)
