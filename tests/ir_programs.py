"""Building IR in tests; the meaning of IR, statement by statement; and random programs over arrays."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable, Mapping
from typing import Any

import numpy as np

from dlang.ir.nodes import Apply, Assert, Atom, Block, Call, For, Function, If, Literal, Pop, Push, Stmt, Var, While
from dlang.primitives.table import TABLE
from dlang.types import INT, REAL, DType, Type

SIZE = 4
VECTOR = Type(DType.REAL, (SIZE,))


class Program:
    """Collects statements of one block; inner blocks are programs of their own."""

    def __init__(self) -> None:
        self.body: list[Stmt] = []

    def apply(self, name: str, *args: Atom | float, **static: Any) -> Var:
        atoms = tuple(a if isinstance(a, (Var, Literal)) else Literal(a) for a in args)
        (kind,) = TABLE[name].type_rule([a.type for a in atoms], static)
        out = Var(kind)
        self.body.append(Apply((out,), TABLE[name], atoms, static))
        return out

    def get(self, x: Var, index: Var | int) -> Var:
        return self.apply("get", x, index, spec=("int",))

    def set(self, x: Var, value: Var | float, index: Var | int) -> Var:
        return self.apply("set", x, value, index, spec=("int",))

    def loop(self, inits: Iterable[Var | float], body: Callable[..., Iterable[Any]], count: Any = SIZE) -> Any:
        """`body(program, index, *carried)` gives the next carried values."""
        atoms = tuple(a if isinstance(a, Var) else Literal(a) for a in inits)
        inner, index = Program(), Var(INT, "i")
        carried = [Var(a.type) for a in atoms]
        results = tuple(r if isinstance(r, Var) else Literal(r) for r in body(inner, index, *carried))
        outs = tuple(Var(a.type) for a in atoms)
        stop = count if isinstance(count, Var) else Literal(count)
        block = Block((index, *carried), tuple(inner.body), results)
        self.body.append(For(outs, Literal(0), stop, Literal(1), atoms, block))
        return outs

    def branch(self, cond: Atom, *sides: Callable[[Program], Iterable[Any]]) -> Any:
        blocks = []
        for side in sides:
            inner = Program()
            results = tuple(r if isinstance(r, Var) else Literal(r) for r in side(inner))
            blocks.append(Block((), tuple(inner.body), results))
        outs = tuple(Var(r.type) for r in blocks[0].results)
        self.body.append(If(outs, cond, *blocks))
        return outs

    def function(self, params: Iterable[Var], *results: Atom, name: str = "f") -> Function:
        return Function(name, Block(tuple(params), tuple(self.body), results))


def meaning(module: Mapping[str, Function], name: str, *args: Any) -> tuple[Any, ...]:
    """What a function yields: the IR read literally, every update with a copy, every array made anew."""
    return _Meaning(module).block(module[name].block, [np.copy(a) if np.ndim(a) else a for a in args], {})


class _Meaning:
    def __init__(self, module: Mapping[str, Function]) -> None:
        self.module = module
        self.tape: list[tuple[Any, ...]] = []

    def block(self, block: Block, args: Iterable[Any], env: dict[Var, Any]) -> tuple[Any, ...]:
        env.update(zip(block.params, args, strict=True))

        def read(atoms: Iterable[Atom]) -> list[Any]:
            return [a.value if isinstance(a, Literal) else env[a] for a in atoms]

        for stmt in block.body:
            if isinstance(stmt, (For, While)):
                env.update(zip(stmt.outs, self.loop(stmt, read, env), strict=True))
                continue
            match stmt:
                case Apply():
                    out = stmt.prim.impl(*read(stmt.args), **stmt.static)
                    env[stmt.outs[0]] = np.array(out) if np.ndim(out) else out
                case If():
                    taken = stmt.then if read([stmt.cond])[0] else stmt.orelse
                    env.update(zip(stmt.outs, self.block(taken, (), env), strict=True))
                case Call():
                    out = self.block(self.module[stmt.callee].block, read(stmt.args), {})
                    env.update(zip(stmt.outs, out, strict=True))
                case Push():
                    self.tape.append(tuple(read(stmt.values)))
                case Pop():
                    env.update(zip(stmt.outs, self.tape.pop(), strict=True))
                case Assert():
                    assert read([stmt.cond])[0], stmt.message
        return tuple(read(block.results))

    def loop(self, stmt: For | While, read: Callable[..., list[Any]], env: dict[Var, Any]) -> tuple[Any, ...]:
        values = tuple(read(stmt.inits))
        if isinstance(stmt, While):
            while self.block(stmt.cond, values, env)[0]:
                values = self.block(stmt.body, values, env)
            return values
        passes = range(*read([stmt.start, stmt.stop, stmt.step]))
        for i in reversed(passes) if stmt.reverse else passes:
            values = self.block(stmt.body, (i, *values), env)
        return values


def random_module(seed: int, *, tape: bool = True) -> tuple[dict[str, Function], tuple[Any, ...]]:
    """Two functions over vectors and scalars, of which `f` calls `g`, and arguments for `f`.

    With `tape` they push and pop, as adjoints do.
    """
    rng = random.Random(seed)
    signature = (VECTOR, VECTOR, REAL, INT)
    module: dict[str, Function] = {}
    for name in ("g", "f"):
        params = tuple(map(Var, signature))
        maker = _Maker(rng, calls=name == "f", tape=tape)
        program = Program()
        maker.statements(program, [*params], depth=0, count=rng.randint(3, 7))
        pool = [*params, *maker.made]
        first, second = maker.pick(pool, VECTOR), maker.pick(pool, VECTOR)
        total = maker.unwind(program, maker.pick(pool, REAL))
        module[name] = program.function(params, first, second, total, name=name)
    args = (np.arange(1.0, SIZE + 1), np.linspace(-1.0, 1.0, SIZE), 0.5, rng.randint(0, SIZE - 1))
    return module, args


class _Maker:
    """Random statements over a pool of visible names."""

    def __init__(self, rng: random.Random, *, calls: bool, tape: bool) -> None:
        self.rng = rng
        self.calls = calls
        self.tape = tape
        self.made: list[Var] = []
        self._pushed = 0

    def pick(self, pool: list[Var], kind: Type) -> Var:
        fit = [v for v in pool if v.type == kind]
        # late names more often: chains of updates are what matters
        return fit[max(self.rng.randrange(len(fit)), self.rng.randrange(len(fit)))]

    def statements(self, p: Program, pool: list[Var], depth: int, count: int) -> None:
        makers = [self.update, self.update, self.update, self.read, self.arithmetic, self.view, self.fresh]
        if depth < 3:
            makers += [self.for_, self.for_, self.if_, self.while_]
        if self.calls:
            makers.append(self.call)
        if self.tape:
            makers.append(self.tape_round if depth else self.push)
        for _ in range(count):
            made = self.rng.choice(makers)(p, pool, depth)
            pool += made
            if depth == 0:
                self.made += made

    def update(self, p: Program, pool: list[Var], depth: int) -> list[Var]:
        x, i = self.pick(pool, VECTOR), self.rng.choice([self.pick(pool, INT), self.rng.randrange(SIZE)])
        kind = self.rng.randrange(4)
        if kind == 0:
            return [p.apply("add_at", x, self.pick(pool, REAL), i, spec=("int",))]
        if kind == 1:
            part = p.apply("get", self.pick(pool, VECTOR), spec=(("slice", 0, SIZE - 1, None),))
            return [p.apply("set", x, part, spec=(("slice", 1, None, None),))]
        return [p.set(x, self.rng.choice([self.pick(pool, REAL), float(self.rng.randrange(9))]), i)]

    def read(self, p: Program, pool: list[Var], depth: int) -> list[Var]:
        return [p.get(self.pick(pool, VECTOR), self.rng.choice([self.pick(pool, INT), -1]))]

    def arithmetic(self, p: Program, pool: list[Var], depth: int) -> list[Var]:
        kind = self.rng.choice([VECTOR, REAL, REAL])
        half = p.apply("mul", p.apply("add", self.pick(pool, kind), self.pick(pool, REAL)), 0.5)
        return [half] if self.rng.random() < 0.7 else [p.apply("sin", half)]

    def view(self, p: Program, pool: list[Var], depth: int) -> list[Var]:
        flipped = p.apply("get", self.pick(pool, VECTOR), spec=(("slice", None, None, -1),))
        wide = p.apply("reshape", self.pick(pool, VECTOR), shape=(2, 2))
        return [flipped, p.apply("reshape", p.apply("transpose", wide, axes=None), shape=(SIZE,))]

    def fresh(self, p: Program, pool: list[Var], depth: int) -> list[Var]:
        return [p.apply("zeros", shape=(SIZE,)), p.apply("full", self.pick(pool, REAL), shape=(SIZE,))]

    def carried(self, pool: list[Var]) -> list[Var]:
        return [self.pick(pool, self.rng.choice([VECTOR, VECTOR, REAL])) for _ in range(self.rng.randint(1, 3))]

    def yields(self, pool: list[Var], kinds: list[Var]) -> list[Var]:
        return [self.pick(pool, k.type) for k in kinds]

    def for_(self, p: Program, pool: list[Var], depth: int) -> list[Var]:
        inits = self.carried(pool)

        def body(b: Program, i: Var, *carried: Var) -> list[Var]:
            inner = [*pool, i, *carried]
            self.statements(b, inner, depth + 1, self.rng.randint(1, 4))
            return self.yields(inner, inits)

        return [*p.loop(inits, body, count=self.rng.randint(0, SIZE))]

    def while_(self, p: Program, pool: list[Var], depth: int) -> list[Var]:
        inits = self.carried(pool)
        cond, body = Program(), Program()
        tested, carried = [[Var(i.type) for i in inits] for _ in range(2)]
        n, m = Var(INT), Var(INT)
        seen = [*pool, *tested]
        if self.rng.random() < 0.5:
            self.statements(cond, seen, 3, 1)
        going = cond.apply("lt", n, self.rng.randint(0, SIZE))
        inner = [*pool, *carried]
        self.statements(body, inner, depth + 1, self.rng.randint(1, 4))
        more = body.apply("add", m, 1)
        outs = [Var(i.type) for i in inits]
        p.body.append(
            While(
                (*outs, Var(INT)),
                (*inits, Literal(0)),
                Block((*tested, n), tuple(cond.body), (going,)),
                Block((*carried, m), tuple(body.body), (*self.yields(inner, inits), more)),
            )
        )
        return outs

    def if_(self, p: Program, pool: list[Var], depth: int) -> list[Var]:
        kinds = self.carried(pool)

        def side(b: Program) -> list[Var]:
            inner = [*pool]
            self.statements(b, inner, depth + 1, self.rng.randint(0, 3))
            return self.yields(inner, kinds)

        cond = p.apply("gt", self.pick(pool, REAL), self.rng.choice([0.2, self.pick(pool, REAL)]))
        return [*p.branch(cond, side, side)]

    def call(self, p: Program, pool: list[Var], depth: int) -> list[Var]:
        args = tuple(self.pick(pool, kind) for kind in (VECTOR, VECTOR, REAL, INT))
        outs = Var(VECTOR), Var(VECTOR), Var(REAL)
        p.body.append(Call(outs, "g", args))
        return [*outs]

    def push(self, p: Program, pool: list[Var], depth: int) -> list[Var]:
        """Left on the tape until the function ends."""
        p.body.append(Push((self.pick(pool, VECTOR), self.pick(pool, REAL))))
        self._pushed += 1
        return []

    def tape_round(self, p: Program, pool: list[Var], depth: int) -> list[Var]:
        """On the tape for some statements."""
        kept = self.pick(pool, VECTOR)
        p.body.append(Push((kept,)))
        back = Var(VECTOR)
        inner = [*pool]
        self.update(p, inner, depth)
        changed = p.set(self.pick(inner, VECTOR), 3.0, 0)
        p.body.append(Pop((back,)))
        return [back, changed]

    def unwind(self, p: Program, total: Var) -> Var:
        """Take back what `push` left; a Real that all of it enters."""
        for _ in range(self._pushed):
            popped = Var(VECTOR), Var(REAL)
            p.body.append(Pop(popped))
            both = p.apply("add", p.apply("sum", popped[0], axis=None, keepdims=False), popped[1])
            total = p.apply("add", total, p.apply("mul", both, 0.5))
        return total
