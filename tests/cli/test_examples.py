"""Every example, through the command line: its output is a golden file, and known answers are met.

What depends on the machine or on the last digit is masked: times, counts of iterations and evaluations, the engine,
the sentence behind `converged`, gradients at a solution. Numbers have at most six digits.

Networks have thousands of parameters, and are trained, not fitted to the last digit: their golden output is that of a
few steps, without the JSON of all parameters, and their gradients are compared along a few directions.
"""

from __future__ import annotations

import json
import math
import re
import runpy
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import dlang
from dlang.autodiff.numerical import central_derivative
from dlang.cli.app import main

ROOT = Path(__file__).parent.parent.parent
GOLDEN = ROOT / "tests" / "golden" / "examples"
EXAMPLES = sorted(path.relative_to(ROOT).as_posix() for path in (ROOT / "examples").rglob("*.dl"))
NIST = {p["name"]: p for p in json.loads((ROOT / "tests/data/nist/problems.json").read_text())["problems"]}

NETWORKS = ["examples/chars.dl", "examples/digits.dl"]
ADAPTIVE = "examples/lynx.dl"
"""Adaptive steps take some seconds, and leave the minimum uncertain from the fifth digit on: it is fitted once."""

CONVERGED, STEPS_ENDED = 0, 4

Command = Callable[..., str]

MASKED = ("engine", "evaluations", "iterations", "seconds", "status", "gradient")


