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

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import assert_never

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
from dlang.ir.traits import Traits, statements
from dlang.ir.walk import free_vars, inner_blocks, operands, outs
from dlang.native import arrays, fused, runtime
from dlang.native.callbacks import Callbacks
from dlang.native.fused import Group, Uniform
from dlang.native.lanes import Lanes
from dlang.native.memory import TAPE, Memory, Roots, byte_size, dense_strides, padded
from dlang.native.scalars import lower
from dlang.native.text import SIZE, Text, literal, type_of
from dlang.native.unsupported import Unsupported
from dlang.recursion import CALLS
from dlang.types import DType, Type

__all__ = ["Emitter", "Signature"]

_ALIGNED = 64
"""Bytes to which arrays in frames are aligned: a cache line, and the widest vector."""


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


class Emitter:
    """Emits one function.

    Args:
        function: the function.
        signatures: of it and all it calls.
        ownership: of it.
        callbacks: where primitives without instructions of their own are noted.
    """

    def __init__(
        self,
        function: Function,
        signatures: Mapping[str, Signature],
        ownership: Ownership,
        callbacks: Callbacks,
    ) -> None:
        self.text = Text()
        self.lane = Lanes(self.text, 1, self.fault_if)
        self.ownership = ownership
        self.callbacks = callbacks
        self.roots = Roots()
        self._function = function
        self._signatures = signatures
        self._signature = signatures[function.name]
        self._scalars: dict[Var, str] = {}
        self._arrays: dict[Var, Memory] = {}
        self._uniform: dict[Var, Uniform] = {}
        self._pending: dict[Var, Group] = {}
        self._users = _users(function)
        self._wanted: dict[Var, str] = {}
        self.waiting: list[Group] = []
        self._frame = 0
        self._tape = "%tape"
        self._may_push = _pushing(function.block, signatures)

    # ---- the function

    def function(self) -> str:
        """The text of the whole definition."""
        block, signature, text = self._function.block, self._signature, self.text
        head = ["ptr noalias %rt", "ptr %frame"]
        head += ["ptr %tape"] * signature.taped + ["i64 %depth"] * signature.recursive
        for k, param in enumerate(block.params):
            self._known(param)
            head.append(f"{type_of(param.type)} %p{k}")
            if param.type.is_scalar:
                self._scalars[param] = f"%p{k}"
            else:
                self._arrays[param] = self._memory(f"%p{k}", param.type)
        head += [f"ptr noalias %out{k}" for k in range(len(signature.arrays))]
        if signature.recursive:
            self._guard_calls()
        if signature.taped:
            self.tape_end = text.op(f"load ptr, ptr {text.at('%rt', runtime.TAPE_END)}")
        self._wanted = _destinations(block, self.ownership)
        self._block(block)
        self.settle()
        places = iter(range(len(signature.arrays)))
        for result in block.results:
            if not result.type.is_scalar:
                self.copy(f"%out{next(places)}", self.array(result))
        self._return([self.scalar(r) for r in block.results if r.type.is_scalar])
        body = text.body.replace("$FRAME", str(self.frame))
        return f"define internal {signature.kind} @{signature.name}({', '.join(head)}) {{\n{body}\n}}\n"

    def _return(self, scalars: Sequence[str]) -> None:
        signature, text = self._signature, self.text
        values = [self._tape] * signature.taped + list(scalars)
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

    @property
    def frame(self) -> int:
        """Bytes of the function's frame."""
        return padded(self._frame, _ALIGNED)

    # ---- names

    def _known(self, var: Var) -> None:
        if not var.type.is_static:
            raise Unsupported("an array of which only running knows the size", self._function.span)

    def _memory(self, pointer: str, type_: Type) -> Memory:
        sizes = tuple(n or 0 for n in type_.shape)
        return Memory(pointer, type_, dense_strides(sizes), self.roots.new())

    def scalar(self, atom: Atom) -> str:
        """The register or constant of a scalar."""
        if isinstance(atom, Literal):
            return literal(atom.value)
        if atom in self._pending:
            self.write_out(self._pending[atom])
        return self._scalars[atom]

    def array(self, atom: Atom) -> Memory:
        """The memory of an array; what waits to compute it, or to add to it, is written out."""
        assert isinstance(atom, Var)
        if atom in self._pending:
            self.write_out(self._pending[atom])
        uniform = self._uniform.pop(atom, None)
        if uniform is not None:
            self._arrays[atom] = self.place(atom)
            arrays.fill(self, self._arrays[atom], uniform.register)
        found = self._arrays[atom]
        for group in [g for g in self.waiting if g.writes & found.roots]:
            self.write_out(group)
        return found

    def updated(self, atom: Atom) -> Memory:
        """The memory of an array that is to be added to: what waits to add to it, may go on waiting."""
        assert isinstance(atom, Var)
        if atom in self._pending or atom in self._uniform:
            return self.array(atom)
        return self._arrays[atom]

    def bind(self, var: Var, value: str | Memory | Uniform) -> None:
        """Say what a name is."""
        if isinstance(value, Memory):
            self._arrays[var] = value
        elif isinstance(value, Uniform):
            self._uniform[var] = value
        else:
            self._scalars[var] = value

    def place(self, var: Var) -> Memory:
        """Memory for an array that is computed here: where the caller wants it, or in the frame."""
        wanted = self._wanted.pop(var, None)
        return self.buffer(var.type) if wanted is None else self._memory(wanted, var.type)

    # ---- what waits

    def uniform(self, atom: Atom) -> Uniform | None:
        """The number that all elements of an array are, where that is known."""
        return self._uniform.get(atom) if isinstance(atom, Var) else None

    def waits(self, atom: Atom) -> bool:
        """Whether a name waits to be computed."""
        return isinstance(atom, Var) and atom in self._pending

    def wait(self, var: Var, group: Group) -> None:
        """Have a name wait with its group."""
        self._pending[var] = group

    def may_read(self, atom: Atom, roots: frozenset[int]) -> bool:
        """Whether an array is, or waits for, something in memory of these roots."""
        assert isinstance(atom, Var)
        if atom in self._pending:
            return bool(self._pending[atom].reads & roots)
        return atom in self._arrays and bool(self._arrays[atom].roots & roots)

    def write_out(self, group: Group) -> None:
        """Write the loop of a group, with what is read elsewhere kept in memory."""
        self.waiting.remove(group)
        members = {step.stmt for step in group.steps}
        kept = []
        for step in group.steps:
            for out in step.stmt.outs:
                if self._pending.pop(out, None) and not out.type.is_scalar and not self._users[out] <= members:
                    kept.append(out)
        fused.write(self, group, kept)

    def settle(self) -> None:
        """Write out everything that waits."""
        while self.waiting:
            self.write_out(self.waiting[0])

    def _settle_before(self, stmt: If | For | While) -> None:
        """Write out everything that waits, and what the blocks of a statement read: they may run often, or not."""
        self.settle()
        for block in inner_blocks(stmt):
            for var in free_vars(block):
                if var in self._uniform:
                    self.array(var)

    def buffer(self, type_: Type) -> Memory:
        """A new place in the frame."""
        offset = padded(self._frame, _ALIGNED)
        self._frame = offset + byte_size(type_)
        return self._memory(self.text.at("%frame", offset) if offset else "%frame", type_)

    def copy(self, pointer: str, source: Memory) -> None:
        """Write an array's elements, row by row, to an address."""
        if source.is_dense:
            size = byte_size(source.type)
            if size and pointer != source.pointer:
                given = [("ptr", pointer), ("ptr", source.pointer), ("i64", str(size)), ("i1", "false")]
                self.text.call("void", "llvm.memcpy.p0.p0.i64", given)
            return
        target = Memory(pointer, source.type, dense_strides(source.sizes), frozenset())
        arrays.copy_elements(self, target, source)

    def dense(self, source: Memory) -> Memory:
        """An array with its elements row by row: itself, or a copy."""
        if source.is_dense:
            return source
        target = self.buffer(source.type)
        self.copy(target.pointer, source)
        return target

    # ---- faults

    def fault_if(self, cond: str, code: int = runtime.FAULTED) -> None:
        """Leave the run where a condition holds."""
        text = self.text
        bad, good = text.fresh("bad"), text.fresh("good")
        text.line(f"br i1 {cond}, label %{bad}, label %{good}, !prof !0")
        text.begin(bad)
        text.line(f"call void @{runtime.FAULT}(ptr %rt, i64 {code})")
        text.line("unreachable")
        text.begin(good)

    # ---- statements

    def _block(self, block: Block) -> None:
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
                self._if(stmt)
            case For():
                self._for(stmt)
            case While():
                self._while(stmt)
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
                self._scalars[stmt.outs[0]] = found
                return
        if not fused.offer(self, stmt):
            arrays.apply(self, stmt)

    def _assert(self, stmt: Assert) -> None:
        self.settle()
        holds = self.scalar(stmt.cond) if stmt.cond.type.is_scalar else arrays.all_hold(self, self.array(stmt.cond))
        self.fault_if(self.text.op(f"xor i1 {holds}, true"))

    def _call(self, stmt: Call) -> None:
        self.settle()
        text, signature = self.text, self._signatures[stmt.callee]
        given = ["ptr %rt", f"ptr {text.at('%frame', '$FRAME')}"]
        given += [f"ptr {self._tape}"] * signature.taped
        if signature.recursive:
            given.append(f"i64 {text.op('add i64 %depth, 1')}")
        for arg in stmt.args:
            value = self.scalar(arg) if arg.type.is_scalar else self.dense(self.array(arg)).pointer
            given.append(f"{type_of(arg.type)} {value}")
        for out in stmt.outs:
            if not out.type.is_scalar:
                self._arrays[out] = self.buffer(out.type)
                given.append(f"ptr {self._arrays[out].pointer}")
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
            self._tape = pieces.pop(0)
        for out, piece in zip(scalars, pieces, strict=True):
            self._scalars[out] = piece

    # ---- the tape

    def _push(self, stmt: Push) -> None:
        self.settle()
        text = self.text
        end = text.at(self._tape, sum(_record(v.type) for v in stmt.values))
        self.fault_if(text.op(f"icmp ugt ptr {end}, {self.tape_end}"), runtime.TAPE_FULL)
        offset = 0
        for value in stmt.values:
            at = text.at(self._tape, offset)
            if value.type.is_scalar:
                self.store(at, value.type.dtype, self.scalar(value))
            else:
                self.copy(at, self.array(value))
            offset += _record(value.type)
        self._tape = end

    def _pop(self, stmt: Pop) -> None:
        text = self.text
        self._tape = text.at(self._tape, -sum(_record(v.type) for v in stmt.outs))
        offset = 0
        for out in stmt.outs:
            at = text.at(self._tape, offset)
            if out.type.is_scalar:
                self._scalars[out] = self.load(at, out.type.dtype)
            elif stmt in self._may_push:
                self._arrays[out] = self.buffer(out.type)
                self.copy(self._arrays[out].pointer, self._memory(at, out.type))
            else:
                sizes = tuple(n or 0 for n in out.type.shape)
                self._arrays[out] = Memory(at, out.type, dense_strides(sizes), frozenset((TAPE,)))
            offset += _record(out.type)

    def load(self, pointer: str, dtype: DType) -> str:
        """An element from memory."""
        if dtype is DType.BOOL:
            return self.text.op(f"trunc i8 {self.text.op(f'load i8, ptr {pointer}')} to i1")
        return self.text.op(f"load {type_of(Type(dtype))}, ptr {pointer}")

    def store(self, pointer: str, dtype: DType, value: str) -> None:
        """An element to memory."""
        if dtype is DType.BOOL:
            self.text.line(f"store i8 {self.text.op(f'zext i1 {value} to i8')}, ptr {pointer}")
        else:
            self.text.line(f"store {type_of(Type(dtype))} {value}, ptr {pointer}")

    # ---- branches

    def _if(self, stmt: If) -> None:
        self._settle_before(stmt)
        text = self.text
        labels = text.fresh("then"), text.fresh("else")
        done = text.fresh("done")
        text.branch(self.scalar(stmt.cond), *labels)
        before, ends = self._tape, []
        for label, branch in zip(labels, (stmt.then, stmt.orelse), strict=True):
            text.begin(label)
            self._tape = before
            self._block(branch)
            self.settle()
            values = [self._yielded(r) for r in branch.results]
            ends.append((values, self._tape, text.label))
            text.go(done)
        text.begin(done)
        (then, then_tape, then_end), (orelse, else_tape, else_end) = ends
        if then_tape != else_tape:
            self._tape = text.phi("ptr", [(then_tape, then_end), (else_tape, else_end)])
        else:
            self._tape = then_tape
        for out, a, b in zip(stmt.outs, then, orelse, strict=True):
            if isinstance(a, Memory) and isinstance(b, Memory):
                pointer = a.pointer
                if a.pointer != b.pointer:
                    pointer = text.phi("ptr", [(a.pointer, then_end), (b.pointer, else_end)])
                self._arrays[out] = Memory(pointer, out.type, a.strides, a.roots | b.roots)
            else:
                self._scalars[out] = text.phi(type_of(out.type), [(str(a), then_end), (str(b), else_end)])

    def _yielded(self, atom: Atom) -> str | Memory:
        """What a branch yields: a scalar, or an array row by row that no record will be written over."""
        if atom.type.is_scalar:
            return self.scalar(atom)
        found = self.array(atom)
        if TAPE in found.roots:
            target = self.buffer(found.type)
            self.copy(target.pointer, found)
            return target
        return self.dense(found)

    # ---- loops

    def _enter(self, stmt: For | While, carried: Sequence[Var]) -> dict[Var, str]:
        """Places for the carried arrays, which are filled; the starts of the carried scalars."""
        starts: dict[Var, str] = {}
        taken = self.ownership.taken.get(stmt, ())
        for k, (param, init, result) in enumerate(zip(carried, stmt.inits, stmt.body.results, strict=True)):
            if param.type.is_scalar:
                starts[param] = self.scalar(init)
                continue
            found = self.array(init)
            if (k in taken or result is param) and found.is_dense:
                self._arrays[param] = found
            else:
                place = self.buffer(param.type)
                self.copy(place.pointer, found)
                self._arrays[param] = place
        return starts

    def _moves(self, carried: Sequence[Var], results: Sequence[Atom]) -> None:
        """Bring the arrays of the next pass to their places, all of them before any is written over."""
        moves = [
            (self._arrays[param], self.array(result))
            for param, result in zip(carried, results, strict=True)
            if not param.type.is_scalar
        ]
        moves = [(to, source) for to, source in moves if to.pointer != source.pointer or not source.is_dense]
        for k, (to, source) in enumerate(moves):
            others = frozenset[int]().union(*(t.roots for j, (t, _) in enumerate(moves) if j != k))
            if source.roots & others or (not source.is_dense and source.roots & to.roots):
                safe = self.buffer(source.type)
                self.copy(safe.pointer, source)
                moves[k] = (to, safe)
        for to, source in moves:
            self.copy(to.pointer, source)

    def _for(self, stmt: For) -> None:
        self._settle_before(stmt)
        text = self.text
        index, *carried = stmt.body.params
        starts = self._enter(stmt, carried)
        begin, count, step = self._counted(stmt)
        loop, done, before = text.fresh("loop"), text.fresh("done"), text.label
        text.branch(text.op(f"icmp ne i64 {count}, 0"), loop, done)
        text.begin(loop)
        left, place = f"%{text.fresh('n')}", f"%{text.fresh('i')}"
        names = {param: f"%{text.fresh('c')}" for param in starts}
        tape_before, tape = self._tape, f"%{text.fresh('t')}"
        holes = len(text.lines)
        self._scalars[index] = place
        self._scalars.update(names)
        pushes = stmt in self._may_push or _pops(stmt.body, self._signatures)
        self._tape = tape if pushes else tape_before
        self._block(stmt.body)
        self.settle()
        results = {p: self.scalar(r) for p, r in zip(carried, stmt.body.results, strict=True) if p.type.is_scalar}
        self._moves(carried, stmt.body.results)
        fewer = text.op(f"sub i64 {left}, 1")
        further = text.op(f"add i64 {place}, {step}")
        self._poll()
        end = text.label
        text.branch(text.op(f"icmp ne i64 {fewer}, 0"), loop, done)
        head = Text()
        head.lines = []
        head.phi("i64", [(count, before), (fewer, end)], left)
        head.phi("i64", [(begin, before), (further, end)], place)
        for param, start in starts.items():
            head.phi(type_of(param.type), [(start, before), (results[param], end)], names[param])
        if pushes:
            head.phi("ptr", [(tape_before, before), (self._tape, end)], tape)
        text.lines[holes:holes] = head.lines
        text.begin(done)
        if pushes:
            self._tape = text.phi("ptr", [(tape_before, before), (self._tape, end)])
        for param, out in zip(carried, stmt.outs, strict=True):
            if param.type.is_scalar:
                kind = type_of(param.type)
                self._scalars[out] = text.phi(kind, [(starts[param], before), (results[param], end)])
            else:
                self._arrays[out] = self._arrays[param]

    def _counted(self, stmt: For) -> tuple[str, str, str]:
        """The first index, the number of passes, and the step between indices, in the order of the passes."""
        text = self.text
        start, stop, step = self.scalar(stmt.start), self.scalar(stmt.stop), self.scalar(stmt.step)
        if stmt.step == Literal(1):
            some = text.op(f"icmp slt i64 {start}, {stop}")
            count = text.op(f"select i1 {some}, i64 {text.op(f'sub i64 {stop}, {start}')}, i64 0")
        else:
            up = text.op(f"icmp sgt i64 {step}, 0")
            self.fault_if(text.op(f"icmp eq i64 {step}, 0"))
            low = text.op(f"select i1 {up}, i64 {start}, i64 {stop}")
            high = text.op(f"select i1 {up}, i64 {stop}, i64 {start}")
            size = text.op(f"select i1 {up}, i64 {step}, i64 {text.op(f'sub i64 0, {step}')}")
            some = text.op(f"icmp slt i64 {low}, {high}")
            span = text.op(f"sub i64 {text.op(f'sub i64 {high}, {low}')}, 1")
            whole = text.op(f"add i64 {text.op(f'udiv i64 {span}, {size}')}, 1")
            count = text.op(f"select i1 {some}, i64 {whole}, i64 0")
        if not stmt.reverse:
            return start, count, step
        last = text.op(f"mul i64 {text.op(f'sub i64 {count}, 1')}, {step}")
        return text.op(f"add i64 {start}, {last}"), count, text.op(f"sub i64 0, {step}")

    def _while(self, stmt: While) -> None:
        self._settle_before(stmt)
        text = self.text
        carried = stmt.body.params
        starts = self._enter(stmt, carried)
        before = text.label
        loop, body, done = text.fresh("loop"), text.fresh("body"), text.fresh("done")
        text.go(loop)
        text.begin(loop)
        names = {param: f"%{text.fresh('c')}" for param in starts}
        tape_before, tape = self._tape, f"%{text.fresh('t')}"
        holes = len(text.lines)
        for tested, param in zip(stmt.cond.params, carried, strict=True):
            if param.type.is_scalar:
                self._scalars[tested] = self._scalars[param] = names[param]
            else:
                self._arrays[tested] = self._arrays[param]
        pushes = stmt in self._may_push or any(_pops(b, self._signatures) for b in (stmt.cond, stmt.body))
        self._tape = tape if pushes else tape_before
        self._block(stmt.cond)
        self.settle()
        text.branch(self.scalar(stmt.cond.results[0]), body, done)
        tape_after = self._tape
        text.begin(body)
        self._block(stmt.body)
        self.settle()
        results = {p: self.scalar(r) for p, r in zip(carried, stmt.body.results, strict=True) if p.type.is_scalar}
        self._moves(carried, stmt.body.results)
        self._poll()
        end = text.label
        text.go(loop)
        head = Text()
        head.lines = []
        for param, start in starts.items():
            head.phi(type_of(param.type), [(start, before), (results[param], end)], names[param])
        if pushes:
            head.phi("ptr", [(tape_before, before), (self._tape, end)], tape)
        text.lines[holes:holes] = head.lines
        text.begin(done)
        self._tape = tape_after
        for param, out in zip(carried, stmt.outs, strict=True):
            if param.type.is_scalar:
                self._scalars[out] = names[param]
            else:
                self._arrays[out] = self._arrays[param]

    def _poll(self) -> None:
        """Leave the run if it was interrupted."""
        flag = self.text.op("load atomic i64, ptr %rt monotonic, align 8")
        self.fault_if(self.text.op(f"icmp ne i64 {flag}, 0"), runtime.INTERRUPTED)


