"""Gradient checks as `grad --check` and `check --grad` show them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from dlang.cli import views

if TYPE_CHECKING:
    from dlang.driver.results import CheckResult

__all__ = ["checks_of", "record_of", "verdict"]


def checks_of(result: CheckResult) -> dict[str, views.Check]:
    """What was found, by name."""
    return {
        row.name: views.Check(row.numerical, row.relative_error, row.state, row.left, row.right, row.exact)
        for row in result.rows
    }


def verdict(result: CheckResult) -> str:
    """What follows from a check, in a sentence without its end."""
    states = {row.state for row in result.rows}
    if "disagrees" in states:
        return "the gradients do NOT agree with numerical derivatives"
    if "unsure" in states:
        return "the gradients are NOT confirmed: numerical derivatives cannot tell"
    if not result.passed:
        return "the gradients agree with differences, but a derivative rule is wrong"
    return "the gradients agree with numerical derivatives"


def record_of(result: CheckResult) -> dict[str, Any]:
    """The object of a check in JSON; its warnings stand among those of the verb."""
    rows = [
        {
            "name": row.name,
            "exact": row.exact,
            "numerical": row.numerical,
            "relative_error": row.relative_error,
            "state": row.state,
            "left": row.left,
            "right": row.right,
        }
        for row in result.rows
    ]
    return {"max_relative_error": result.max_relative_error, "passed": result.passed, "rows": rows}
