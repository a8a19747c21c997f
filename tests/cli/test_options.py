"""Options of the verbs from end to end: what each of them changes, and what is said of a bad one."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from dlang.cli.app import main

PROGRAM = """
data t, y from "decay.csv"
data n = 2
param a in 0..10 = 1.0
param k in 0..inf = 0.3
fn signal(t) = a * exp(-k * t)
y ~ signal(t)
report total = n * sum(t)
"""
TABLE = "t,y\n0,1.02\n1,0.71\n2,0.52\n3,0.36\n4,0.24\n5,0.18\n"
OTHER = "t,y\n0,2.04\n1,1.4\n2,1.0\n3,0.7\n"
SLOW = ("--method", "adam", "--lr", "1e-7", "--steps", "100000000")
SGD = ("--method", "sgd", "--lr", "0.01", "--steps", "20")


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with a program and its table, in which the commands run."""
    (tmp_path / "decay.dl").write_text(PROGRAM)
    (tmp_path / "decay.csv").write_text(TABLE)
    (tmp_path / "other.csv").write_text(OTHER)
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def shown(capsys: pytest.CaptureFixture[str]) -> Any:
    """`shown(code, *argv)`: the one JSON object of a command that ends with the code."""

    def run(code: int, *argv: str) -> dict[str, Any]:
        capsys.readouterr()
        assert main([*argv, "--json"]) == code
        return json.loads(capsys.readouterr().out)

    return run


@pytest.fixture
def said(capsys: pytest.CaptureFixture[str]) -> Any:
    """`said(code, *argv)`: the standard error of a command that ends with the code."""

    def run(code: int, *argv: str) -> str:
        capsys.readouterr()
        assert main(list(argv)) == code
        return capsys.readouterr().err

    return run


# ---- data


def test_a_datum_is_replaced_by_a_number(shown: Any) -> None:
    assert shown(0, "run", "decay.dl")["reports"] == {"total": 30.0}
    assert shown(0, "run", "decay.dl", "--data", "n=5")["reports"] == {"total": 75.0}


def test_a_datum_is_replaced_by_an_array_file(shown: Any, folder: Path) -> None:
    np.save(folder / "times.npy", np.arange(6.0) * 10)
    assert shown(0, "run", "decay.dl", "--data", "t=times.npy")["reports"] == {"total": 300.0}


def test_the_table_is_replaced_by_one_of_another_length(shown: Any) -> None:
    assert shown(0, "run", "decay.dl", "--data", "other.csv")["reports"] == {"total": 12.0}
    assert shown(0, "fit", "decay.dl", "--data", "other.csv")["statistics"]["n"] == 4


@pytest.mark.parametrize(
    ("option", "given"), [("nope.csv", "--data nope.csv"), ("t=nope.csv", "--data t"), ("n=abc", "--data n")]
)
def test_a_missing_file_is_the_options_and_not_the_programs(option: str, given: str, said: Any) -> None:
    err = said(5, "run", "decay.dl", "--data", option)
    assert "error[E0501]: there is no file" in err
    assert f"the path is given by `{given}`" in err
    assert "relative to the file that names it" not in err
    assert "decay.dl:" not in err


def test_a_fault_in_a_file_that_an_option_names_says_so(said: Any, folder: Path) -> None:
    (folder / "bad.csv").write_text("t,y\n0,1\n1,x\n")
    err = said(5, "run", "decay.dl", "--data", "bad.csv")
    assert "error[E0506]" in err
    assert "the path is given by `--data bad.csv`" in err


@pytest.mark.parametrize(
    ("program", "count"), [("print(1)\n", "none"), ('data t from "a.csv"\ndata y from "b.csv"\n', "2")]
)
def test_a_table_that_replaces_no_single_one_is_told(program: str, count: str, said: Any, folder: Path) -> None:
    (folder / "p.dl").write_text(program)
    err = said(2, "run", "p.dl", "--data", "nope.csv")
    assert f"error[E0715]: `--data nope.csv` replaces the program's one table, and the program reads {count}\n" in err


# ---- starts and points


