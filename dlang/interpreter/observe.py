"""The observed form: every application is handed to an observer, which computes it and may remember it.

    def fn0_f(x_0):
        v_1 = see(p0_stmt, (x_0, 2.0))       an application to x_0 and 2.0
        entered(p1_stmt)                     a loop
        for i_2 in range(value(v_1)):
            iteration(i_2)
            ...
        left()

What names hold is the observer's own affair: numbers, or anything from which its `value` takes the number.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NoReturn

from dlang.interpreter import runtime
from dlang.interpreter.assemble import compile_unit, python_names
from dlang.interpreter.emit import Emitter
from dlang.interpreter.evaluate import admit, call_limit
from dlang.interpreter.faults import fault
from dlang.interpreter.unit import Unit
from dlang.ir.nodes import Apply, Assert, Atom, Call, For, If, Module, Print, Var, While
from dlang.ir.ownership import Ownership, Summary, analyse_module
from dlang.ir.traits import reachable, traits

__all__ = ["Observer", "observe"]

_WORDS = (
    "see", "value", "printed", "refuse", "called", "returned", "chose", "joined", "entered", "iteration", "left",
)  # fmt: skip
"""What the observed form calls: methods of the observer."""

_COPY_ALL = Ownership(frozenset(), {}, Summary((), frozenset[int]()))


class Observer:
    """Computes what the observed form applies, and knows which passes of loops are under way."""

    def __init__(self) -> None:
        self._open: list[int] = []

    @property
    def passes(self) -> tuple[int, ...]:
        """The number of the present pass of each open loop, from 1, outermost first."""
        return tuple(self._open)

    def admit(self, name: str, value: Any) -> Any:
        """How an argument is held."""
        return value

    def value(self, held: Any) -> Any:
        """The number, Bool or array that a held value stands for."""
        return held

    def see(self, stmt: Apply, operands: tuple[Any, ...]) -> Any:
        """What an application yields on held operands: a held value, or a tuple of them for several results."""
        return stmt.prim.impl(*map(self.value, operands), **stmt.static)

    def printed(self, held: tuple[Any, ...]) -> None:
        """A line is printed, of held values."""

    def refuse(self, stmt: Assert, held: Any) -> NoReturn:
        """An assert fails, on a held condition."""
        runtime.fail(stmt.message)

    def called(self, stmt: Call, operands: tuple[Any, ...]) -> None:
        """A call begins, on held arguments."""

    def returned(self, results: tuple[Any, ...]) -> tuple[Any, ...]:
        """The innermost call ends; its held results, or what is to be held in their place."""
        return results

    def chose(self, stmt: If, taken: bool, held: Any) -> None:
        """A branch begins, `then` if `taken`, on a held condition."""

    def joined(self, stmt: If, results: tuple[Any, ...]) -> None:
        """An `if` ends, with held results."""

    def entered(self, stmt: For | While) -> None:
        """A loop begins."""
        self._open.append(0)

    def iteration(self, number: int | None) -> None:
        """A pass of the innermost loop begins; its number from 0, None to count on."""
        self._open[-1] = self._open[-1] + 1 if number is None else number + 1

    def left(self) -> None:
        """The innermost loop ends."""
        self._open.pop()


def observe(
    module: Module, name: str, args: Sequence[Any], observer: Observer, *, in_place: bool = False
) -> tuple[Any, ...]:
    """Run a function under an observer; what its results are held as. Prints nothing.

    With `in_place` arrays are taken over as in a plain run: the observer must copy what it keeps, do the updates
    among `ownership` in place, and its held arrays must have `copy()`.

    Raises:
        DlangError: running it failed.
    """
    import numpy as np

    functions = reachable(module, name)
    ownership: Mapping[str, Ownership] = analyse_module(functions) if in_place else {}
    taped = traits(functions).taped
    unit = Unit(namespace={word: getattr(observer, word) for word in _WORDS})
    names = python_names(functions)
    for function in functions.values():
        emitter = _ObservedEmitter(unit, names, taped, safe=True)
        emitter.function(function, ownership.get(function.name, _COPY_ALL))
    code = compile_unit(unit, names)
    params = functions[name].block.params
    held = [observer.admit(p.hint, admit(a, p.type)) for p, a in zip(params, args, strict=True)]
    if name in taped:
        held.insert(0, [])
    try:
        with np.errstate(all="ignore"), call_limit():
            out = code.function(name)(*held)
    except runtime.FAULTS as error:
        raise fault(error, code) from None
    return (out,) if len(functions[name].block.results) == 1 else tuple(out)


class _ObservedEmitter(Emitter):
    """Emits a function in the observed form."""

    def apply(self, stmt: Apply) -> None:
        operands = "".join(f"{e.text}, " for e in self.exprs(stmt.args))
        left = ", ".join(self.bind(o) for o in stmt.outs)
        copied = ".copy()" if self.ownership is not None and stmt in self.ownership.parts else ""
        self.line(f"{left} = see({self.unit.bind('stmt', stmt)}, ({operands})){copied}")

    def test(self, atom: Atom) -> str:
        return f"value({self.expr(atom).text})"

    def print(self, stmt: Print) -> None:
        """A replay prints nothing, but the observer sees what would have been."""
        held = "".join(f"{e.text}, " for e in self.exprs([p for p in stmt.parts if not isinstance(p, str)]))
        self.line(f"printed(({held}))")

    def check(self, stmt: Assert) -> None:
        cond = self.test(stmt.cond)
        test = cond if stmt.cond.type.is_scalar else f"{cond}.all()"
        self.line(f"if not {test}: refuse({self.unit.bind('stmt', stmt)}, {self.expr(stmt.cond).text})")

    def begin_call(self, stmt: Call) -> None:
        held = "".join(f"{e.text}, " for e in self.exprs(stmt.args))
        self.line(f"called({self.unit.bind('stmt', stmt)}, ({held}))")

    def end_call(self, stmt: Call) -> None:
        held = "".join(f"{self.names[out]}, " for out in stmt.outs)
        self.line(f"{held.rstrip()} = returned(({held}))" if held else "returned(())")

    def begin_branch(self, stmt: If, taken: bool) -> None:
        self.line(f"chose({self.unit.bind('stmt', stmt)}, {taken}, {self.expr(stmt.cond).text})")

    def join(self, stmt: If) -> None:
        held = "".join(f"{self.names[out]}, " for out in stmt.outs)
        self.line(f"joined({self.unit.bind('stmt', stmt)}, ({held}))")

    def enter(self, stmt: For | While, carried: Sequence[Var]) -> list[str]:
        targets = super().enter(stmt, carried)
        self.line(f"entered({self.unit.bind('stmt', stmt)})")
        return targets

    def begin_pass(self, stmt: For | While) -> None:
        if isinstance(stmt, While):
            self.line("iteration(None)")
            return
        index, start, step = (self.test(a) for a in (stmt.body.params[0], stmt.start, stmt.step))
        self.line(f"iteration(({index} - {start}) // {step})")

    def leave(self, stmt: For | While) -> None:
        self.line("left()")
