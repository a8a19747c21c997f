"""A saved fit: valid JSON of the documented shape, that reads back as the next start."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from optim.objectives import Problem

from dlang.diagnostics import DlangError
from dlang.fit import Reports, fit, saved

X = np.arange(5.0)
Y = np.array([1, 2.9, 5.1, 7, 9.2])
KEYS = {
    "schema", "verdict", "converged", "status", "method", "engine", "objective", "parameters", "covariance",
    "statistics", "reports", "unidentified", "iterations", "evaluations", "seconds", "seed", "warnings",
}  # fmt: skip


def line(**options):
    return fit(Problem([1, 1], lambda a, b: a * X + b, Y, names=("a", "b"), **options), seed=7)


def test_the_shape_is_the_documented_one() -> None:
    found = json.loads(json.dumps(line().to_json(), allow_nan=False))
    assert set(found) == KEYS
    assert found["schema"] == "difftool.fit/1"
    assert found["verdict"] == "converged"
    assert found["converged"] is True
    assert set(found["parameters"]["a"]) == {"value", "std_error", "ci", "gradient", "at_bound"}
    assert found["parameters"]["a"]["at_bound"] is False
    assert found["covariance"]["names"] == ["a", "b"]
    assert set(found["statistics"]) == {
        "n", "dof", "rss", "residual_std", "r2", "log_likelihood", "aic", "bic",
    }  # fmt: skip
    assert found["seed"] == 7


def test_numbers_read_back_to_the_same_double() -> None:
    result = line()
    found = json.loads(json.dumps(result.to_json()))
    assert found["parameters"]["a"]["value"] == result.parameters["a"].value
    assert found["covariance"]["matrix"][0][1] == result.covariance[1][0, 1]


def test_what_does_not_apply_is_null_and_the_next_step_is_in_the_status() -> None:
    found = line(lower=[0, 1], upper=[9, 2]).to_json()
    assert found["parameters"]["b"]["std_error"] is None
    assert found["parameters"]["b"]["ci"] is None
    assert found["parameters"]["b"]["at_bound"] is True
    assert found["covariance"]["names"] == ["a"]
    assert found["status"].startswith("`b` is on its lower bound 1; widen")


def test_numbers_that_are_not_finite_are_words() -> None:
    reports = Reports((("r", (2,)),), lambda x: np.array([np.nan, -np.inf]), lambda x: np.full((2, 2), np.nan))
    result = fit(Problem([1, 1], lambda a, b: a * X + b, Y), reports=reports)
    found = result.to_json()["reports"]["r"]
    assert found == {"value": ["nan", "-inf"], "std_error": None, "ci": None}


def test_arrays_are_nested_and_null_where_an_element_has_no_error() -> None:
    problem = Problem(
        [1, 1, 1], lambda a, b, c: a * X + b + 0 * c, Y, names=("w[0]", "w[1]", "w[2]"), structure=(("w", (3,)),)
    )
    found = fit(problem).to_json()
    entry = json.loads(json.dumps(found, allow_nan=False))["parameters"]["w"]
    assert entry["std_error"][2] is None
    assert entry["std_error"][0] > 0
    assert entry["ci"][0][2] is None
    assert entry["at_bound"] == [False, False, False]
    assert found["unidentified"] == [
        {"parameters": ["w[2]"], "direction": {"w[2]": 1.0}, "text": "`w[2]` does not influence the fit"}
    ]


def test_a_failed_fit_has_errors_and_no_parameters() -> None:
    found = fit(Problem([1.0], lambda a: a * X * np.nan, Y)).to_json()
    assert set(found) == KEYS | {"errors"}
    assert found["verdict"] == "failed"
    assert found["parameters"] is None
    assert found["objective"] == "nan"
    assert found["errors"][0]["code"] == "E0801"
    json.dumps(found, allow_nan=False)


def test_what_is_saved_is_loaded(tmp_path: Path) -> None:
    result = line()
    result.save(tmp_path / "fit.json")
    assert saved.load(tmp_path / "fit.json") == {name: each.value for name, each in result.parameters.items()}
    assert json.loads((tmp_path / "fit.json").read_text()) == result.to_json()


def test_saving_replaces_and_leaves_nothing_beside(tmp_path: Path) -> None:
    path = tmp_path / "fit.json"
    path.write_text("old")
    line().save(path)
    assert [each.name for each in tmp_path.iterdir()] == ["fit.json"]
    assert saved.load(path)


def test_a_saved_fit_keeps_a_link_and_is_as_readable_as_any_file(tmp_path: Path) -> None:
    (tmp_path / "link.json").symlink_to(tmp_path / "fit.json")
    (tmp_path / "plain").write_text("")
    line().save(tmp_path / "link.json")
    assert (tmp_path / "link.json").is_symlink()
    assert saved.load(tmp_path / "fit.json")
    assert (tmp_path / "fit.json").stat().st_mode == (tmp_path / "plain").stat().st_mode


def test_a_failure_to_save_keeps_the_old_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "fit.json"
    path.write_text("old")

    def refuse(*_args, **_options):
        raise OSError("disk full")

    monkeypatch.setattr(Path, "replace", refuse)
    with pytest.raises(OSError, match="disk full"):
        line().save(path)
    assert path.read_text() == "old"
    assert [each.name for each in tmp_path.iterdir()] == ["fit.json"]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{",
        "[1]",
        "a,b\n1,2\n",
        "\udcff".encode("utf-8", "surrogateescape"),
        '{"schema": "difftool.grad/1"}',
        '{"schema": "difftool.fit/1"}',
        '{"schema": "difftool.fit/1", "parameters": null}',
        '{"schema": "difftool.fit/1", "parameters": {"a": 1}}',
        '{"schema": "difftool.fit/1", "parameters": {"a": {"value": true}}}',
        '{"schema": "difftool.fit/1", "parameters": {"a": {"value": [1, "x"]}}}',
        '{"schema": "difftool.fit/1", "parameters": {"a": {"value": {}}}}',
        "[" * 100_000,
    ],
)
def test_a_file_that_is_no_saved_fit_is_refused(tmp_path: Path, text: str | bytes) -> None:
    path = tmp_path / "fit.json"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    with pytest.raises(DlangError, match="E0804"):
        saved.load(path)


def test_a_missing_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DlangError, match="E0804"):
        saved.load(tmp_path / "none.json")
