"""`difftool graph` from outside: forms, files, bad input, and runs that fail."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest

from dlang.graph.table import FORMATS

DECAY = "examples/decay.dl"
FAILING = """\
param k = 2.0
xs = [1.0, 2.0]
fn total(k) {
  s = 0.0
  for i in 0..3 { s += k * xs[i] }
  s
}
minimize total(k)
"""


def graph(root: Path, *argv: str, **environment: str) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(
        [sys.executable, "-m", "dlang", "graph", *argv],
        cwd=root,
        capture_output=True,
        env={**os.environ, **environment},
        check=False,
    )


def data(root: Path, *argv: str) -> Any:
    done = graph(root, *argv, "--json")
    return json.loads(done.stdout)


@pytest.mark.parametrize("form", [form.name for form in FORMATS])
def test_every_form_is_written_to_a_file_and_to_standard_output(form: str, root: Path, tmp_path: Path) -> None:
    file = tmp_path / "graph.any"
    written = graph(root, DECAY, "--format", form, "--out", str(file), "--grad")
    assert (written.returncode, written.stdout, written.stderr) == (0, b"", b"")
    shown = graph(root, DECAY, "--format", form, "--grad", PYTHONIOENCODING="utf-8")
    assert shown.returncode == 0
    assert shown.stdout.decode() == file.read_text(encoding="utf-8")


@pytest.mark.parametrize("form", FORMATS, ids=[form.name for form in FORMATS])
def test_the_ending_of_the_file_says_the_form(form: Any, root: Path, tmp_path: Path) -> None:
    for suffix in form.suffixes:
        file = tmp_path / f"graph{suffix.upper()}"
        assert graph(root, DECAY, "--out", str(file)).returncode == 0
        if form.name == "json":
            assert json.loads(file.read_text())["schema"] == "difftool.graph/1"
        if form.name == "svg":
            assert ElementTree.parse(file).getroot().tag.endswith("svg")
        assert file.stat().st_size > 100


def test_json_has_values_gradients_and_lines(root: Path) -> None:
    found = data(root, DECAY, "--grad")
    assert (found["schema"], found["title"], found["note"]) == ("difftool.graph/1", "decay.dl", None)
    (k,) = [node for node in found["forward"]["nodes"] if node["label"] == "k"]
    assert (k["kind"], k["type"], k["value"], k["line"], k["file"]) == ("param", "Real", 0.1, 5, DECAY)
    gradient = json.loads(run(root, "grad", DECAY, "--json").stdout)["gradient"]["k"]
    assert k["gradient"] == gradient
    (back,) = [node for node in found["backward"]["nodes"] if node["label"] == "\u2202k"]
    assert back["value"] == gradient
    (call,) = [node for node in found["forward"]["nodes"] if node["kind"] == "call"]
    (exp,) = [node for node in call["inside"]["nodes"] if node["label"] == "exp"]
    assert (exp["rule"], exp["line"], len(exp["value"])) == ("x: ct * out", 7, 40)


def test_an_objective_that_is_not_finite_is_drawn_and_told(root: Path, tmp_path: Path) -> None:
    file = tmp_path / "nowhere.dl"
    file.write_text("param a = -1.0\nminimize log(a) + a^2\n")
    done = graph(root, str(file), PYTHONIOENCODING="utf-8")
    assert done.returncode == 3
    assert b"error[E0601]: the objective is nan" in done.stderr
    assert "nan" in done.stdout.decode()


def run(root: Path, *argv: str) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run([sys.executable, "-m", "dlang", *argv], cwd=root, capture_output=True, check=False)


def test_a_run_that_fails_is_drawn_as_far_as_it_came(root: Path, tmp_path: Path) -> None:
    file = tmp_path / "failing.dl"
    file.write_text(FAILING)
    done = graph(root, str(file), PYTHONIOENCODING="utf-8")
    assert done.returncode == 3
    assert b"error[E0602]: index 2 is out of range" in done.stderr
    text = done.stdout.decode()
    assert "index 2 is out of range for an axis of size 2: xs[i]" in text
    assert text.endswith("The run ended at line 5; what ran before is drawn.\n")
    found = data(root, str(file))
    assert found["errors"][0]["code"] == "E0602"
    assert found["note"].startswith("The run ended at line 5")
    picture = tmp_path / "failing.svg"
    assert graph(root, str(file), "--out", str(picture)).returncode == 3
    assert "what ran before is drawn" in picture.read_text()


def test_a_failing_program_has_a_static_graph(root: Path, tmp_path: Path) -> None:
    file = tmp_path / "failing.dl"
    file.write_text(FAILING)
    assert graph(root, str(file), "--static").returncode == 0


def test_a_run_that_is_too_long_falls_back_to_the_programs_own_graph(root: Path, tmp_path: Path) -> None:
    file = tmp_path / "long.dl"
    file.write_text("param k = 1.0\nx = k\nfor i in 0..200000 { x = x + k }\nminimize x\n")
    done = graph(root, str(file), PYTHONIOENCODING="utf-8")
    assert done.returncode == 0
    assert b"too long to draw" in done.stdout
    assert b"for i in 0..200000" in done.stdout


@pytest.mark.parametrize(
    ("options", "code", "words"),
    [
        (("--format", "pdf"), 2, "one of `tree`, `dot`"),
        (("--format", "sgv"), 2, "did you mean `svg`"),
        (("--out", "graph.pdf"), 2, "a file that ends in .txt"),
        (("--out", "nowhere/graph.svg"), 2, "a file in a folder that exists"),
        (("--out", "examples"), 2, "a file in a folder that exists"),
        (("--static", "--grad"), 2, "`--static` cannot be given with `--grad`"),
        (("--fn", "sginal", "--at", "t=1"), 2, "did you mean `signal`"),
        (("--fn", "signal"), 1, "it lacks its argument `t`"),
        (("--at", "q=1"), 2, "`q`"),
        (("--gard",), 2, "did you mean `--grad`"),
    ],
)
def test_bad_options_are_told(options: tuple[str, ...], code: int, words: str, root: Path) -> None:
    done = graph(root, DECAY, *options)
    assert done.returncode == code
    assert words in done.stderr.decode()
    assert done.stdout == b""


@pytest.mark.skipif(os.geteuid() != 0 and not os.access("/dev/full", os.W_OK), reason="no full device")
def test_a_full_disk_is_a_diagnostic(root: Path) -> None:
    done = graph(root, DECAY, "--format", "svg", "--out", "/dev/full")
    assert done.returncode in (2, 5)
    assert b"cannot write `/dev/full`: no space left on device" in done.stderr


def test_nothing_to_draw_is_told(root: Path, tmp_path: Path) -> None:
    file = tmp_path / "empty.dl"
    file.write_text("fn f(x) = x^2\n")
    done = graph(root, str(file))
    assert done.returncode == 1
    assert b"E0407" in done.stderr
    assert b"--fn" in done.stderr
    assert graph(root, str(file), "--fn", "f", "--at", "x=3").returncode == 0


def test_a_terminal_without_unicode_gets_ascii(root: Path) -> None:
    done = graph(root, DECAY, "--grad", PYTHONIOENCODING="ascii")
    assert done.returncode == 0
    assert done.stdout.isascii()
    assert b"\\u" not in done.stdout
    assert b"?" not in done.stdout


def test_the_librarys_insides_stay_closed(root: Path, tmp_path: Path) -> None:
    file = tmp_path / "solve.dl"
    file.write_text(
        "import ode\nparam k = 0.5\nmodel = ode.rk4(fn(t, y) = -k * y, 1.0, [0.0, 0.5, 1.0])\nminimize sum(model^2)\n"
    )
    done = graph(root, str(file), PYTHONIOENCODING="utf-8")
    assert done.returncode == 0, done.stderr
    assert "rk4" in done.stdout.decode()
    assert "ode:" not in done.stdout.decode(), "no line of the library's"


@pytest.mark.parametrize("columns", ["20", "40", "80", "120"])
def test_lines_fit_the_terminal(columns: str, root: Path) -> None:
    done = graph(root, "examples/vdp.dl", COLUMNS=columns, PYTHONIOENCODING="utf-8")
    assert max(map(len, done.stdout.decode().splitlines())) <= int(columns)


def test_a_point_for_the_objective_is_another_start(root: Path) -> None:
    (k,) = [n for n in data(root, DECAY, "--at", "k=0.5")["forward"]["nodes"] if n["label"] == "k"]
    assert k["value"] == 0.5


def test_a_fixed_parameter_has_no_gradient(root: Path) -> None:
    (k,) = [n for n in data(root, DECAY, "--fix", "k")["forward"]["nodes"] if n["label"] == "k"]
    assert k["gradient"] is None


def test_from_standard_input(root: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "dlang", "graph", "-"],
        input=b"param k = 1.0\nminimize k^2\n",
        cwd=root,
        capture_output=True,
        check=False,
    )
    assert done.returncode == 0
    assert done.stdout.startswith(b"<stdin>\n")


def test_what_is_not_finite_is_a_word_in_json(root: Path, tmp_path: Path) -> None:
    file = tmp_path / "nan.dl"
    file.write_text("param k = -1.0\nminimize sqrt(k)\n")
    text = graph(root, str(file), "--json").stdout.decode()
    assert '"nan"' in text
    assert "NaN" not in text


@pytest.mark.parametrize(
    ("text", "options"),
    [
        ('print("hello")\n', ()),
        ("param k = 1.5\nminimize floor(k)\n", ("--grad",)),
        ('fn f(x) = "s"\n', ("--fn", "f", "--at", "x=3")),
    ],
)
def test_a_sheet_without_nodes_is_no_fault(text: str, options: tuple[str, ...], root: Path, tmp_path: Path) -> None:
    file = tmp_path / "empty.dl"
    file.write_text(text)
    done = graph(root, str(file), *options)
    assert (done.returncode, done.stderr) == (0, b"")


def test_a_rule_that_fails_on_the_way_back_leaves_the_run(root: Path, tmp_path: Path) -> None:
    file = tmp_path / "rule.dl"
    file.write_text('param k = 3.0\nfn g(x) = x^2\nvjp g(x; ct) { assert x > 5, "no"; 2 * x * ct }\nminimize g(k)\n')
    done = graph(root, str(file), PYTHONIOENCODING="utf-8")
    assert done.returncode == 3
    assert b"E0605" in done.stderr
    assert "9.0" in done.stdout.decode()
    assert "the run is drawn without gradients" in done.stdout.decode()
