"""NIST's StRD sets, both starts, through the command line.

The score is LRE = -log10(|got - certified| / |certified|): the number of digits that agree. Data and certified values:
NIST StRD, public domain; copies under tests/data/nist.
"""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

import pytest

from dlang.cli.app import main

FOLDER = Path(__file__).parent.parent / "data" / "nist"
PROBLEMS: dict[str, dict[str, Any]] = {
    p["name"]: p for p in json.loads((FOLDER / "problems.json").read_text(encoding="utf-8"))["problems"]
}

# Nelson's certified formula is for log(y).
TRANSFORMED = {"Nelson": "log(y)"}


def program(problem: dict[str, Any], start: list[float]) -> str:
    """The problem as a dl program."""
    columns = (FOLDER / problem["csv"]).read_text(encoding="utf-8").splitlines()[0]
    lines = [f'data {columns} from "{(FOLDER / problem["csv"]).as_posix()}"']
    lines += [f"param {name} = {value!r}" for name, value in zip(problem["params"], start, strict=True)]
    formula = problem["formula"].replace("**", "^")
    lines.append(f"{TRANSFORMED.get(problem['name'], problem['response'])} ~ {formula}")
    return "\n".join(lines) + "\n"


def digits(got: float, certified: float) -> float:
    """How many digits agree, at most 11, the number that NIST certifies."""
    if got == certified:
        return 11.0
    return min(11.0, -math.log10(abs(got - certified) / abs(certified)))


def arrangements(problem: dict[str, Any]) -> list[list[int]]:
    """The orders of parameters that give the same curve: blocks, numbered from 1, may change places."""
    from itertools import permutations

    identity = list(range(problem["n_params"]))
    blocks = problem["equivalent"].get("perm")
    if not blocks:
        return [identity]
    places = [[number - 1 for number in block] for block in blocks]
    found = []
    for order in permutations(places):
        arranged = list(identity)
        for into, source in zip(places, order, strict=True):
            for a, b in zip(into, source, strict=True):
                arranged[a] = b
        found.append(arranged)
    return found


@pytest.mark.parametrize("start", ["start1", "start2"])
@pytest.mark.parametrize("name", PROBLEMS)
def test_a_set_converges_to_its_certified_values(
    name: str, start: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    problem = PROBLEMS[name]
    file = tmp_path / f"{name}.dl"
    file.write_text(program(problem, problem[start]), encoding="utf-8")
    code = main(["fit", str(file), "--json"])
    result = json.loads(capsys.readouterr().out)
    assert (code, result["verdict"]) == (0, "converged"), result["status"]
    values = [result["parameters"][p]["value"] for p in problem["params"]]
    errors = [result["parameters"][p]["std_error"] for p in problem["params"]]
    size = abs if "flip" in problem["equivalent"] else float

    def score(got: list[float], certified: list[float], order: list[int]) -> float:
        return min(digits(size(got[k]), size(c)) for k, c in zip(order, certified, strict=True))

    best = max(arrangements(problem), key=lambda order: score(values, problem["certified"], order))
    assert score(values, problem["certified"], best) >= 8
    assert score(errors, problem["certified_sd"], best) >= 6
    assert digits(result["statistics"]["rss"], problem["rss"]) >= 8
    assert digits(result["statistics"]["residual_std"], problem["rsd"]) >= 8
    assert result["statistics"]["dof"] == problem["dof"]
