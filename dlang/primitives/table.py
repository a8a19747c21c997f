"""The table: every primitive by its name."""

from __future__ import annotations

from collections.abc import Mapping

from dlang.primitives.activations import relu, sigmoid, softplus
from dlang.primitives.arithmetic import (
    abs_,
    add,
    div,
    floordiv,
    maximum,
    minimum,
    mod,
    mul,
    neg,
    share,
    sign,
    stop_gradient,
    strong_mul,
    sub,
    to_int,
    to_real,
    whole,
)
from dlang.primitives.assembling import concat, diag, flip, pad, roll, shift, stack, tril, triu
from dlang.primitives.betas import beta_function, lbeta
from dlang.primitives.broadcasting import (
    broadcast_like,
    broadcast_to,
    fill,
    full,
    sum_to,
    sum_to_like,
    zeros,
    zeros_like,
)
from dlang.primitives.comparisons import (
    eq,
    ge,
    gt,
    is_finite,
    is_nan,
    le,
    logical_and,
    logical_not,
    logical_or,
    lt,
    ne,
    select,
)
from dlang.primitives.convolution import convolve, strong_convolve
from dlang.primitives.core import Primitive
from dlang.primitives.counting import arange, eye, length, linspace
from dlang.primitives.counts import binomial_quantile, categorical_quantile, neg_binomial_quantile, poisson_quantile
from dlang.primitives.cumulative import cumprod, cumsum, recurrence
from dlang.primitives.decompositions import cholesky, eigh, qr, svd
from dlang.primitives.determinants import cofactors, cofactors_along, det, logdet
from dlang.primitives.divergences import (
    binary_divergence,
    binary_log_ratio,
    divergence,
    log_cosh,
    log_ratio,
    student_t_excess,
    student_t_tail,
)
from dlang.primitives.factorials import binet, stirling
from dlang.primitives.gammas import digamma, lgamma, polygamma, polygamma_gap
from dlang.primitives.incomplete import (
    beta_lower,
    beta_quantile,
    beta_upper,
    gamma_lower,
    gamma_quantile,
    gamma_shape_slope,
    gamma_upper,
    normal_quantile,
    student_t_cdf,
    student_t_quantile,
)
from dlang.primitives.indexing import add_at, get, set_
from dlang.primitives.inverses import acos, acosh, asin, asinh, atan, atanh, complement
from dlang.primitives.linear_algebra import cross, matmul, outer, strong_matmul
from dlang.primitives.normalizing import log_softmax, logsumexp, softmax
from dlang.primitives.normals import erf, erfc, gaussian, gelu, normal_cdf
from dlang.primitives.ordering import argmax, argmin, argsort, average_ties, permute_along, sort
from dlang.primitives.planar import atan2, cosine, hypot, inversion
from dlang.primitives.powers import cbrt, cbrt_power, falling_power, int_pow, pow_, pow_less, power_log, power_n
from dlang.primitives.random import random_int, random_permutation, random_uniform
from dlang.primitives.reductions import all_, amax, amin, any_, direction, norm, prod, root_mean_square, sum_
from dlang.primitives.shaping import expand_dims, reshape, reshape_dynamic, reshape_like, squeeze, transpose
from dlang.primitives.solving import (
    full_rank,
    inv,
    lstsq,
    pinv,
    solve,
    solve_triangular,
    strong_solve,
    strong_solve_triangular,
)
from dlang.primitives.spectra import eigenvalue_slopes, inverse_gaps, singular_slopes, unrepeated
from dlang.primitives.transcendental import (
    ceil,
    cos,
    cosh,
    exp,
    expm1,
    floor,
    log,
    log1p,
    log2,
    log10,
    round_,
    sech_squared,
    sin,
    sinh,
    sqrt,
    tan,
    tanh,
)

__all__ = ["TABLE"]

_ARITHMETIC = (add, sub, mul, div, neg, abs_, sign, maximum, minimum, floordiv, mod, pow_, int_pow, power_n)
_CONVERSION = (to_real, to_int, whole, stop_gradient)
_DERIVATIVE = (
    *(strong_mul, share, pow_less, falling_power, power_log, cbrt_power, cosine, inversion, complement, sech_squared),
    *(gaussian, normal_cdf, polygamma_gap, direction),
)
_TRUTH = (eq, ne, lt, le, gt, ge, logical_and, logical_or, logical_not, select, is_nan, is_finite)
_ROUNDING = (floor, ceil, round_)
_EXPONENTIAL = (exp, expm1, log, log1p, log2, log10, sqrt, cbrt)
_CIRCULAR = (sin, cos, tan, asin, acos, atan, atan2, hypot)
_HYPERBOLIC = (sinh, cosh, tanh, asinh, acosh, atanh)
_SPECIAL = (
    *(sigmoid, softplus, relu, gelu),
    *(erf, erfc, lgamma, digamma, polygamma, lbeta, beta_function),
)
_DENSITIES = (
    *(binet, stirling, log_ratio, divergence, binary_log_ratio, binary_divergence),
    *(log_cosh, student_t_tail, student_t_excess),
)
_CHANCES = (
    *(gamma_lower, gamma_upper, gamma_shape_slope, beta_lower, beta_upper, student_t_cdf),
    *(normal_quantile, gamma_quantile, beta_quantile, student_t_quantile),
    *(poisson_quantile, binomial_quantile, neg_binomial_quantile, categorical_quantile),
)
_RANDOM = (random_uniform, random_int, random_permutation)
_REDUCTIONS = (sum_, prod, amax, amin, norm, root_mean_square, any_, all_, logsumexp)
_ALONG_AN_AXIS = (cumsum, cumprod, recurrence, softmax, log_softmax)
_ORDER = (argmax, argmin, argsort, sort, permute_along, average_ties)
_FILLING = (zeros, zeros_like, full, fill, arange, linspace, eye, length)
_BROADCASTING = (broadcast_to, broadcast_like, sum_to, sum_to_like)
_SHAPING = (reshape, reshape_dynamic, reshape_like, expand_dims, squeeze, transpose)
_ASSEMBLING = (concat, stack, flip, roll, shift, pad, diag, tril, triu, convolve, strong_convolve)
_INDEXING = (get, set_, add_at)
_LINEAR_ALGEBRA = (
    *(matmul, strong_matmul, outer, cross),
    *(inv, solve, solve_triangular, strong_solve, strong_solve_triangular, pinv, full_rank, lstsq),
    *(det, logdet, cofactors, cofactors_along),
    *(cholesky, eigh, svd, qr),
    *(inverse_gaps, eigenvalue_slopes, singular_slopes, unrepeated),
)

TABLE: Mapping[str, Primitive] = {
    prim.name: prim
    for group in (
        *(_ARITHMETIC, _CONVERSION, _DERIVATIVE, _TRUTH),
        *(_ROUNDING, _EXPONENTIAL, _CIRCULAR, _HYPERBOLIC, _SPECIAL),
        *(_DENSITIES, _CHANCES, _RANDOM),
        *(_REDUCTIONS, _ALONG_AN_AXIS, _ORDER),
        *(_FILLING, _BROADCASTING, _SHAPING, _ASSEMBLING, _INDEXING, _LINEAR_ALGEBRA),
    )
    for prim in group
}
