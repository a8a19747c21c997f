"""A fit as JSON, schema `difftool.fit/1`: written in one piece, and read back as start values."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dlang.data.writing import write_text
from dlang.diagnostics import fitting
from dlang.diagnostics.core import DlangError
from dlang.diagnostics.json import to_json as diagnostic_to_json
from dlang.fit.result import Verdict
from dlang.records import field_names

if TYPE_CHECKING:
    from dlang.fit.result import Estimate, FitResult

__all__ = ["SCHEMA", "load", "save", "to_json"]

SCHEMA = "difftool.fit/1"
_WORDS = {"nan": math.nan, "inf": math.inf, "-inf": -math.inf}


def to_json(result: FitResult) -> dict[str, Any]:
    """The result in plain dicts, lists, strings, numbers and None.

    A number that is not finite is the string `nan`, `inf` or `-inf`; an error that does not exist is None,
    in arrays too.
    """
    statistics = result.statistics
    out: dict[str, Any] = {
        "schema": SCHEMA,
        "verdict": result.verdict.value,
        "converged": result.converged,
        "status": result.status if result.next is None else f"{result.status}; {result.next}",
        "method": result.method,
        "engine": result.engine,
        "objective": _number(result.objective),
        "parameters": {name: _estimate(each) for name, each in result.parameters.items()} or None,
        "covariance": None,
        "statistics": {name: _number(getattr(statistics, name)) for name in field_names(statistics)},
        "reports": {
            name: {"value": _plain(each.value), **_errors(each.std_error, each.ci)}
            for name, each in result.reports.items()
        },
        "unidentified": [
            {"parameters": list(each.parameters), "direction": each.direction, "text": each.text}
            for each in result.unidentified
        ],
        "iterations": result.iterations,
        "evaluations": result.evaluations,
        "seconds": result.seconds,
        "seed": result.seed,
        "warnings": [diagnostic_to_json(each) for each in result.warnings],
    }
    if result.covariance is not None:
        names, matrix = result.covariance
        out["covariance"] = {"names": list(names), "matrix": _plain(matrix)}
    if result.verdict is Verdict.FAILED:
        out["errors"] = [diagnostic_to_json(each) for each in result.errors]
    return out


def save(result: FitResult, path: str | Path) -> None:
    """Write a result to a file. A reader never sees half of it.

    Raises:
        OSError: the file cannot be written.
    """
    import json

    write_text(Path(path), json.dumps(to_json(result), indent=1, allow_nan=False) + "\n")


def load(path: str | Path) -> dict[str, Any]:
    """The values of the parameters in a saved fit: floats, nested lists for arrays and tuples, dicts for records.

    Raises:
        DlangError: E0804, the file cannot be read or is something else.
    """
    import json

    try:
        found = json.loads(Path(path).read_text(encoding="utf-8"))
    except OSError as error:
        raise DlangError(fitting.bad_saved_fit(str(path), (error.strerror or str(error)).lower())) from None
    except (ValueError, RecursionError):
        raise DlangError(fitting.bad_saved_fit(str(path), "it is not JSON")) from None
    if not isinstance(found, Mapping) or found.get("schema") != SCHEMA:
        schema = found.get("schema") if isinstance(found, Mapping) else None
        raise DlangError(fitting.bad_saved_fit(str(path), f"expected schema `{SCHEMA}`, found {schema!r}"))
    parameters = found.get("parameters")
    if not isinstance(parameters, Mapping) or not parameters:
        raise DlangError(fitting.bad_saved_fit(str(path), "it has no parameters: the fit failed at its start"))
    try:
        return {str(name): _read(entry["value"]) for name, entry in parameters.items()}
    except (KeyError, TypeError, ValueError, RecursionError):
        raise DlangError(fitting.bad_saved_fit(str(path), "its parameters are not numbers")) from None


def _estimate(each: Estimate) -> dict[str, Any]:
    return {
        "value": _plain(each.value),
        **_errors(each.std_error, each.ci),
        "gradient": _plain(each.gradient),
        "at_bound": _plain(each.at_bound),
    }


def _errors(std_error: Any, ci: tuple[Any, Any] | None) -> dict[str, Any]:
    ends = None if ci is None else [_known(end) for end in ci]
    return {"std_error": _known(std_error), "ci": ends}


def _known(value: Any) -> Any:
    """Errors, with None where there is none."""
    return _each(lambda number: None if number is None or not math.isfinite(number) else number, value)


def _plain(value: Any) -> Any:
    return _each(_number, value)


def _each(function: Callable[[Any], Any], value: Any) -> Any:
    """A function of every number in arrays, which become lists, tuples likewise, and records."""
    value = value.tolist() if hasattr(value, "tolist") else value
    if isinstance(value, dict):
        return {name: _each(function, part) for name, part in value.items()}
    return [_each(function, part) for part in value] if isinstance(value, (list, tuple)) else function(value)


def _number(value: Any) -> Any:
    if isinstance(value, float) and not math.isfinite(value):
        return "nan" if math.isnan(value) else "inf" if value > 0 else "-inf"
    return value


def _read(value: Any) -> Any:
    if isinstance(value, list):
        return [_read(each) for each in value]
    if isinstance(value, dict) and value:
        return {str(name): _read(part) for name, part in value.items()}
    if isinstance(value, str):
        return _WORDS[value]
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        raise TypeError
    return float(value)
