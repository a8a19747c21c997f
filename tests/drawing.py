"""How many random programs a test draws: the same some hundreds in every run, or many more, new ones, on demand.

`PROGRAMS=50 pytest tests/differential` draws fifty times as many; `make fuzz` does that.
"""

from __future__ import annotations

import os

from hypothesis import HealthCheck, Phase, settings

__all__ = ["TIMES", "drawn"]

TIMES = int(os.environ.get("PROGRAMS", "1"))
"""How many times the usual number."""


def drawn(count: int, *, shrink: bool = True) -> settings:
    """Settings of a test that draws `count` programs, which are large: shrinking one is for who looks at a failure."""
    return settings(
        max_examples=count * TIMES,
        derandomize=TIMES == 1,
        deadline=None,
        phases=[phase for phase in Phase if shrink or phase is not Phase.shrink],
        suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
    )
