"""Functions that are defined by others: their names, their types, and what they are of.

    fn f.tangent_0(x: Real, dx: Real) -> Real, Real = tangent of f in 0

Derivatives stay definitions while a program is elaborated and split, and while it is differentiated further: the
derivative of a definition is written in definitions again, so that reverse mode is applied once, last.
"""

from __future__ import annotations

from typing import assert_never

from dlang.ir.nodes import Adjoint, Atom, Block, Call, Checkpoint, Definition, Function, Module, Ruled, Tangent, Var

__all__ = ["call_block", "derived", "derived_name", "real_results", "source_name", "sources"]


def sources(fn: Function) -> tuple[str, ...]:
    """The functions that a definition names; none for a function that is written out."""
    match fn.definition:
        case None:
            return ()
        case Ruled(of, jvp, vjp):
            return (of, *(rule.name for rule in (jvp, vjp) if rule is not None))
        case Tangent(of) | Adjoint(of) | Checkpoint(of):
            return (of,)
        case _:
            assert_never(fn.definition)


def source_name(name: str) -> str:
    """What the source calls a function that was lifted: `lib.f` of `lib.f.applied_2`."""
    return name.partition(".applied_")[0]


def real_results(block: Block) -> list[Atom]:
    """The results that have a tangent and a cotangent."""
    return [r for r in block.results if r.type.is_real]


def derived_name(definition: Definition) -> str:
    """The name of the function with a definition: one name, one function."""
    match definition:
        case Tangent():
            return f"{definition.of}.tangent_{'_'.join(map(str, definition.wrt))}"
        case Adjoint():
            seeds = "" if definition.seeded == (0,) else f"_from_{'_'.join(map(str, definition.seeded))}"
            return f"{definition.of}.adjoint_{'_'.join(map(str, definition.wrt))}{seeds}"
        case Checkpoint():
            return f"{definition.of}.checkpoint"
        case Ruled():
            return f"{definition.of}.ruled"
        case _:
            assert_never(definition)


def derived(module: Module, definition: Definition) -> Function:
    """The function with a definition; what it is of must be in the module."""
    source = module[definition.of]
    block = source.block
    params = [_like(p) for p in block.params]
    results = [_like(r) for r in block.results]
    match definition:
        case Tangent():
            params += [_like(block.params[i], "d") for i in definition.wrt]
            results += [_like(r) for r in real_results(block)]
        case Adjoint():
            params += [Var(block.results[k].type, "ct") for k in definition.seeded]
            results += [_like(block.params[i]) for i in definition.wrt]
        case Checkpoint() | Ruled():
            pass
        case _:
            assert_never(definition)
    return Function(derived_name(definition), Block(tuple(params), (), tuple(results)), source.span, definition)


def call_block(fn: Function) -> Block:
    """A block that calls a function on its own params and yields what that yields."""
    params = tuple(_like(p) for p in fn.block.params)
    outs = tuple(_like(r) for r in fn.block.results)
    return Block(params, (Call(outs, fn.name, params, fn.span),), outs)


def _like(atom: Atom, prefix: str = "") -> Var:
    hint = atom.hint if isinstance(atom, Var) else ""
    return Var(atom.type, prefix + hint if hint else "")
