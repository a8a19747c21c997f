"""Every example, through the command line: its output is a golden file, and known answers are met.

What depends on the machine or on the last digit is masked: times, counts of iterations and evaluations, the engine,
the sentence behind `converged`, gradients at a solution. Numbers have at most six digits.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from dlang.cli.app import main

ROOT = Path(__file__).parent.parent.parent
GOLDEN = ROOT / "tests" / "golden" / "examples"
EXAMPLES = sorted(path.relative_to(ROOT).as_posix() for path in (ROOT / "examples").rglob("*.dl"))
NIST = {p["name"]: p for p in json.loads((ROOT / "tests/data/nist/problems.json").read_text())["problems"]}

Command = Callable[..., str]

MASKED = ("engine", "evaluations", "iterations", "seconds", "status", "gradient")


@pytest.fixture
def command(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Command:
    """A command in the checkout that succeeds without a word on standard error; gives its standard output."""
    monkeypatch.chdir(ROOT)
    monkeypatch.setenv("COLUMNS", "80")

    def run(*argv: str) -> str:
        code = main(list(argv))
        out, err = capsys.readouterr()
        assert (code, err) == (0, "")
        return out

    return run


def masked(text: str) -> str:
    """A text without what differs from run to run."""
    text = re.sub(r"\d+ (iteration|evaluation)s?", r"# \1s", text)
    text = re.sub(r"\b\d+\.\d\d s$", "# s", text, flags=re.MULTILINE)
    return re.sub(r"^converged: .*$", "converged: …", text, flags=re.MULTILINE)


def rounded(value: Any) -> Any:
    """A JSON value with six digits, and what differs from run to run masked."""
    if isinstance(value, dict):
        return {name: "#" if name in MASKED else rounded(each) for name, each in value.items()}
    if isinstance(value, list):
        return [rounded(each) for each in value]
    return float(f"{value:.6g}") if isinstance(value, float) else value


def golden_of(example: str, kind: str) -> Path:
    return GOLDEN / f"{Path(example).stem}.{kind}"


@pytest.mark.parametrize("verb", ["run", "grad", "fit"])
@pytest.mark.parametrize("example", EXAMPLES)
def test_output(example: str, verb: str, command: Command, golden: Callable[[Path, str], None]) -> None:
    golden(golden_of(example, f"{verb}.txt"), masked(command(verb, example)))


@pytest.mark.parametrize("example", EXAMPLES)
def test_json(example: str, command: Command, golden: Callable[[Path, str], None]) -> None:
    record = rounded(json.loads(command("fit", example, "--json")))
    golden(golden_of(example, "fit.json"), json.dumps(record, indent=1, ensure_ascii=False) + "\n")


def test_every_golden_file_has_its_example() -> None:
    stems = {Path(example).stem for example in EXAMPLES}
    assert {path.name.partition(".")[0] for path in GOLDEN.iterdir()} == stems


@pytest.mark.parametrize("example", EXAMPLES)
def test_gradients_agree_with_differences(example: str, command: Command) -> None:
    assert "agree with numerical derivatives" in command("check", "--grad", "--strict", example)


# ---- the command line itself


def test_the_first_example_in_a_process_of_its_own(golden: Callable[[Path, str], None]) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "dlang", "fit", "examples/decay.dl"],
        capture_output=True,
        encoding="utf-8",
        cwd=ROOT,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
    golden(GOLDEN / "decay.fit.txt", masked(done.stdout))


def test_a_program_from_standard_input_in_another_folder(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "dlang", "run", "-"],
        input="print(sum(linspace(0, 1, 3)))\n",
        capture_output=True,
        encoding="utf-8",
        cwd=tmp_path,
        check=False,
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, "1.5\n", "")


# ---- known answers


def test_the_challenger_regression_is_the_published_one(command: Command) -> None:
    """Intercept, slope, standard errors and deviance of the logistic regression.

    Source: Dalal, Fowlkes & Hoadley 1989; `glm(damage ~ temperature, binomial)` in R prints the same digits.
    """
    result = json.loads(command("fit", "examples/challenger.dl", "--json"))
    intercept, slope = result["parameters"]["intercept"], result["parameters"]["slope"]
    assert intercept["value"] == pytest.approx(15.043, abs=5e-4)
    assert intercept["std_error"] == pytest.approx(7.379, abs=5e-4)
    assert slope["value"] == pytest.approx(-0.2322, abs=5e-5)
    assert slope["std_error"] == pytest.approx(0.1082, abs=5e-5)
    assert 2 * result["objective"] == pytest.approx(20.315, abs=5e-4)


def test_the_oscillator_finds_what_its_data_were_made_with(command: Command) -> None:
    parameters = json.loads(command("fit", "examples/vdp.dl", "--json"))["parameters"]
    for name, truth in (("mu", 1.3), ("sigma", 0.1)):
        low, high = parameters[name]["ci"]
        assert low < truth < high


@pytest.mark.parametrize("name", ["Misra1a", "MGH17", "Thurber"])
def test_the_nist_sets_meet_their_certified_values(name: str, command: Command) -> None:
    problem = NIST[name]
    result = json.loads(command("fit", f"examples/nist/{name.lower()}.dl", "--json"))
    for parameter, value, error in zip(problem["params"], problem["certified"], problem["certified_sd"], strict=True):
        assert result["parameters"][parameter]["value"] == pytest.approx(value, rel=1e-8)
        assert result["parameters"][parameter]["std_error"] == pytest.approx(error, rel=1e-6)
    assert result["statistics"]["rss"] == pytest.approx(problem["rss"], rel=1e-8)