@pytest.mark.parametrize("verb", ["run", "grad", "fit", "check", "ir"])
@pytest.mark.parametrize(("start", "code"), [("a=-3", "E0713"), ("k=nan", "E0713"), ("k=[1,2]", "E0714")])
def test_a_start_that_cannot_be_is_the_command_lines_fault(verb: str, start: str, code: str, shown: Any) -> None:
    (error,) = shown(2, verb, "decay.dl", "--set", start)["errors"]
    name = start.partition("=")[0]
    assert error["code"] == code
    assert error["notes"] == [f"it is given by `--set {name}`"]
    assert (error["file"], error["line"]) == ("decay.dl", 4 if name == "a" else 5)


def test_bounds_that_the_data_decide_are_checked_too(shown: Any, folder: Path) -> None:
    (folder / "p.dl").write_text("data n = [1.0, 2.0]\nparam k in 0..n[1] = 0.5\nminimize k^2\n")
    assert [e["code"] for e in shown(2, "run", "p.dl", "--set", "k=3")["errors"]] == ["E0713"]


def test_a_start_in_the_program_is_the_programs_fault(shown: Any, folder: Path) -> None:
    (folder / "p.dl").write_text("param k in 0..1 = 3.0\nminimize k^2\n")
    assert [e["code"] for e in shown(1, "run", "p.dl")["errors"]] == ["E0402"]


@pytest.mark.parametrize(
    ("point", "words"),
    [("q=1", "`--at q`: the program"), ("a=-1", "given by `--at a`"), ("k=[1]", "by `--at k`"), ("k=x", "`--at k`")],
)
def test_a_bad_point_is_called_by_its_own_option(point: str, words: str, said: Any) -> None:
    err = said(2, "grad", "decay.dl", "--at", point)
    assert words in err
    assert "--set" not in err


def test_a_point_goes_before_a_start(shown: Any) -> None:
    both = shown(0, "grad", "decay.dl", "--set", "k=9,a=2", "--at", "k=0.5")
    assert both == shown(0, "grad", "decay.dl", "--at", "k=0.5,a=2")


def test_a_function_lacks_an_argument_and_not_the_program(said: Any) -> None:
    assert "`--at q`: `signal` has no argument `q`" in said(2, "grad", "decay.dl", "--fn", "signal", "--at", "t=1,q=1")
    assert "`--wrt q`: `signal` has no argument `q`" in said(
        2, "grad", "decay.dl", "--fn", "signal", "--at", "t=1", "--wrt", "q"
    )


# ---- the check of gradients


