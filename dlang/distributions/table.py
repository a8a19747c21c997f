"""The distributions by name, in Stan's parameterisation, and the names that others give them."""

from __future__ import annotations

from collections.abc import Mapping

from dlang.distributions import counts, multivariate, on_the_line, positive
from dlang.distributions.core import Distribution

__all__ = ["DISTRIBUTIONS", "ELSEWHERE"]

DISTRIBUTIONS: Mapping[str, Distribution] = {
    entry.name: entry for entry in (*on_the_line.ENTRIES, *positive.ENTRIES, *counts.ENTRIES, *multivariate.ENTRIES)
}

ELSEWHERE: Mapping[str, str] = {"double_exponential": "laplace"}
"""Names that Stan has for distributions which are called otherwise here."""
