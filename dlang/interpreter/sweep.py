"""Reverse mode over the dynamic graph: the cotangent of every value of a run.

    x ── sin ── mul ── objective          cotangents   objective 1,  mul 1,  sin 2.0,  x 2.0 cos x

The nodes of a recording are in an order of evaluation, so one walk backward meets every reader of a value before it.
The rules are those of the table of primitives, on numbers; strong zeros and the undoing of broadcasting are in them.

Source: Griewank & Walther 2008, section 3.2 (the incremental adjoint recursion).
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any, TypeAlias

from dlang.interpreter.record import Node, Operand, Recording
from dlang.ir.nodes import Apply, Call
from dlang.primitives import rules
from dlang.records import record
from dlang.types import Type

__all__ = ["Pull", "Sweep", "sweep"]

Pull: TypeAlias = Callable[[Call, Sequence[Any], Sequence[Any], Sequence[int]], Sequence[Any]]
"""(call, primals, cotangents of its Real results, positions) -> cotangents of the arguments at those positions."""


@record(eq=False)
class Sweep:
    """What a walk backward over a recording found.

    Attributes:
        cotangents: by node; the others do not reach the end, or no derivative flows through them.
        flows: what of the cotangent of an operand comes by one reader: by reader and position of the operand.
    """

    cotangents: Mapping[Node, Any]
    flows: Mapping[tuple[Node, int], Any]


def sweep(recording: Recording, end: Operand, inputs: Collection[Node], pull: Pull) -> Sweep:
    """Cotangents of what lies between some of the arguments and a result.

    Args:
        recording: the run.
        end: a Real scalar that it yielded; its cotangent is 1.
        inputs: the arguments to differentiate in.
        pull: the reverse of calls that the recording has as one application.
    """
    import numpy as np

    cotangents: dict[Node, Any] = {}
    flows: dict[tuple[Node, int], Any] = {}
    active = _active(recording, inputs)
    if not isinstance(end, Node) or end not in active:
        return Sweep(cotangents, flows)
    cotangents[end] = 1.0
    with np.errstate(all="ignore"):
        for node in reversed(recording.nodes[: end.index + 1]):
            if node.stmt is None or node.result:
                continue
            results = recording.nodes[node.index : node.index + len(node.stmt.outs)]
            if not any(each in cotangents for each in results):
                continue
            wanted = [isinstance(each, Node) and each in active for each in node.operands]
            for position, (operand, ct) in enumerate(
                zip(node.operands, _pulled(results, cotangents, wanted, pull), strict=True)
            ):
                if ct is not None and isinstance(operand, Node):
                    flows[node, position] = ct
                    seen = cotangents.get(operand)
                    cotangents[operand] = ct if seen is None else seen + ct
    return Sweep(cotangents, flows)


def _active(recording: Recording, inputs: Collection[Node]) -> set[Node]:
    """The inputs, and the Real values that depend on them through something with a derivative."""
    active = set(inputs)
    for node in recording.nodes:
        stmt = node.stmt
        if stmt is None or not _type(node).is_real or (isinstance(stmt, Apply) and stmt.prim.discrete):
            continue
        if any(isinstance(each, Node) and each in active for each in node.operands):
            active.add(node)
    return active


def _type(node: Node) -> Type:
    assert node.stmt is not None
    return node.stmt.outs[node.result].type


def _pulled(
    results: Sequence[Node], cotangents: Mapping[Node, Any], wanted: Sequence[bool], pull: Pull
) -> Sequence[Any]:
    """Cotangents of the operands of an application; None is zero."""
    node = results[0]
    primals = [each.value if isinstance(each, Node) else each for each in node.operands]
    if isinstance(node.stmt, Call):
        real = [each for each in results if _type(each).is_real]
        given = [cotangents[each] if each in cotangents else _zero(each.value) for each in real]
        positions = [k for k, is_wanted in enumerate(wanted) if is_wanted]
        found: list[Any] = [None] * len(primals)
        for k, ct in zip(positions, pull(node.stmt, primals, given, positions), strict=True):
            found[k] = ct
        return found
    assert node.stmt is not None
    prim, static = node.stmt.prim, node.stmt.static
    several = len(results) > 1
    out = tuple(each.value for each in results) if several else node.value
    ct = tuple(map(cotangents.get, results)) if several else cotangents[node]
    if prim.vjp_into is None:
        return rules.vjp(prim, out, primals, ct, static, wanted)
    others = [False, *wanted[1:]]
    pulled = list(rules.vjp(prim, out, primals, ct, static, others)) if any(others) else [None] * len(primals)
    if wanted[0]:
        pulled[0] = prim.vjp_into(_zero(primals[0]), out, primals, ct, static)
    return pulled


def _zero(value: Any) -> Any:
    import numpy as np

    return np.zeros(np.shape(value)) if np.shape(value) else 0.0