def test_gradients_that_agree(shown: Any, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check", "decay.dl", "--grad"]) == 0
    out = capsys.readouterr().out
    assert [line.split()[0] for line in out.splitlines()[:3]] == ["name", "a", "k"]
    assert out.endswith("decay.dl: the gradients agree with numerical derivatives\n")


def test_a_gradient_that_does_not_agree(shown: Any, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "stop.dl").write_text("param k = 1.0\nminimize k * stop_gradient(k)\n")
    assert shown(4, "check", "stop.dl", "--grad")["check"]["passed"] is False
    assert main(["check", "stop.dl", "--grad"]) == 4
    assert "the gradients do NOT agree" in capsys.readouterr().out


def test_outside_the_domain_there_is_no_gradient_to_check(
    shown: Any, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (folder / "root.dl").write_text("param k = -2.0\nminimize sqrt(k)\n")
    lint, error = shown(3, "check", "root.dl", "--grad")["errors"]
    assert lint["code"] == "W0404"
    assert (error["code"], error["line"], error["column"]) == ("E0601", 2, 10)
    assert main(["check", "root.dl", "--grad"]) == 3
    out, err = capsys.readouterr()
    assert out == ""
    assert "`sqrt(-2.0)` is nan here" in err


def test_an_infinite_derivative_is_told_by_the_check(said: Any, folder: Path) -> None:
    (folder / "root.dl").write_text("param k = 0.0\nminimize sqrt(k)\n")
    assert "warning[E06" in said(0, "check", "root.dl", "--grad")


# ---- fits


def test_the_level_widens_the_intervals(shown: Any) -> None:
    narrow, wide = (shown(0, "fit", "decay.dl", "--level", level)["parameters"]["k"]["ci"] for level in ("0.5", "0.99"))
    assert wide[0] < narrow[0] < narrow[1] < wide[1]


def test_the_time_ends_a_fit(shown: Any) -> None:
    found = shown(4, "fit", "decay.dl", *SLOW, "--time", "0.2s")
    assert found["verdict"] == "not converged"
    assert "time" in found["status"]
    assert 0.2 <= found["seconds"] < 20
    assert found["iterations"] < 100_000_000


@pytest.mark.parametrize("engine", ["auto", "interpreter"])
def test_the_engine_is_named(engine: str, shown: Any) -> None:
    assert shown(0, "grad", "decay.dl", "--engine", engine)["engine"] == "interpreter"


def test_an_engine_that_is_none_is_told(said: Any) -> None:
    assert "`--engine` cannot be `steam`" in said(2, "grad", "decay.dl", "--engine", "steam")


def test_momentum_takes_gradient_descent_further(shown: Any) -> None:
    plain, heavy, nesterov = (
        shown(4, "fit", "decay.dl", *SGD, *more)["objective"]
        for more in ((), ("--momentum", "0.5"), ("--momentum", "0.5", "--nesterov"))
    )
    assert heavy < plain
    assert nesterov < plain
    assert nesterov != heavy


def save(folder: Path, text: str, *options: str) -> None:
    """Fit a program and save the fit as `fit.json`."""
    (folder / "first.dl").write_text(text)
    assert main(["fit", "first.dl", "--save", "fit.json", "--quiet", *options]) == 0


def test_a_saved_fit_of_the_same_program_is_no_news(said: Any, folder: Path) -> None:
    save(folder, PROGRAM)
    assert said(0, "fit", "decay.dl", "--from", "fit.json") == ""


def test_a_saved_fit_of_another_program_is_told(shown: Any, said: Any, folder: Path) -> None:
    save(folder, PROGRAM.replace("k", "rate"))
    (warning,) = shown(0, "fit", "decay.dl", "--from", "fit.json")["warnings"]
    assert (warning["code"], warning["severity"]) == ("W0816", "warning")
    assert warning["notes"] == [
        "it has `rate` and the program has not: left out",
        "the program has `k` and it has not: started as the program says",
    ]
    assert "warning[W0816]: the saved fit `fit.json` is of a program with other parameters" in said(
        0, "fit", "decay.dl", "--from", "fit.json"
    )


def test_a_parameter_that_is_held_elsewhere_is_told(shown: Any, folder: Path) -> None:
    save(folder, PROGRAM)
    (warning,) = shown(0, "fit", "decay.dl", "--from", "fit.json", "--fix", "k")["warnings"]
    assert warning["notes"] == ["the program holds `k` at another value: held as the program says"]


def test_a_saved_fit_that_shares_nothing_is_refused(said: Any, folder: Path) -> None:
    save(folder, "param z = 1.0\ndata w = [1.0, 2.0]\nw ~ z * [1.0, 2.5]\n")
    assert "error[E0709]: `--from fit.json`: the program has no free parameter `z`" in said(
        2, "fit", "decay.dl", "--from", "fit.json"
    )


# ---- params that are records and tuples

RECORD = """
data x = [0.0, 1.0, 2.0, 3.0]
param p in -9..9 = {w: [1.0, 0.5], b: (0.0, 1.0)}
x + [1.0, 1.5, 0.5, 1.0] ~ p.b[0] + p.w[0] * x
p.w[1] ~ 2 * p.b[1]
report sum_of_w = sum(p.w)
report all = p
"""


@pytest.fixture
def record(folder: Path) -> None:
    (folder / "p.dl").write_text(RECORD)


@pytest.mark.usefixtures("record")
def test_a_record_is_an_object_and_a_tuple_a_list(shown: Any) -> None:
    ran = shown(0, "run", "p.dl")
    assert ran["reports"] == {"sum_of_w": 1.5, "all": {"w": [1.0, 0.5], "b": [0.0, 1.0]}}
    gradient = shown(0, "grad", "p.dl")["gradient"]
    assert gradient == {"p": {"w": [-11.0, -3.0], "b": [-8.0, 6.0]}}
    fitted = shown(0, "fit", "p.dl", "--fix", "p.b[1]")
    assert list(fitted["parameters"]) == ["p"]
    assert fitted["parameters"]["p"]["value"]["b"][1] == 1.0
    assert fitted["parameters"]["p"]["std_error"]["b"][1] is None
    assert fitted["covariance"]["names"] == ["p.w[0]", "p.w[1]", "p.b[0]"]


@pytest.mark.usefixtures("record")
@pytest.mark.parametrize(
    "options",
    [("--set", "p={b: (3, 4), w: [1, 2]}"), ("--set", "p.w=[1,2],p.b=(3,4)"), ("--set", "p.b[0]=3,p.b[1]=4,p.w=[1,2]")],
)
def test_a_start_is_set_whole_or_in_parts(shown: Any, options: tuple[str, ...]) -> None:
    assert shown(0, "run", "p.dl", *options)["reports"]["all"] == {"w": [1.0, 2.0], "b": [3.0, 4.0]}
    at = ("--at", *options[1:])
    assert shown(0, "grad", "p.dl", *at)["value"] == shown(0, "run", "p.dl", *options)["objective"]


@pytest.mark.usefixtures("record")
def test_gradients_in_parts(shown: Any, capsys: pytest.CaptureFixture[str]) -> None:
    assert shown(0, "grad", "p.dl", "--wrt", "p.w")["gradient"] == {"p.w": [-11.0, -3.0]}
    found = shown(0, "grad", "p.dl", "--wrt", "p.b,p.w", "--hessian")
    assert found["hessian"]["names"] == ["p.w[0]", "p.w[1]", "p.b[0]", "p.b[1]"]
    assert main(["grad", "p.dl"]) == 0
    rows = [line.split() for line in capsys.readouterr().out.splitlines()[2:]]
    assert rows == [
        ["name", "at", "gradient"],
        ["p.w", "[1,", "0.5]", "[-11,", "-3]"],
        ["p.b[0]", "0", "-8"],
        ["p.b[1]", "1", "6"],
    ]


@pytest.mark.usefixtures("record")
@pytest.mark.parametrize(
    ("options", "code", "told"),
    [
        (("--set", "p={w: [1, 2]}"), 2, "error[E0714]: `p` is a record {w: [2], b: (Real, Real)}"),
        (("--set", "p.w=[1]"), 2, "error[E0714]: `p.w` is an array [2], and the value given is an array [1]"),
        (("--set", "p.w=[1, 2, "), 2, "error[E0703]: `--set p.w` cannot be"),
        (("--set", "p.c=1"), 2, "error[E0709]: `--set p.c`: the program has no parameter `p.c`"),
        (("--fix", "p.c"), 2, "error[E0709]: `--fix p.c`: the program has no parameter `p.c`"),
        (("--set", "p.w=[1,99]"), 2, "error[E0713]: the start given for `p.w`, 99, is outside its bounds -9..9"),
    ],
)
def test_what_does_not_fit_a_record_is_told(said: Any, options: tuple[str, ...], code: int, told: str) -> None:
    assert told in said(code, "run", "p.dl", *options)


@pytest.mark.usefixtures("record")
def test_a_saved_record_is_a_start(shown: Any, said: Any) -> None:
    fix = ("--fix", "p.b[1]")
    first = shown(0, "fit", "p.dl", *fix, "--save", "fit.json")
    assert said(0, "fit", "p.dl", *fix, "--from", "fit.json") == ""
    again = shown(0, "fit", "p.dl", *fix, "--from", "fit.json")
    assert again["parameters"]["p"]["value"]["w"] == pytest.approx(first["parameters"]["p"]["value"]["w"], rel=1e-9)


# ---- programs as editors write them


@pytest.mark.parametrize("begin", [b"", b"\xef\xbb\xbf"], ids=["", "with a mark"])
@pytest.mark.parametrize("end", ["\n", "\r\n"], ids=["LF", "CRLF"])
def test_line_ends_and_a_byte_order_mark_change_nothing(begin: bytes, end: str, shown: Any, folder: Path) -> None:
    expected = shown(0, "run", "decay.dl")
    (folder / "other.dl").write_bytes(begin + PROGRAM.replace("\n", end).encode())
    assert shown(0, "run", "other.dl") == expected
    (folder / "bad.dl").write_bytes(begin + PROGRAM.replace("sum(t)", "summ(t)").replace("\n", end).encode())
    (error,) = shown(1, "check", "bad.dl")["errors"]
    assert (error["line"], error["column"]) == (8, 20)