@pytest.fixture
def command(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Command:
    """A command in the checkout that succeeds without a word on standard error; gives its standard output."""
    monkeypatch.chdir(ROOT)
    monkeypatch.setenv("COLUMNS", "80")

    def run(*argv: str, code: int = CONVERGED) -> str:
        found = main(list(argv))
        out, err = capsys.readouterr()
        assert (found, err) == (code, "")
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


@pytest.mark.parametrize("verb", ["run", "grad"])
@pytest.mark.parametrize("example", EXAMPLES)
def test_output(example: str, verb: str, command: Command, golden: Callable[[Path, str], None]) -> None:
    golden(golden_of(example, f"{verb}.txt"), masked(command(verb, example)))


@pytest.mark.parametrize("example", [each for each in EXAMPLES if each != ADAPTIVE])
def test_output_of_a_fit(example: str, command: Command, golden: Callable[[Path, str], None]) -> None:
    if example in NETWORKS:
        shown = command("fit", example, "--steps", "20", code=STEPS_ENDED)
    else:
        shown = command("fit", example)
    golden(golden_of(example, "fit.txt"), masked(shown))


@pytest.mark.parametrize("example", [each for each in EXAMPLES if each not in [*NETWORKS, ADAPTIVE]])
def test_json(example: str, command: Command, golden: Callable[[Path, str], None]) -> None:
    record = rounded(json.loads(command("fit", example, "--json")))
    golden(golden_of(example, "fit.json"), json.dumps(record, indent=1, ensure_ascii=False) + "\n")


def test_every_golden_file_has_its_example() -> None:
    stems = {Path(example).stem for example in EXAMPLES}
    assert {path.name.partition(".")[0] for path in GOLDEN.iterdir()} == stems


@pytest.mark.parametrize("example", [each for each in EXAMPLES if each not in NETWORKS])
def test_gradients_agree_with_differences(example: str, command: Command) -> None:
    assert "agree with numerical derivatives" in command("check", "--grad", "--strict", example)


@pytest.mark.parametrize("example", NETWORKS)
def test_gradients_of_networks_agree_along_some_directions(example: str) -> None:
    objective = dlang.load(ROOT / example).objective()
    gradient = objective.value_and_grad(objective.start)[1]
    for direction in np.random.default_rng(0).normal(size=(3, objective.start.size)):
        slope, error = central_derivative(lambda s, d=direction: objective.value(objective.start + s * d), 0.0, 0.1)
        assert gradient @ direction == pytest.approx(slope, abs=max(10 * error, 1e-9))
        assert error < 1e-6


@pytest.mark.parametrize("example", EXAMPLES)
def test_the_layout_is_the_canonical_one(example: str, command: Command) -> None:
    command("fmt", "--check", example)


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


def test_the_schools_borrow_from_each_other(command: Command) -> None:
    """The mode lies near the mean of the posterior.

    Source: posteriordb, reference posterior `eight_schools-eight_schools_noncentered`, means to one digit.
    """
    result = json.loads(command("fit", "examples/schools.dl", "--json"))
    assert result["parameters"]["mu"]["value"] == pytest.approx(4.4, abs=0.2)
    assert result["reports"]["spread"]["value"] == pytest.approx(3.6, abs=0.2)
    means = [6.2, 4.9, 3.9, 4.8, 3.6, 4.0, 6.3, 4.9]
    assert result["reports"]["effects"]["value"] == pytest.approx(means, abs=0.5)


def schools(effects: str) -> dlang.Program:
    """The eight schools, with their effects `theta` as parameters, or made of some."""
    text = (ROOT / "examples/schools.dl").read_text(encoding="utf-8")
    kept = re.findall(r"^(?:data|param|tau|mu|maximize) .*", text, flags=re.MULTILINE)
    return dlang.loads("\n".join([*kept, effects, "y ~ normal(theta, sigma)", "report spread = tau"]))


def test_effects_of_schools_as_parameters_have_no_mode() -> None:
    """What schools.dl says of `param theta`: the density grows beyond all bounds where tau goes to 0."""
    program = schools("param theta = zeros(8); theta ~ normal(mu, tau)")
    values = [program.value({"mu": 5.0, "theta": np.full(8, 5.0), "log_tau": -float(k)}) for k in range(5, 305, 50)]
    assert np.diff(values) == pytest.approx([-350.0] * 5, rel=1e-3)  # 8 of tau for the effects, less 1 of its prior


def test_standard_effects_of_schools_as_parameters_have_a_mode_far_off() -> None:
    """What schools.dl says of `param eta`."""
    program = schools("param eta = zeros(8); eta ~ normal(0, 1); theta = mu + tau * eta")
    result = program.fit()
    assert result.converged
    assert result.reports["spread"].value == pytest.approx(29.0, abs=0.5)


@pytest.mark.parametrize(
    ("example", "truth"),
    [
        ("heat", {"diffusivity": 3.4e-5, "loss": 8e-4}),
        ("bounce", {"speed": 7.0, "restitution": 0.8}),
        ("newton", {"period": 799, "passage": 120, "e": 0.68, "omega": 1.47, "amplitude": 51, "systemic": -27}),
        ("bezier", {"middle": [[1, 3], [4, 3]]}),
    ],
)
def test_generated_data_give_back_what_they_were_made_with(
    example: str, truth: dict[str, Any], command: Command
) -> None:
    parameters = json.loads(command("fit", f"examples/{example}.dl", "--json"))["parameters"]
    for name, expected in truth.items():
        low, high = parameters[name]["ci"]
        assert np.all(np.less(low, expected)), name
        assert np.all(np.less(expected, high)), name


def test_generated_data_are_those_of_their_script() -> None:
    for name, make in runpy.run_path(str(ROOT / "examples/make_data.py"))["FILES"].items():
        assert (ROOT / "examples" / name).read_text(encoding="utf-8") == make(), name


@pytest.mark.slow
def test_the_lynx_and_the_hares_are_those_of_the_posterior(
    command: Command, golden: Callable[[Path, str], None], tmp_path: Path
) -> None:
    """The mode is near the published means; of a scale it is a little below.

    Source: B. Carpenter 2018, "Predator-Prey Population Dynamics: the Lotka-Volterra model in Stan".
    """
    saved = tmp_path / "lynx.json"
    golden(golden_of(ADAPTIVE, "fit.txt"), masked(command("fit", ADAPTIVE, "--save", str(saved))))
    parameters = json.loads(saved.read_text(encoding="utf-8"))["parameters"]
    for name, mean in {"alpha": 0.55, "beta": 0.028, "gamma": 0.80, "delta": 0.024}.items():
        assert parameters[name]["value"] == pytest.approx(mean, rel=0.04), name
    assert parameters["sigma"]["value"] == pytest.approx([0.25, 0.25], abs=0.045)


def test_a_hundred_steps_teach_the_network_to_read(command: Command) -> None:
    shown = command("fit", "examples/digits.dl", "--steps", "100", "--json", code=STEPS_ENDED)
    reports = json.loads(shown)["reports"]
    assert reports["right_of_seen"]["value"] > 0.99
    assert reports["right_of_unseen"]["value"] > 0.9


@pytest.mark.slow
def test_attention_foretells_verses_that_it_has_not_seen(command: Command) -> None:
    """The surprise falls far below that of who knows the letters' frequencies, in the verses learnt and in the others."""
    shown = command("fit", "examples/chars.dl", "--steps", "100", "--json", code=STEPS_ENDED)
    reports = {name: each["value"] for name, each in json.loads(shown)["reports"].items()}
    text = json.loads((ROOT / "examples/chars.json").read_text(encoding="utf-8"))["text"]
    shares = [text.count(letter) / len(text) for letter in set(text)]
    assert reports["bits_by_frequency"] == pytest.approx(-sum(p * math.log2(p) for p in shares), rel=1e-12)
    assert reports["bits_learnt"] < 1.2
    assert reports["bits_unseen"] < 2.2
