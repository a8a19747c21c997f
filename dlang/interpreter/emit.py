"""Python text from IR: a `def` a function, structured statements as Python's own.

    fn f(x: Real, n: Int) -> Real {          def f0(x_0, n_1):
      %1 = for i in 0..n by 1                    s_2 = 0.0
             carrying (s = 0.0) {        =>      for i_3 in range(0, n_1, 1):
        %2 = mul s x                                 s_2 = s_2 * x_0 + 1.0
        %3 = add %2 1.0                          return s_2
        yield %3
      }
      yield %1
    }

There are two forms. The fast one writes values that are read once into the expression that reads them, and may
raise where IEEE has an answer. The safe one has a line a statement, so that a fault can be told from its line, and
follows IEEE. Both do arithmetic in the same order, so where the fast one answers, they agree to the last bit.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from types import MappingProxyType
from typing import assert_never

from dlang.interpreter import bounds, runtime
from dlang.interpreter.applications import drops_freely, fast_form, safe_form, update
from dlang.interpreter.bounds import INT64, Interval
from dlang.interpreter.unit import Expr, Site, Unit
from dlang.ir.nodes import (
    Apply,
    Assert,
    Atom,
    Block,
    Call,
    For,
    Function,
    If,
    Literal,
    Pop,
    Print,
    Push,
    Stmt,
    Var,
    While,
)
from dlang.ir.ownership import Ownership
from dlang.ir.traits import record_bytes
from dlang.ir.walk import inner_blocks, operands, outs
from dlang.values import format_value

__all__ = ["Emitter"]

_DEEPEST = 12
"""Expressions nest no deeper than this before they are given a name."""


class Emitter:
    """Emits one function into a Unit.

    Args:
        unit: receives the text.
        functions: the names of functions in the generated code.
        taped: functions that push or pop, whose first parameter is the tape.
        safe: emit the safe form.
        tape_limit: bytes that the tape may hold, about; None is no limit.
        pushed: bytes, about, that a call of each function leaves on the tape.
    """

    def __init__(
        self,
        unit: Unit,
        functions: Mapping[str, str],
        taped: frozenset[str],
        *,
        safe: bool,
        tape_limit: int | None = None,
        pushed: Mapping[str, int] = MappingProxyType({}),
    ) -> None:
        self.unit = unit
        self.functions = functions
        self.taped = taped
        self.safe = safe
        self.tape_limit = tape_limit
        self.pushed = pushed
        self.ownership: Ownership | None = None
        self.names: dict[Var, str] = {}
        self._bounds: dict[Var, Interval] = {}
        self._uses: Counter[Var] = Counter()
        self._inline: set[Var] = set()
        self._pending: dict[Var, Expr] = {}
        self._indent = 1
        self._site: Stmt | None = None
        self._loops: tuple[For | While, ...] = ()

    # ---- functions

    def function(self, function: Function, ownership: Ownership) -> None:
        """Append the `def` of a function."""
        self.ownership = ownership
        block = function.block
        if not self.safe:
            self._count(block)
        params = [self.bind(p) for p in block.params]
        taped = function.name in self.taped
        self._indent = 0
        head = ["tape", *params] if taped else params
        self.line(f"def {self.functions[function.name]}({', '.join(head)}):")
        self._indent = 1
        if taped:
            self.line("push = tape.append")
            self.line("pop = tape.pop")
        chunks = self.block(block)
        self.line(f"return {self._tuple(self.exprs(block.results))}")
        mine = {self.names[o] for s in block.body for o in outs(s) if not o.type.is_scalar and o in self.names}
        self.unit.free(mine - set(params), chunks)

    @staticmethod
    def _tuple(items: Sequence[Expr]) -> str:
        return items[0].text if len(items) == 1 else f"({', '.join(e.text for e in items)})"

    # ---- names and expressions

    def bind(self, var: Var) -> str:
        """The Python name of a name that is bound here."""
        hint = var.hint if var.hint.isascii() and var.hint.isidentifier() else "v"
        self.names[var] = f"{hint}_{len(self.names)}"
        return self.names[var]

    def expr(self, atom: Atom) -> Expr:
        """The expression of an atom; one that waited to be written into its reader is handed out once."""
        if isinstance(atom, Literal):
            return self._literal(atom.value)
        if atom in self._pending:
            return self._pending.pop(atom)
        return Expr(self.names[atom], memory=not atom.type.is_scalar)

    def exprs(self, atoms: Iterable[Atom]) -> list[Expr]:
        """The expressions of atoms."""
        return [self.expr(a) for a in atoms]

    def _literal(self, value: float | int | bool) -> Expr:
        text = repr(value)
        if text in ("inf", "-inf", "nan"):
            return Expr(self.unit.bind("real", value))
        return Expr(text, compound=text.startswith("-"))

    def interval(self, atom: Atom) -> Interval:
        """Where the value of an Int lies."""
        if isinstance(atom, Literal):
            return (int(atom.value), int(atom.value))
        return self._bounds.get(atom, INT64)

    # ---- lines

    def line(self, text: str) -> None:
        """Append a line at the present depth, for the present statement."""
        self.unit.lines.append(" " * self._indent + text)
        stmt = self._site if self.safe else None
        self.unit.sites.append(None if stmt is None else Site(stmt, self._loops, self.names))

    @contextmanager
    def nested(self, loop: For | While | None = None) -> Iterator[None]:
        """Indent what follows; an empty body gets its `pass`."""
        before, site, loops = len(self.unit.lines), self._site, self._loops
        self._indent += 1
        if loop is not None:
            self._loops = (*loops, loop)
        yield
        if len(self.unit.lines) == before:
            self.line("pass")
        self._indent -= 1
        self._site, self._loops = site, loops

    def move(self, targets: Sequence[str], values: Sequence[Atom]) -> None:
        """Assign in parallel, so that no target is read after it was written."""
        texts = [e.text for e in self.exprs(values)]
        pairs = [(t, v) for t, v in zip(targets, texts, strict=True) if t != v]
        if pairs:
            self.line(f"{', '.join(t for t, _ in pairs)} = {', '.join(v for _, v in pairs)}")

    # ---- what may be written into its reader

    def _count(self, block: Block) -> None:
        """Note the names that are read once, in the block that binds them."""
        self._uses.update(_reads(block))
        here: Counter[Atom] = Counter(a for s in block.body for a in operands(s))
        here.update(block.results)
        self._inline.update(
            s.outs[0] for s in block.body if isinstance(s, Apply) and len(s.outs) == 1 and here[s.outs[0]] == 1
        )
        for stmt in block.body:
            for inner in inner_blocks(stmt):
                self._count(inner)

    def settle(self) -> None:
        """Give names to what waits and reads arrays, as memory may change now."""
        for var in [v for v, e in self._pending.items() if e.memory]:
            self._assign(var, self._pending.pop(var))

    def _assign(self, var: Var, expr: Expr) -> None:
        self.line(f"{self.bind(var)} = {expr.text}")

    def _named(self, atom: Atom) -> Expr:
        """The atom as a name or constant."""
        if isinstance(atom, Var) and atom in self._pending:
            self._assign(atom, self._pending.pop(atom))
        return self.expr(atom)

    # ---- statements

    def block(self, block: Block) -> list[tuple[int, int]]:
        """Append the statements of a block; the lines of each, as first and one past the last."""
        chunks = []
        for stmt in block.body:
            first = len(self.unit.lines)
            self._site = stmt
            self.stmt(stmt)
            chunks.append((first, len(self.unit.lines)))
        return chunks

    def stmt(self, stmt: Stmt) -> None:
        """Append one statement."""
        match stmt:
            case Apply():
                self.apply(stmt)
            case If():
                self._if(stmt)
            case For():
                self._for(stmt)
            case While():
                self._while(stmt)
            case Call():
                self._call(stmt)
            case Push():
                self.line(f"push({self._tuple(self.exprs(stmt.values))})")
            case Pop():
                self.line(f"{', '.join(self.bind(o) for o in stmt.outs)} = pop()")
            case Print():
                self.print(stmt)
            case Assert():
                self.check(stmt)
            case _:
                assert_never(stmt)

    def apply(self, stmt: Apply) -> None:
        """Append an application, or let it wait for its reader."""
        if self.ownership is not None and stmt in self.ownership.in_place:
            self._update(stmt)
            return
        out = stmt.outs[0]
        if not self.safe and self._uses[out] == 0 and len(stmt.outs) == 1 and drops_freely(stmt):
            for arg in stmt.args:
                self._pending.pop(arg, None) if isinstance(arg, Var) else None
            return
        form = safe_form(stmt) if self.safe else fast_form(stmt)
        if stmt.prim.name == "length":
            self._bounds[out] = bounds.LENGTH
        if self.safe:
            waiting = self.exprs(stmt.args)
        else:
            waiting = [self.expr(a) if form.mentions(k) < 2 else self._named(a) for k, a in enumerate(stmt.args)]
        text = form.text([e.tight for e in waiting], self.unit.bind)
        if self.ownership is not None and stmt in self.ownership.parts:
            text += ".copy()"  # what is taken of an array is a call or an index: no parentheses
        depth = 1 + max((e.depth for e in waiting), default=0)
        if form.unchecked and not self._note_bounds(stmt):
            name = self.bind(out)
            self.line(f"{name} = {text}")
            self.line(f"if not {INT64[0]} <= {name} <= {INT64[1]}: {self.unit.bind('overflow', runtime.overflow)}()")
        elif out in self._inline and self._uses[out] == 1 and depth < _DEEPEST:
            self._pending[out] = Expr(text, form.is_compound, any(e.memory for e in waiting), depth)
        else:
            self.line(f"{', '.join(self.bind(o) for o in stmt.outs)} = {text}")

    def _note_bounds(self, stmt: Apply) -> bool:
        """Note the interval of an Int result; whether it fits 64 bits without a check."""
        operands = [self.interval(a) for a in stmt.args]
        found = bounds.interval(stmt.prim.name, operands)
        self._bounds[stmt.outs[0]] = (max(found[0], INT64[0]), min(found[1], INT64[1]))
        return bounds.fits(found)

    def _update(self, stmt: Apply) -> None:
        """Append an update in place: the result goes by the name of operand 0."""
        texts = [(self.expr(a) if k == 1 else self._named(a)).tight for k, a in enumerate(stmt.args)]
        self.settle()
        self.line(update(stmt, texts, self.unit.bind, safe=self.safe))
        array = stmt.args[0]
        if isinstance(array, Var):
            self.names[stmt.outs[0]] = self.names[array]

    def _call(self, stmt: Call) -> None:
        args = [e.text for e in self.exprs(stmt.args)]
        if stmt.callee in self.taped:
            args.insert(0, "tape")
        call = f"{self.functions[stmt.callee]}({', '.join(args)})"
        left = ", ".join(self.bind(o) for o in stmt.outs)
        self.begin_call(stmt)
        self.line(f"{left} = {call}" if left else call)
        self.end_call(stmt)

    def print(self, stmt: Print) -> None:
        """Append the writing of one line."""
        show = self.unit.bind("show", format_value)
        parts = [repr(p) if isinstance(p, str) else f"{show}({self.expr(p).text})" for p in stmt.parts]
        self.line(f"emit_print(''.join(({''.join(p + ', ' for p in parts)})))")

    def check(self, stmt: Assert) -> None:
        """Append a check that fails the run."""
        cond = self.expr(stmt.cond)
        test = cond.tight if stmt.cond.type.is_scalar else f"{cond.tight}.all()"
        self.line(f"if not {test}: {self.unit.bind('fail', runtime.fail)}({stmt.message!r})")

    # ---- control flow

    def test(self, atom: Atom) -> str:
        """A Bool or Int as Python's own control flow takes it."""
        return self.expr(atom).text

    def begin_pass(self, stmt: For | While) -> None:
        """What a loop's body starts with: nothing, on plain numbers."""

    def leave(self, stmt: For | While) -> None:
        """What follows a loop: nothing, on plain numbers."""

    def begin_call(self, stmt: Call) -> None:
        """What precedes a call: nothing, on plain numbers."""

    def end_call(self, stmt: Call) -> None:
        """What follows a call: nothing, on plain numbers."""

    def begin_branch(self, stmt: If, taken: bool) -> None:
        """What a branch starts with: nothing, on plain numbers."""

    def join(self, stmt: If) -> None:
        """What follows the branches of an `if`: nothing, on plain numbers."""

    def _if(self, stmt: If) -> None:
        cond = self.test(stmt.cond)
        self.settle()
        targets = [self.bind(o) for o in stmt.outs]
        self.line(f"if {cond}:")
        with self.nested():
            self.begin_branch(stmt, True)
            self.block(stmt.then)
            self.move(targets, stmt.then.results)
        if stmt.orelse.body or targets:
            self.line("else:")
            with self.nested():
                self.begin_branch(stmt, False)
                self.block(stmt.orelse)
                self.move(targets, stmt.orelse.results)
        self.join(stmt)

    def enter(self, stmt: For | While, carried: Sequence[Var]) -> list[str]:
        """Start the carried values, under the names by which the loop's outs will go."""
        targets = []
        copied = self.ownership.copies.get(stmt, ()) if self.ownership is not None else ()
        inits = self.exprs(stmt.inits)
        texts = [e.tight + ".copy()" if k in copied else e.text for k, e in enumerate(inits)]
        self.settle()
        for param, out in zip(carried, stmt.outs, strict=True):
            targets.append(self.bind(param))
            self.names[out] = self.names[param]
        if targets:
            self.line(f"{', '.join(targets)} = {', '.join(texts)}")
        return targets

    def range(self, stmt: For) -> str:
        """What the loop runs over."""
        ends = [self.test(a) for a in (stmt.start, stmt.stop, stmt.step)]
        text = f"range({', '.join(ends)})"
        return f"reversed({text})" if stmt.reverse else text

    def _for(self, stmt: For) -> None:
        index, *carried = stmt.body.params
        ends = [self.interval(a) for a in (stmt.start, stmt.stop, stmt.step)]
        over = self.range(stmt)
        self._limit_tape(stmt, f" + len({over.removeprefix('reversed') if stmt.reverse else over})")
        targets = self.enter(stmt, carried)
        self._bounds[index] = bounds.range_interval(*ends)
        self.line(f"for {self.bind(index)} in {over}:")
        with self.nested(stmt):
            self.begin_pass(stmt)
            self.block(stmt.body)
            self.move(targets, stmt.body.results)
        self.leave(stmt)

    def _while(self, stmt: While) -> None:
        targets = self.enter(stmt, stmt.body.params)
        for tested, carried in zip(stmt.cond.params, stmt.body.params, strict=True):
            self.names[tested] = self.names[carried]
        head = len(self.unit.lines)
        self.line("while True:")
        with self.nested(stmt):
            self.block(stmt.cond)
            self._site = stmt
            cond = Expr(self.test(stmt.cond.results[0]), True)
            if len(self.unit.lines) == head + 1 and not self.safe:
                self.unit.lines[head] = " " * (self._indent - 1) + f"while {cond.text}:"
            else:
                self.line(f"if not {cond.tight}: break")
            self._limit_tape(stmt, "")
            self.begin_pass(stmt)
            self.block(stmt.body)
            self.move(targets, stmt.body.results)
        self.leave(stmt)

    def _limit_tape(self, stmt: For | While, more: str) -> None:
        """Append a check that the records of a loop have their place on the tape, `more` of them than there are."""
        size = record_bytes(stmt.body, self.pushed) if self.tape_limit is not None else 0
        if size > 0:
            most = max(1, (self.tape_limit or 0) // size)
            self.line(f"if len(tape){more} > {most}: {self.unit.bind('tape_full', runtime.tape_full)}()")


def _reads(block: Block) -> Iterator[Var]:
    """Every mention of a name that a block's own statements and results make."""
    for stmt in block.body:
        yield from (a for a in operands(stmt) if isinstance(a, Var))
    yield from (a for a in block.results if isinstance(a, Var))
