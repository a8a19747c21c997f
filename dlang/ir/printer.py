"""IR as text, for people and golden files.

fn objective(x: Real, n: Int) -> Real {
  %0: Real = for %1 in 0..n by 1 carrying (%2 = 0.0) {
    %3: Real = mul %2 x
    yield %3
  }
  yield %0
}
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import assert_never

from dlang.ir.nodes import (
    Adjoint,
    Apply,
    Assert,
    Atom,
    Block,
    Call,
    Checkpoint,
    Definition,
    For,
    Function,
    If,
    Literal,
    Module,
    Pop,
    Print,
    Push,
    Ruled,
    Stmt,
    Tangent,
    Var,
    While,
)

__all__ = ["print_function", "print_module"]


def print_module(module: Module) -> str:
    """Every function, in the order of the module, separated by an empty line."""
    return "\n".join(print_function(fn) for fn in module.values())


def print_function(fn: Function) -> str:
    """One function, with a line end after its last brace."""
    printer = _Printer()
    params = ", ".join(f"{printer.name(p)}: {p.type}" for p in fn.block.params)
    results = ", ".join(str(r.type) for r in fn.block.results)
    if fn.definition is not None:
        return f"fn {fn.name}({params}) -> {results or '()'} = {_defined(fn.definition)}\n"
    printer.lines.append(f"fn {fn.name}({params}) -> {results or '()'} {{")
    printer.block(fn.block, "  ")
    printer.lines.append("}")
    return "\n".join(printer.lines) + "\n"


def _defined(definition: Definition) -> str:
    match definition:
        case Tangent(of, wrt):
            return f"tangent of {of} in {', '.join(map(str, wrt))}"
        case Adjoint(of, wrt, seeded):
            return f"adjoint of {of} in {', '.join(map(str, wrt))} from {', '.join(map(str, seeded))}"
        case Checkpoint(of):
            return f"checkpoint of {of}"
        case Ruled(of, jvp, vjp):
            rules = [("tangent", jvp), ("cotangents", vjp)]
            given = [f"{word} {r.name} in {', '.join(map(str, r.wrt))}" for word, r in rules if r is not None]
            return f"{of} with {' and '.join(given)}"
        case _:
            assert_never(definition)


class _Printer:
    def __init__(self) -> None:
        self.lines: list[str] = []
        self._names: dict[Var, str] = {}
        self._taken: set[str] = set()

    def name(self, var: Var) -> str:
        if var not in self._names:
            name = f"%{len(self._names)}"
            if var.hint:
                name = var.hint if var.hint not in self._taken else f"{var.hint}.{len(self._names)}"
            self._taken.add(name)
            self._names[var] = name
        return self._names[var]

    def atom(self, atom: Atom) -> str:
        if isinstance(atom, Literal):
            return str(atom.value).lower() if isinstance(atom.value, bool) else repr(atom.value)
        return self.name(atom)

    def atoms(self, many: Iterable[Atom]) -> str:
        return " ".join(map(self.atom, many))

    def binding(self, stmt_outs: tuple[Var, ...]) -> str:
        left = ", ".join(f"{self.name(o)}: {o.type}" for o in stmt_outs)
        return f"{left} = " if left else ""

    def carried(self, params: tuple[Var, ...], inits: tuple[Atom, ...]) -> str:
        pairs = (f"{self.name(p)}: {p.type} = {self.atom(i)}" for p, i in zip(params, inits, strict=True))
        return f" carrying ({', '.join(pairs)})" if params else ""

    def block(self, block: Block, indent: str) -> None:
        for stmt in block.body:
            self.stmt(stmt, indent)
        if block.results:
            self.lines.append(f"{indent}yield {', '.join(map(self.atom, block.results))}")

    def stmt(self, stmt: Stmt, indent: str) -> None:
        inner = indent + "  "
        line = self.lines.append
        match stmt:
            case Apply():
                call = f"{stmt.prim.name}{_static(stmt.static)} {self.atoms(stmt.args)}".rstrip()
                line(f"{indent}{self.binding(stmt.outs)}{call}")
            case Call():
                args = ", ".join(map(self.atom, stmt.args))
                line(f"{indent}{self.binding(stmt.outs)}call {stmt.callee}({args})")
            case If():
                line(f"{indent}{self.binding(stmt.outs)}if {self.atom(stmt.cond)} {{")
                self.block(stmt.then, inner)
                if stmt.orelse.body or stmt.orelse.results:
                    line(f"{indent}}} else {{")
                    self.block(stmt.orelse, inner)
                line(f"{indent}}}")
            case For():
                index, *carried = stmt.body.params
                span = f"{self.atom(stmt.start)}..{self.atom(stmt.stop)} by {self.atom(stmt.step)}"
                carry = self.carried(tuple(carried), stmt.inits)
                order = " reversed" if stmt.reverse else ""
                line(f"{indent}{self.binding(stmt.outs)}for {self.name(index)} in {span}{order}{carry} {{")
                self.block(stmt.body, inner)
                line(f"{indent}}}")
            case While():
                line(f"{indent}{self.binding(stmt.outs)}while{self.carried(stmt.body.params, stmt.inits)} {{")
                line(f"{inner}test ({', '.join(map(self.name, stmt.cond.params))})")
                self.block(stmt.cond, inner + "  ")
                line(f"{inner}do")
                self.block(stmt.body, inner + "  ")
                line(f"{indent}}}")
            case Print():
                parts = (f'"{p}"' if isinstance(p, str) else self.atom(p) for p in stmt.parts)
                line(f"{indent}print {' '.join(parts)}")
            case Assert():
                line(f'{indent}assert {self.atom(stmt.cond)} "{stmt.message}"')
            case Push():
                line(f"{indent}push {self.atoms(stmt.values)}")
            case Pop():
                line(f"{indent}{self.binding(stmt.outs)}pop")
            case _:
                assert_never(stmt)


def _static(static: Mapping[str, object]) -> str:
    return f"[{', '.join(f'{k}={v!r}' for k, v in sorted(static.items()))}]" if static else ""
