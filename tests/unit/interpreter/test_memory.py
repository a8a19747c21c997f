"""What ownership takes for granted of every primitive: whose memory a result is."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from dlang.primitives.core import Domain, Primitive, Static
from dlang.primitives.table import TABLE


def sample(domain: Domain, rng: np.random.Generator) -> Any:
    if domain.boolean:
        drawn = rng.random(domain.shape) < 0.5
    elif domain.integer:
        drawn = rng.integers(int(domain.low), int(domain.high), domain.shape, endpoint=True)
    else:
        drawn = rng.uniform(domain.low, domain.high, domain.shape)
    return drawn if domain.shape else drawn.item() if hasattr(drawn, "item") else drawn


def cases(prim: Primitive) -> list[tuple[Static, tuple[Domain, ...]]]:
    plain = [(static, prim.domain) for static in prim.statics]
    shaped = [
        (static, tuple(Domain(d.low, d.high, (2, 2), (), d.integer, d.boolean) for d in prim.domain))
        for static in prim.statics
        if prim.is_elementwise
    ]
    return [*plain, *shaped, *prim.cases]


@pytest.mark.parametrize("prim", TABLE.values(), ids=TABLE.keys())
def test_an_array_is_new_and_writable_unless_the_primitive_is_a_view(prim: Primitive) -> None:
    rng = np.random.default_rng(0)
    for static, domains in cases(prim):
        operands = [sample(d, rng) for d in domains]
        with np.errstate(all="ignore"):
            outs, again = (prim.impl(*operands, **static) for _ in range(2))
        for out, other in zip(*(o if isinstance(o, tuple) else (o,) for o in (outs, again)), strict=True):
            if not isinstance(out, np.ndarray):
                assert type(out) in (float, int, bool), f"{prim.name} gives {type(out)}"
                continue
            shared = [np.shares_memory(out, o) for o in operands if isinstance(o, np.ndarray)]
            assert not any(shared[1:]), f"{prim.name} {static} shares an operand that is not the first"
            if not prim.view:
                assert not any(shared), f"{prim.name} {static} shares its operand"
                assert not np.shares_memory(out, other), f"{prim.name} {static} gives the same memory twice"
                assert out.flags.writeable, f"{prim.name} {static} is read-only"
                assert not any(s == 0 for n, s in zip(out.shape, out.strides, strict=True) if n > 1)


@pytest.mark.parametrize("prim", [p for p in TABLE.values() if p.updates], ids=lambda p: p.name)
def test_an_update_in_place_gives_operand_0_and_an_update_by_value_does_not(prim: Primitive) -> None:
    rng = np.random.default_rng(0)
    assert prim.inplace is not None
    for static, domains in cases(prim):
        operands = [sample(d, rng) for d in domains]
        before = operands[0].copy()
        new = prim.impl(*operands, **static)
        np.testing.assert_array_equal(operands[0], before)
        assert prim.inplace(*operands, **static) is operands[0]
        np.testing.assert_array_equal(operands[0], new)
