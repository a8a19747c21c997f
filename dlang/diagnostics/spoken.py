"""What primitives are called when a user is told of them: `add` is `+`, `select` is `where`."""

from __future__ import annotations

from collections.abc import Mapping

__all__ = ["INFIX", "spoken"]

INFIX: Mapping[str, str] = {
    "add": "+",
    "sub": "-",
    "mul": "*",
    "div": "/",
    "pow": "^",
    "int_pow": "^",
    "power_n": "^",
    "floordiv": "//",
    "mod": "%",
    "strong_mul": "*",
    "matmul": "@",
    "strong_matmul": "@",
    "eq": "==",
    "ne": "!=",
    "lt": "<",
    "le": "<=",
    "gt": ">",
    "ge": ">=",
    "logical_and": "and",
    "logical_or": "or",
}
"""Operators, which stand between their operands."""

_SPOKEN: Mapping[str, str] = {
    "whole": "int",
    "select": "where",
    "maximum": "max",
    "minimum": "min",
    "amax": "max",
    "amin": "min",
    "length": "len",
    "logical_not": "not",
    "is_nan": "isnan",
    "is_finite": "isfinite",
    "root_mean_square": "std",
    "to_real": "Real",
    "to_int": "Int",
    "get": "[…]",
    "set": "[…] =",
    **dict.fromkeys(("gamma_lower", "gamma_upper", "beta_lower", "beta_upper", "student_t_cdf"), "cdf"),
    **dict.fromkeys(("gamma_quantile", "beta_quantile", "student_t_quantile"), "sample"),
    **dict.fromkeys(("poisson_quantile", "binomial_quantile", "neg_binomial_quantile"), "sample"),
    "categorical_quantile": "sample",
    "random_uniform": "rand",
    "random_int": "randint",
    "random_permutation": "shuffle",
}


def spoken(primitive: str) -> str:
    """The user's word for a primitive: forms of one function go by its name."""
    primitive = primitive.removeprefix("strong_")
    for ending in ("_dynamic", "_like", "_to", "_n"):
        primitive = primitive.removesuffix(ending)
    return _SPOKEN.get(primitive) or INFIX.get(primitive, primitive)
