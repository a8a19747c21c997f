"""Random draws: what they are, that a key decides them, and that they look random. Seeds are fixed: no test flickers."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from dlang.primitives.random import mix
from dlang.primitives.table import TABLE

UNIFORM, INT, PERMUTATION = (TABLE[f"random_{name}"] for name in ("uniform", "int", "permutation"))
GOLDEN = 0x9E3779B97F4A7C15
N = 100_000


def uniform(seed: int = 0, site: int = 0, counter: int = 0, n: int = N, lane: int = 0) -> np.ndarray:
    return UNIFORM(seed, site, counter, shape=(n,), lane=lane)


def test_the_finaliser_is_that_of_splitmix64() -> None:
    """The first numbers of the reference implementation, for the seed 1234567."""
    state, found = 1234567, []
    for _ in range(3):
        state = (state + GOLDEN) % 2**64
        found.append(mix(state))
    assert found == [6457827717110365317, 3203168211198807973, 9817491932198370423]


def test_draws_are_what_they_were() -> None:
    """A change of the generator changes every seeded result of every user: it is not made by accident."""
    assert [UNIFORM(7, 1, c, shape=()) for c in range(3)] == PINNED
    assert INT(7, 1, 0, 0, 1000, shape=(4,)).tolist() == PINNED_INTS
    assert PERMUTATION(7, 1, 0, 6).tolist() == PINNED_ORDER


def test_a_key_decides_a_draw_and_every_part_of_it_counts() -> None:
    keys = [(0, 0, 0), (1, 0, 0), (0, 1, 0), (0, 0, 1), (-1, 0, 0), (2**62, 0, 0)]
    drawn = [UNIFORM(*key, shape=()) for key in keys]
    assert drawn == [UNIFORM(*key, shape=()) for key in keys]
    assert len({*drawn, UNIFORM(0, 0, 0, shape=(), lane=1)}) == len(keys) + 1


def test_a_scalar_is_the_first_element_of_an_array_and_shapes_do_not_matter() -> None:
    flat = UNIFORM(3, 2, 1, shape=(12,))
    assert UNIFORM(3, 2, 1, shape=()) == flat[0]
    assert UNIFORM.fast([], {"shape": ()})(3, 2, 1) == flat[0]
    np.testing.assert_array_equal(UNIFORM(3, 2, 1, shape=(3, 4)), flat.reshape(3, 4))
    np.testing.assert_array_equal(UNIFORM(3, 2, 1, 3, 4), flat.reshape(3, 4))
    assert INT(3, 2, 1, -5, 9, shape=()) == INT(3, 2, 1, -5, 9, shape=(2,))[0]
    assert INT(3, 2, 1, -5, 2**50, shape=()) == INT(3, 2, 1, -5, 2**50, shape=(2,))[0]


def test_uniform_numbers_are_between_0_and_1_both_excluded() -> None:
    u = uniform(n=1_000_000)
    assert 0.0 < u.min() < 1e-4
    assert 1.0 - 1e-4 < u.max() < 1.0


@pytest.mark.parametrize("key", [(0, 0, 0), (1, 2, 3), (12345, 7, 10**12), (-9, 0, 5)])
def test_uniform_numbers_have_their_distribution(key: tuple[int, int, int]) -> None:
    u = uniform(*key)
    assert stats.kstest(u, "uniform").pvalue > 1e-3
    for power in range(1, 5):
        assert abs(np.mean(u**power) - 1 / (power + 1)) < 4 / np.sqrt(N)


@pytest.mark.parametrize("which", ["seed", "site", "counter"])
def test_numbers_of_neighbouring_keys_one_by_one_have_their_distribution(which: str) -> None:
    """As a loop draws them: one number a key."""
    keys = {"seed": lambda k: (k, 3, 5), "site": lambda k: (3, k, 5), "counter": lambda k: (3, 5, k)}[which]
    u = np.array([UNIFORM(*keys(k), shape=()) for k in range(20_000)])
    assert stats.kstest(u, "uniform").pvalue > 1e-3
    for lag in (1, 2, 7):
        assert abs(np.corrcoef(u[:-lag], u[lag:])[0, 1]) < 4 / np.sqrt(len(u))


def test_draws_of_different_keys_are_not_correlated() -> None:
    columns = [uniform(), uniform(seed=1), uniform(site=1), uniform(counter=1), uniform(lane=1), uniform(1, 1, 1)]
    correlations = np.corrcoef(columns) - np.eye(len(columns))
    assert np.abs(correlations).max() < 4.5 / np.sqrt(N)
    pairs = np.histogram2d(columns[0], columns[3], bins=20)[0]
    assert stats.chisquare(pairs.ravel()).pvalue > 1e-3


def test_neighbouring_elements_are_not_correlated() -> None:
    u = uniform()
    for lag in (1, 2, 3, 16):
        assert abs(np.corrcoef(u[:-lag], u[lag:])[0, 1]) < 4 / np.sqrt(N)
    cells = np.histogramdd(u[: 3 * (N // 3)].reshape(-1, 3), bins=8)[0]
    assert stats.chisquare(cells.ravel()).pvalue > 1e-3


def test_every_bit_is_set_half_of_the_time() -> None:
    k = (uniform(n=N) * 2**52).astype(np.int64)
    for bit in range(52):
        assert abs(np.mean(k >> bit & 1) - 0.5) < 4.5 * 0.5 / np.sqrt(N)


def test_a_flipped_bit_of_the_key_changes_half_of_the_bits() -> None:
    def bits(*key: int) -> int:
        return int(UNIFORM(*key, shape=()) * 2**52)

    for part in range(3):
        changed = []
        for bit in range(48):
            for base in range(20):
                key = [base, 2 * base, 3 * base]
                other = list(key)
                other[part] ^= 1 << bit
                changed.append((bits(*key) ^ bits(*other)).bit_count())
        assert abs(np.mean(changed) - 26.0) < 4.5 * np.sqrt(13.0 / len(changed))


def test_normal_numbers_are_quantiles_of_uniform_ones() -> None:
    z = TABLE["normal_quantile"](uniform(5))
    assert stats.kstest(z, "norm").pvalue > 1e-3
    for power, wanted, spread in ((1, 0, 1), (2, 1, 2), (3, 0, 15), (4, 3, 96)):
        assert abs(np.mean(z**power) - wanted) < 4.5 * np.sqrt(spread / N)


@pytest.mark.parametrize(("low", "high"), [(0, 2), (-3, 10), (5, 6), (0, 1000)])
def test_ints_are_even_over_their_range(low: int, high: int) -> None:
    drawn = INT(1, 2, 3, low, high, shape=(N,))
    assert drawn.dtype == np.int64
    counts = np.bincount(drawn - low, minlength=high - low)
    assert len(counts) == high - low
    if high - low > 1:
        assert stats.chisquare(counts).pvalue > 1e-3


def test_ints_of_wide_ranges() -> None:
    drawn = INT(1, 2, 3, -(2**62), 2**62, shape=(20_000,))
    assert stats.kstest(drawn / 2.0**63 + 0.5, "uniform").pvalue > 1e-3
    whole = INT(1, 2, 3, -(2**63), 2**63 - 1, shape=(20_000,))
    assert stats.kstest(whole / 2.0**64 + 0.5, "uniform").pvalue > 1e-3


def test_there_is_no_int_in_an_empty_range() -> None:
    with pytest.raises(ValueError, match=r"there is no Int in 3\.\.3"):
        INT(0, 0, 0, 3, 3, shape=())


def test_permutations_are_permutations_and_even() -> None:
    assert sorted(PERMUTATION(1, 2, 3, 1000).tolist()) == list(range(1000))
    assert PERMUTATION(1, 2, 3, 0).tolist() == []
    orders = [tuple(PERMUTATION(1, 2, c, 4).tolist()) for c in range(24_000)]
    _, counts = np.unique(orders, axis=0, return_counts=True)
    assert len(counts) == 24
    assert stats.chisquare(counts).pvalue > 1e-3


def test_negative_sizes_are_refused() -> None:
    with pytest.raises(ValueError, match="cannot have the size -1"):
        UNIFORM(0, 0, 0, -1)


PINNED = [0.12422823384104464, 0.29983871656911, 0.44249745621070546]
PINNED_INTS = [732, 672, 167, 933]
PINNED_ORDER = [0, 5, 4, 1, 2, 3]
