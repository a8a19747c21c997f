"""LLVM text from IR: a function a function, structured statements as blocks and phis.

    fn f(x: Real, n: Int) -> Real {            define internal double @f(ptr %rt, …, double %x, i64 %n) {
      %1 = for i in 0..n by 1                  loop:
             carrying (s = 0.0) {        =>      %s = phi double [ 0.0, %entry ], [ %v1, %loop ]
        %2 = mul s x                             %v1 = fmul double %s, %x
        yield %2                                 …
      }
      yield %1
    }

Scalars live in registers. The tape's pointer is one of them, handed on through every loop, branch and call that keeps
records, so that a loop's records are stores at a constant stride.

Arrays lie in the function's frame, each application's result in a place of its own: a value stays until its statement
runs again, and what a loop carries has been copied to a place of the loop by then. Updates that ownership allows are
done in place.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import assert_never

from dlang.ir.nodes import (
    Apply,
    Assert,
    Block,
    Call,
    For,
    Function,
    If,
    Pop,
    Print,
    Push,
    Stmt,
    Var,
    While,
)
from dlang.ir.ownership import Ownership
from dlang.ir.traits import Traits, statements
from dlang.ir.walk import inner_blocks, outs
from dlang.native import arrays, fused, runtime
from dlang.native.callbacks import Callbacks
from dlang.native.flow import emit_for, emit_if, emit_while
from dlang.native.frame import Frame
from dlang.native.memory import TAPE, Memory, byte_size, dense_strides, padded
from dlang.native.scalars import lower
from dlang.native.text import SIZE, type_of
from dlang.native.unsupported import Unsupported
from dlang.recursion import CALLS
from dlang.types import Type

__all__ = ["Emitter", "Signature"]


class Signature:
    """How a function is called.

    It takes the runtime, its frame, the tape where it is `taped`, the depth of calls where it is `recursive`, its
    params, and for each array it yields a place to put it. It returns the tape, if it is taped, and its scalars.
    """

    def __init__(self, function: Function, name: str, traits: Traits) -> None:
        self.name = name
        self.taped = function.name in traits.taped
        self.recursive = traits.recursive
        self.params = [p.type for p in function.block.params]
        self.results = [r.type for r in function.block.results]
        self.scalars = [t for t in self.results if t.is_scalar]
        self.arrays = [t for t in self.results if not t.is_scalar]
        kinds = ["ptr"] * self.taped + [type_of(t) for t in self.scalars]
        self.returned = kinds
        self.kind = "void" if not kinds else kinds[0] if len(kinds) == 1 else "{" + ", ".join(kinds) + "}"


class Emitter(Frame):
    """Emits one function.

    Args:
        function: the function.
        signatures: of it and all it calls.
        ownership: of it.
        callbacks: where primitives without instructions of their own are noted.

    Attributes:
        tape: the register of the tape's end.
        may_push: statements in which something is pushed, and Pops after which, in their block, something is.
    """

    def __init__(
        self,
        function: Function,
        signatures: Mapping[str, Signature],
        ownership: Ownership,
        callbacks: Callbacks,
    ) -> None:
        super().__init__(function, ownership, callbacks)
        self.signatures = signatures
        self.tape = "%tape"
        self.may_push = _pushing(function.block, signatures)
        self._function = function
        self._signature = signatures[function.name]
        self._tape_end = ""

    # ---- the function

    def function(self) -> str:
        """The text of the whole definition."""
        block, signature, text = self._function.block, self._signature, self.text
        head = ["ptr noalias %rt", "ptr %frame"]
        head += ["ptr %tape"] * signature.taped + ["i64 %depth"] * signature.recursive
        for k, param in enumerate(block.params):
            self._known(param)
            head.append(f"{type_of(param.type)} %p{k}")
            self.bind(param, f"%p{k}" if param.type.is_scalar else self.memory(f"%p{k}", param.type))
        head += [f"ptr noalias %out{k}" for k in range(len(signature.arrays))]
        if signature.recursive:
            self._guard_calls()
        if signature.taped:
            self._tape_end = text.op(f"load ptr, ptr {text.at('%rt', runtime.TAPE_END)}")
        self.block(block)
        self.settle()
        places = iter(range(len(signature.arrays)))
        for result in block.results:
            if not result.type.is_scalar:
                self.copy(f"%out{next(places)}", self.array(result))
        self._return([self.scalar(r) for r in block.results if r.type.is_scalar])
        body = text.body.replace("$FRAME", str(self.size))
        return f"define internal {signature.kind} @{signature.name}({', '.join(head)}) {{\n{body}\n}}\n"

    def _return(self, scalars: Sequence[str]) -> None:
        signature, text = self._signature, self.text
        values = [self.tape] * signature.taped + list(scalars)
        if len(values) < 2:
            text.line(f"ret {signature.kind} {values[0]}" if values else "ret void")
            return
        whole = "poison"
        for k, (kind, value) in enumerate(zip(signature.returned, values, strict=True)):
            whole = text.op(f"insertvalue {signature.kind} {whole}, {kind} {value}, {k}")
        text.line(f"ret {signature.kind} {whole}")

    def _guard_calls(self) -> None:
        """Leave the run where calls nest too deep for the language, the machine's stack or the memory of frames."""
        text = self.text
        here = text.op("alloca i8")
        low = text.op(f"load ptr, ptr {text.at('%rt', runtime.STACK_END)}")
        end = text.op(f"load ptr, ptr {text.at('%rt', runtime.FRAME_END)}")
        over = text.op(f"icmp ugt ptr {text.at('%frame', '$FRAME')}, {end}")
        self.fault_if(text.op(f"icmp ugt i64 %depth, {CALLS}"), runtime.DEEP)
        self.fault_if(text.op(f"icmp ult ptr {here}, {low}"), runtime.DEEP)
        self.fault_if(over, runtime.DEEP)

    def _known(self, var: Var) -> None:
        if not var.type.is_static:
            raise Unsupported("an array of which only running knows the size", self._function.span)

    # ---- statements

    def block(self, block: Block) -> None:
        """Emit the statements of a block."""
        for stmt in block.body:
            for out in outs(stmt):
                if not out.type.is_static:
                    raise Unsupported("an array of which only running knows the size", getattr(stmt, "span", None))
            self._stmt(stmt)

    def _stmt(self, stmt: Stmt) -> None:
        match stmt:
            case Apply():
                self._apply(stmt)
            case If():
                emit_if(self, stmt)
            case For():
                emit_for(self, stmt)
            case While():
                emit_while(self, stmt)
            case Call():
                self._call(stmt)
            case Push():
                self._push(stmt)
            case Pop():
                self._pop(stmt)
            case Assert():
                self._assert(stmt)
            case Print():
                raise Unsupported("printing", stmt.span)
            case _:
                assert_never(stmt)

    def _apply(self, stmt: Apply) -> None:
        if all(a.type.is_scalar for a in (*stmt.args, *stmt.outs)) and len(stmt.outs) == 1:
            args = [self.scalar(a) for a in stmt.args]
            types = [a.type for a in stmt.args]
            found = lower(self.lane, stmt.prim.name, types, stmt.static, args)
            if found is not None:
                self.bind(stmt.outs[0], found)
                return
        if not fused.offer(self, stmt):
            arrays.apply(self, stmt)

    def _assert(self, stmt: Assert) -> None:
        self.settle()
        holds = self.scalar(stmt.cond) if stmt.cond.type.is_scalar else arrays.all_hold(self, self.array(stmt.cond))
        self.fault_if(self.text.op(f"xor i1 {holds}, true"))

    def _call(self, stmt: Call) -> None:
        self.settle()
        text, signature = self.text, self.signatures[stmt.callee]
        given = ["ptr %rt", f"ptr {text.at('%frame', '$FRAME')}"]
        given += [f"ptr {self.tape}"] * signature.taped
        if signature.recursive:
            given.append(f"i64 {text.op('add i64 %depth, 1')}")
        for arg in stmt.args:
            value = self.scalar(arg) if arg.type.is_scalar else self.dense(self.array(arg)).pointer
            given.append(f"{type_of(arg.type)} {value}")
        for out in stmt.outs:
            if not out.type.is_scalar:
                self.bind(out, self.buffer(out.type))
                given.append(f"ptr {self.array(out).pointer}")
        call = f"call {signature.kind} @{signature.name}({', '.join(given)})"
        scalars = [out for out in stmt.outs if out.type.is_scalar]
        if not signature.returned:
            text.line(call)
            return
        found = text.op(call)
        pieces = [found]
        if len(signature.returned) > 1:
            pieces = [text.op(f"extractvalue {signature.kind} {found}, {k}") for k in range(len(signature.returned))]
        if signature.taped:
            self.tape = pieces.pop(0)
        for out, piece in zip(scalars, pieces, strict=True):
            self.bind(out, piece)

    # ---- the tape

    def note_tape(self) -> None:
        """Remember how far the tape has come, so that a long one can be given back."""
        text = self.text
        place = text.at("%rt", runtime.TAPE_MOST)
        most = text.op(f"load ptr, ptr {place}")
        further = text.op(f"icmp ugt ptr {self.tape}, {most}")
        text.line(f"store ptr {text.op(f'select i1 {further}, ptr {self.tape}, ptr {most}')}, ptr {place}")

    def moves_tape(self, block: Block) -> bool:
        """Whether a block keeps records or takes them back."""
        return any(
            isinstance(s, (Push, Pop)) or (isinstance(s, Call) and self.signatures[s.callee].taped)
            for s in statements(block)
        )

    def _push(self, stmt: Push) -> None:
        self.settle()
        text = self.text
        end = text.at(self.tape, sum(_record(v.type) for v in stmt.values))
        self.fault_if(text.op(f"icmp ugt ptr {end}, {self._tape_end}"), runtime.TAPE_FULL)
        offset = 0
        for value in stmt.values:
            at = text.at(self.tape, offset)
            if value.type.is_scalar:
                self.store(at, value.type.dtype, self.scalar(value))
            else:
                self.copy(at, self.array(value))
            offset += _record(value.type)
        self.tape = end

    def _pop(self, stmt: Pop) -> None:
        text = self.text
        self.tape = text.at(self.tape, -sum(_record(v.type) for v in stmt.outs))
        offset = 0
        for out in stmt.outs:
            at = text.at(self.tape, offset)
            if out.type.is_scalar:
                self.bind(out, self.load(at, out.type.dtype))
            elif stmt in self.may_push:
                self.bind(out, self.buffer(out.type))
                self.copy(self.array(out).pointer, self.memory(at, out.type))
            else:
                sizes = tuple(n or 0 for n in out.type.shape)
                self.bind(out, Memory(at, out.type, dense_strides(sizes), frozenset((TAPE,))))
            offset += _record(out.type)


def _record(type_: Type) -> int:
    """Bytes of a value on the tape."""
    return padded(SIZE[type_.dtype] if type_.is_scalar else byte_size(type_))


def _pushing(block: Block, signatures: Mapping[str, Signature]) -> set[Stmt]:
    """Statements that may push in themselves; and the Pops after which, in their block, something may."""
    found: set[Stmt] = set()
    later = False
    for stmt in reversed(block.body):
        inner: set[Stmt] = set()
        for each in inner_blocks(stmt):
            inner |= _pushing(each, signatures)
        found |= inner
        if isinstance(stmt, Pop):
            if later:
                found.add(stmt)
            continue
        if (
            isinstance(stmt, Push)
            or (isinstance(stmt, Call) and signatures[stmt.callee].taped)
            or any(not isinstance(s, Pop) for s in inner)
        ):
            found.add(stmt)
            later = True
    return found
