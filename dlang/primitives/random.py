"""Random draws as pure functions of (seed, site, counter): the same key draws the same, on every evaluation.

The generator is counter-based: element i of a draw is a hash of the key and i, so that a draw needs no state, arrays
are drawn by vector operations, and compiled code has five multiplications of 64 bits to do for a number. The hash is
the finaliser of SplitMix64 (its 'mix13' constants), twice: once on `key + i * golden`, which is SplitMix64 itself,
and once more after a second word of the key has been added. One pass alone would make all keys walk the same sequence
of 2^64 numbers from different places, where long draws might overlap; two passes make overlaps look unrelated.

Source: Steele, Lea and Flood 2014, Fast splittable pseudorandom number generators; Salmon et al. 2011, Parallel
random numbers: as easy as 1, 2, 3 (counter-based generation).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import Any

import numpy as np

from dlang.primitives.core import Domain, Fast, Mismatch, Primitive, Static
from dlang.primitives.operands import plain
from dlang.primitives.signatures import Checked
from dlang.types import INT, DType, Type

__all__ = ["random_int", "random_permutation", "random_uniform"]

_MASK = 2**64 - 1
_GOLDEN = 0x9E3779B97F4A7C15
_FIRST, _SECOND = 0xBF58476D1CE4E5B9, 0x94D049BB133111EB
_STEP = 2.0**-52


def mix(z: int) -> int:
    """The finaliser of SplitMix64 on one word: a bijection of 64 bits."""
    z = (z ^ (z >> 30)) * _FIRST & _MASK
    z = (z ^ (z >> 27)) * _SECOND & _MASK
    return z ^ (z >> 31)


def _mix_array(z: np.ndarray) -> np.ndarray:
    z = (z ^ (z >> np.uint64(30))) * np.uint64(_FIRST)
    z = (z ^ (z >> np.uint64(27))) * np.uint64(_SECOND)
    return np.asarray(z ^ (z >> np.uint64(31)))


@lru_cache(maxsize=4096)
def _site_key(seed: int, site: int, lane: int) -> int:
    key = mix(seed + _GOLDEN & _MASK)
    for word in (site, lane):
        key = mix(key + (word + 1) * _GOLDEN & _MASK)
    return key


def _words(seed: int, site: int, counter: int, lane: int) -> tuple[int, int]:
    """The two words of a key. `lane` tells the draws of one key apart."""
    key = mix(_site_key(seed, site, lane) + (counter + 1) * _GOLDEN & _MASK)
    return key, key * _SECOND & _MASK


def _bits(seed: int, site: int, counter: int, lane: int) -> int:
    """The first 64 bits of a draw."""
    key, second = _words(seed, site, counter, lane)
    return mix(mix(key + _GOLDEN & _MASK) + second & _MASK)


def _unit(seed: int, site: int, counter: int) -> float:
    """The first Real of a draw: `_bits` written out, because a loop may draw one number at a time."""
    z = _site_key(seed, site, 0) + (counter + 1) * _GOLDEN & _MASK
    z = (z ^ (z >> 30)) * _FIRST & _MASK
    z = (z ^ (z >> 27)) * _SECOND & _MASK
    key = z ^ (z >> 31)
    z = key + _GOLDEN & _MASK
    z = (z ^ (z >> 30)) * _FIRST & _MASK
    z = (z ^ (z >> 27)) * _SECOND & _MASK
    z = (z ^ (z >> 31)) + key * _SECOND & _MASK
    z = (z ^ (z >> 30)) * _FIRST & _MASK
    z = (z ^ (z >> 27)) * _SECOND & _MASK
    return ((z ^ (z >> 31)) // 4096 + 0.5) * _STEP


def _bits_array(seed: int, site: int, counter: int, lane: int, size: int) -> np.ndarray:
    """`size` words of 64 bits, of which the first is `_bits`."""
    key, second = _words(seed, site, counter, lane)
    steps = np.arange(1, size + 1, dtype=np.uint64) * np.uint64(_GOLDEN)
    return _mix_array(_mix_array(steps + np.uint64(key)) + np.uint64(second))


def _count(sizes: Sequence[int]) -> int:
    total = 1
    for n in sizes:
        if n < 0:
            raise ValueError(f"an array cannot have the size {n}")
        total *= n
    return total


def _shape(static: Static, sizes: Sequence[int]) -> tuple[int, ...]:
    shape: tuple[int, ...] | None = static.get("shape")
    return tuple(sizes) if shape is None else shape


def _key_fault(types: Sequence[Type], static: Static, extra: int) -> Mismatch | None:
    """A Mismatch unless the operands are Ints: a key, `extra` more, and the sizes that `shape` does not give."""
    for i, found in enumerate(types):
        if found != INT:
            return Mismatch(f"a draw takes Ints, found {found}", operand=i)
    shape = static.get("shape")
    if shape is not None and (len(types) != 3 + extra or any(n < 0 for n in shape)):
        return Mismatch(f"an array cannot have the shape {list(shape)}")
    return None


def _drawing(dtype: DType, extra: int) -> Callable[[Sequence[Type], Static], Checked]:
    def rule(types: Sequence[Type], static: Static) -> Checked:
        shape = static.get("shape")
        sizes = (None,) * (len(types) - 3 - extra) if shape is None else shape
        return _key_fault(types, static, extra) or (Type(dtype, sizes),)

    return rule


_KEY = (Domain(0, 9, integer=True),) * 3
_SIZE = Domain(2, 5, integer=True)


def _uniform(seed: int, site: int, counter: int, *sizes: int, **static: Any) -> Any:
    shape, lane = _shape(static, sizes), static.get("lane", 0)
    if not shape:
        return ((_bits(seed, site, counter, lane) >> 12) + 0.5) * _STEP
    bits = _bits_array(seed, site, counter, lane, _count(shape)) >> np.uint64(12)
    return ((bits.astype(np.float64) + 0.5) * _STEP).reshape(shape)


def _uniform_fast(types: Sequence[Type], static: Static) -> Fast | None:
    return _unit if static.get("shape") == () and not static.get("lane") else None


random_uniform: Primitive = Primitive(
    name="random_uniform",
    doc="Reals between 0 and 1, both excluded, of a key (seed, site, counter), in the static shape or the sizes given",
    type_rule=_drawing(DType.REAL, 0),
    impl=_uniform,
    specialise=_uniform_fast,
    discrete=True,
    domain=_KEY,
    statics=({"shape": ()}, {"shape": (2, 3)}, {"shape": (0,)}, {"shape": (4,), "lane": 1}),
    cases=(({}, (*_KEY, _SIZE)), ({"lane": 2}, (*_KEY, _SIZE, _SIZE))),
)


def _int(seed: int, site: int, counter: int, low: int, high: int, *sizes: int, **static: Any) -> Any:
    """Remainders of 64 bits, or of 128 where the range is so wide that theirs would be uneven by more than 2^-32."""
    if low >= high:
        raise ValueError(f"there is no Int in {low}..{high}")
    shape, span = _shape(static, sizes), high - low
    if not shape:
        bits = _bits(seed, site, counter, 0)
        if span > 2**32:
            bits = bits << 64 | _bits(seed, site, counter, 1)
        return low + bits % span
    size = _count(shape)
    words = _bits_array(seed, site, counter, 0, size)
    if span <= 2**32:
        return ((words % np.uint64(span)).astype(np.int64) + low).reshape(shape)
    more = _bits_array(seed, site, counter, 1, size)
    wide = [low + (a << 64 | b) % span for a, b in zip(words.tolist(), more.tolist(), strict=True)]
    return np.array(wide, dtype=np.int64).reshape(shape)


random_int: Primitive = Primitive(
    name="random_int",
    doc="Ints from low while short of high, given after the key (seed, site, counter); an empty range is an error",
    type_rule=_drawing(DType.INT, 2),
    impl=_int,
    discrete=True,
    domain=(*_KEY, Domain(-5, -5, integer=True), Domain(3, 9, integer=True)),
    statics=({"shape": ()}, {"shape": (2, 3)}),
    cases=(({}, (*_KEY, Domain(0, 3, integer=True), Domain(2**40, 2**41, integer=True), _SIZE)),),
)


def _permutation_type(types: Sequence[Type], static: Static) -> Checked:
    wrong = _key_fault(types, {}, 0)
    if wrong is None and len(types) != 4:
        wrong = Mismatch("a permutation has one size")
    return wrong or (Type(DType.INT, (static.get("size"),)),)


def _permutation(seed: int, site: int, counter: int, n: int, **static: Any) -> Any:
    return plain(np.argsort(_bits_array(seed, site, counter, 0, _count([n])), kind="stable").astype(np.int64))


random_permutation: Primitive = Primitive(
    name="random_permutation",
    doc="the Ints from 0 to n - 1 in random order; n follows the key (seed, site, counter), and is `size` if known",
    type_rule=_permutation_type,
    impl=_permutation,
    discrete=True,
    domain=(*_KEY, _SIZE),
    cases=(({"size": 5}, (*_KEY, Domain(5, 5, integer=True))),),
)