def _users(function: Function) -> dict[Var, set[object]]:
    """The statements that read each name, and the blocks that yield it."""
    found: defaultdict[Var, set[object]] = defaultdict(set)
    todo = [function.block]
    while todo:
        block = todo.pop()
        for stmt in block.body:
            for atom in operands(stmt):
                if isinstance(atom, Var):
                    found[atom].add(stmt)
            todo.extend(inner_blocks(stmt))
        for atom in block.results:
            if isinstance(atom, Var):
                found[atom].add(block)
    return found


def _destinations(block: Block, ownership: Ownership) -> dict[Var, str]:
    """Arrays that are computed where the caller wants a result: it, or what it is after updates in place."""
    makers = {out: stmt for stmt in block.body for out in outs(stmt)}
    found: dict[Var, str] = {}
    arrays_ = [r for r in block.results if not r.type.is_scalar]
    for k, result in enumerate(arrays_):
        var: Atom = result
        while isinstance(var, Var) and var in makers:
            stmt = makers[var]
            if isinstance(stmt, Apply) and stmt in ownership.in_place:
                var = stmt.args[0]
            elif isinstance(stmt, (For, While)) and stmt.outs.index(var) in ownership.taken.get(stmt, ()):
                var = stmt.inits[stmt.outs.index(var)]
            else:
                break
        if isinstance(var, Var) and isinstance(makers.get(var), Apply):
            found.setdefault(var, f"%out{k}")
    return found


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


def _pops(block: Block, signatures: Mapping[str, Signature]) -> bool:
    """Whether a block moves the tape at all."""
    return any(
        isinstance(s, (Push, Pop)) or (isinstance(s, Call) and signatures[s.callee].taped) for s in statements(block)
    )
