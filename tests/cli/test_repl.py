"""`difftool repl` without a terminal: entries from a pipe, answers on two outputs, JSON, exit codes, commands."""

from __future__ import annotations

import io
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from dlang.cli.app import main

DECAY = """\
t = linspace(0, 5, 6)
data y = [1.02, 0.71, 0.52, 0.36, 0.24, 0.18]
param a in 0..inf = 1.0
param k in 0..inf = 0.3
y ~ a * exp(-k * t)
report half_life = log(2) / k
"""


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("COLUMNS", raising=False)
    return tmp_path


class Piped:
    """Runs the verb on text that stands in for a pipe."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
        self._monkeypatch, self._capsys = monkeypatch, capsys

    def __call__(self, text: str | bytes, *argv: str) -> tuple[int, str, str]:
        content = text if isinstance(text, bytes) else text.encode()
        self._monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(content)))
        code = main(["repl", *argv])
        out, err = self._capsys.readouterr()
        assert "Traceback" not in err
        return code, out, err

    def out(self, text: str, *argv: str) -> str:
        """Standard output of what has no error."""
        code, out, err = self(text, *argv)
        assert (code, err) == (0, "")
        return out


@pytest.fixture
def repl(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Piped:
    return Piped(monkeypatch, capsys)


def test_answers_go_to_standard_output_without_prompts(repl: Piped) -> None:
    assert repl("x = 3\nx^2\nprint(x)\n") == (0, "9\n3\n", "")


@pytest.mark.parametrize("text", ["", "\n\n", "# nothing\n"])
def test_nothing_is_answered_with_nothing(text: str, repl: Piped) -> None:
    assert repl(text) == (0, "", "")


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("undefined\n1 // 0\n", 1),
        ("1 // 0\nundefined\n", 3),
        (":tpye\nundefined\n", 2),
        ('data x from "x.csv"\n1 // 0\n', 5),
    ],
)
def test_it_goes_on_after_an_error_and_ends_with_the_code_of_the_first(text: str, code: int, repl: Piped) -> None:
    found, out, err = repl(f"{text}1 + 1\n")
    assert (found, out) == (code, "2\n")
    assert err.count("error[") == 2


def test_diagnostics_have_the_line_of_the_stream(repl: Piped) -> None:
    assert "--> <stdin>:4:3\n" in repl("x = 1\n\nfn f(y) {\n  wieght * y\n}\nf(1)\n")[2]


@pytest.mark.parametrize(
    ("text", "code"),
    [
        (b"1\n\xff\n2\n", 2),
        (b"x\0y\n", 1),
        (b"(" * 10_000 + b"\n", 1),
        (b"(" * 10_000 + b"1" + b")" * 10_000 + b"\n", 1),
        (b'"open\n', 1),
        (b"fn f(x) {\n", 1),
        (b"x = " + b"+".join([b"1"] * 100_000) + b"\n", 0),
        (b"fn f(n) = 1 + f(n + 1)\nf(0.0)\n", 1),
        (b"f = fn(n) = if n < 0 { 0 } else { f(n + 1) }\nf(0.0)\n", 3),
        (b"fn f(n) = if n < 0 { 0 } else { 1 + f(n + 1) }\nf(0.0)\n", 3),
        (b"zeros(1000000000000)\n", 3),
        (b":\n", 2),
        (b":load\n", 2),
        (b":load .\n", 2),
        (b":load \0\n", 2),
        (b":save /\nx = 1\n:save /no/such/folder/x.dl\n", 2),
        (b":fit '\n", 2),
        (b":set a\n:set =\n:set a=\n", 2),
        (b":type 1 +\n:type x = 2\n:type {\n", 1),
        (b":ir print(1)\n:time print(1)\n:grad true\n", 1),
        (b"\xe2\x80\xae\n", 1),
        (b"   :type 1\n", 0),
    ],
)
def test_bad_input_is_answered_with_diagnostics(text: bytes, code: int, repl: Piped) -> None:
    assert repl(text + b"\n1 + 1\n")[:2][0] == code


def test_a_file_comes_first(repl: Piped, folder: Path) -> None:
    (folder / "decay.dl").write_text(DECAY + 'print("loaded")\n')
    assert repl.out("k\nhalf_life > 2\n", "decay.dl") == "loaded\n0.3\ntrue\n"


def test_functions_of_a_file_may_be_used_above_their_definition(repl: Piped, folder: Path) -> None:
    (folder / "up.dl").write_text("x = f(2)\nfn f(y) = 2 * y\n")
    assert repl.out("x\n", "up.dl") == "4\n"


@pytest.mark.parametrize(("text", "code"), [("x = 1\nundefined\n", 1), ("x = (\n", 1), (None, 2)])
def test_the_session_begins_although_the_file_is_wrong(text: str | None, code: int, repl: Piped, folder: Path) -> None:
    if text is not None:
        (folder / "bad.dl").write_text(text)
    found, out, err = repl("1 + 1\n", "bad.dl")
    assert (found, out) == (code, "2\n")
    assert err.count("error[") == 1


def test_paths_of_a_file_are_relative_to_it(repl: Piped, folder: Path) -> None:
    (folder / "there").mkdir()
    (folder / "there" / "d.csv").write_text("x\n1\n2\n")
    (folder / "there" / "p.dl").write_text('data x from "d.csv"\n')
    assert repl.out("x\n", "there/p.dl") == "[1.0, 2.0]\n"


def test_a_seed_of_the_command_line(repl: Piped) -> None:
    first = repl.out("rand()\n", "--seed", "7")
    assert repl.out("seed(3)\nrand()\n", "--seed", "7") == first
    assert repl.out("rand()\n") != first


def test_quiet_leaves_out_warnings(repl: Piped) -> None:
    assert "warning" in repl("log(-1)\n")[2]
    assert repl("log(-1)\n", "--quiet") == (0, "nan\n", "")


def test_colours_if_asked_for(repl: Piped) -> None:
    assert "\x1b[2m# [100]\x1b[0m" in repl.out("zeros(100)\n", "--color", "always")
    assert "\x1b" not in repl.out("zeros(100)\n")


# ---- JSON


def record(repl: Piped, text: str, code: int = 0) -> dict[str, Any]:
    found, out, err = repl(text, "--json")
    assert (found, err, out.count("\n")) == (code, "", 1)
    answer: dict[str, Any] = json.loads(out, parse_constant=lambda word: pytest.fail(f"{word} is not JSON"))
    assert answer["schema"] == "difftool.repl/1"
    return answer


def test_json_has_an_entry_for_each_statement(repl: Piped) -> None:
    found = record(repl, "x = [1, nan]\nx\nprint(1); {a: 2.5}\n")
    assert [(each["line"], each["input"]) for each in found["entries"]] == [
        (1, "x = [1, nan]"),
        (2, "x"),
        (3, "print(1); {a: 2.5}"),
    ]
    assert found["entries"][1]["outputs"] == [{"kind": "value", "text": "[1.0, nan]", "value": [1.0, "nan"]}]
    kinds = [(each["kind"], each["text"]) for each in found["entries"][2]["outputs"]]
    assert kinds == [("printed", "1"), ("value", "{a: 2.5}")]
    assert found["errors"] == []


def test_json_has_errors_where_they_belong_and_together(repl: Piped) -> None:
    found = record(repl, "1\nundefined\n:tpye\n", 1)
    assert [len(each["errors"]) for each in found["entries"]] == [0, 1, 1]
    assert [each["code"] for each in found["errors"]] == ["E0201", "E1101"]


def test_json_of_commands(repl: Piped) -> None:
    found = record(repl, f"{DECAY}:grad\n:type k\n:fit\n:time k\n")
    gradient, type_, fit, time = (each["outputs"][0] for each in found["entries"][-4:])
    assert set(gradient["gradient"]) == {"a", "k"}
    assert type_["text"] == "Real"
    assert fit["fit"]["verdict"] == "converged"
    assert time["seconds"] > 0


# ---- commands


def test_help_lists_every_command_within_a_screen(repl: Piped) -> None:
    from dlang.repl.commands import COMMANDS

    lines = repl.out(":help\n").splitlines()
    assert all(any(line.startswith(f":{c.usage}") for line in lines) for c in COMMANDS)
    assert max(map(len, lines)) <= 80
    assert len(lines) <= 22


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("softmax", "exp(x) / sum(exp(x))"),
        ("normal", "Log-density"),
        ("stats.kde", "stats.kde("),
        ("s", "## stats".removeprefix("## ")),
        ("f", "2 * x"),
        ("a", "param a: Real"),
        ("type", ":type EXPR"),
        (":grad", ":grad [EXPR]"),
        ("grad", ":grad [EXPR]"),
        ("grad", "grad(f"),
        ("fit", ":fit [OPTIONS]"),
        ("pi", "3.14159"),
        ("E0201", "E0201: "),
    ],
)
def test_help_of_a_name(name: str, shown: str, repl: Piped) -> None:
    assert shown in repl.out(f"import stats as s\nfn f(x) = 2 * x\nparam a = 1.0\n:help {name}\n")


@pytest.mark.parametrize("name", ["grad", "help", "time"])
def test_help_of_a_command_that_is_a_name_too_tells_of_both(name: str, repl: Piped) -> None:
    both = repl.out(f"time = 3\nhelp = 4\n:help {name}\n")
    command = repl.out(f"time = 3\nhelp = 4\n:help :{name}\n")
    assert both.endswith(command)
    assert len(both) > len(command) + 10


@pytest.mark.parametrize(
    ("word", "command"), [("exit", ":quit"), ("quit", ":quit"), ("exit()", ":quit"), ("help", ":help")]
)
def test_who_types_a_command_without_its_colon_is_told(word: str, command: str, repl: Piped, folder: Path) -> None:
    code, _, err = repl(f"{word}\n")
    assert (code, "E0201" in err, f"help: `{command}` " in err) == (1, True, True)
    (folder / "p.dl").write_text(f"{word}\n")
    assert main(["run", "p.dl"]) == 1


def test_the_last_term_can_be_taken_back(repl: Piped) -> None:
    out = repl.out("param a = 3.0\nminimize a^2\nminimize  a^2\n:forget\n:grad\n")
    assert out.startswith("without minimize a^2\nvalue  9\n")
    code, _, err = repl("param a = 3.0\nminimize a^2\n:forget\n:forget\n:grad\n")
    assert (code, "E1104" in err, "E0407" in err) == (2, True, True)


def test_help_of_an_unknown_name_suggests_one(repl: Piped) -> None:
    code, _, err = repl("temperature = 1\n:help temprature\n:help softmx\n")
    assert code == 2
    assert "`temperature`" in err
    assert "`softmax`" in err


def test_load_and_reload(repl: Piped, folder: Path) -> None:
    (folder / "p.dl").write_text("x = 1\n")
    assert repl.out(':load p.dl\nx\nx = 5\n:reload\nx\n:load "p.dl"\n') == "1\n1\n"


def test_a_reload_does_not_add_the_terms_again(repl: Piped, folder: Path) -> None:
    (folder / "mn.dl").write_text("param a = 3.0\nminimize a^2\n")
    out = repl.out(":load mn.dl\n:grad\n:reload\n:grad\n:load ./mn.dl\n:grad\n")
    assert out.count("value  9\n") == 3


def test_save_writes_a_program_that_runs(repl: Piped, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = repl.out(f"{DECAY}x = 1\nx += 1\n:save here.dl\n:save here.dl\n")
    assert out.splitlines()[0].startswith("saved ")
    assert main(["fit", "here.dl"]) == 0
    assert "half_life" in capsys.readouterr().out


def test_save_does_not_write_over_a_file_unless_told_to(repl: Piped, folder: Path) -> None:
    (folder / "mine.dl").write_text("mine\n")
    code, _, err = repl("x = 1\n:save mine.dl\n")
    assert (code, "error[E1103]" in err) == (2, True)
    assert (folder / "mine.dl").read_text() == "mine\n"
    assert repl("x = 1\n:save! mine.dl\n")[0] == 0
    assert (folder / "mine.dl").read_text() == "x = 1\n"


def test_nothing_to_save_is_an_error(repl: Piped, folder: Path) -> None:
    assert repl(":save empty.dl\n")[0] == 2
    assert not (folder / "empty.dl").exists()


def test_fit_moves_the_parameters_and_begins_at_their_starts_again(repl: Piped) -> None:
    out = repl.out(f"{DECAY}:fit\nround(1000 * k)\n:fit --steps 100\nround(1000 * half_life)\n")
    assert out.count("converged") == 2
    assert "349.0\n" in out
    assert out.endswith("1985.0\n")


def test_fit_takes_the_options_of_the_verb(repl: Piped, folder: Path) -> None:
    repl.out(f"{DECAY}:fit --fix a --set k=0.5 --save fit.json --out out.csv\n")
    saved = json.loads((folder / "fit.json").read_text())
    assert saved["parameters"]["a"]["std_error"] is None
    assert len((folder / "out.csv").read_text().splitlines()) == 7


@pytest.mark.parametrize("options", ["--stps 3", "--fix q", "--set q=1", "--set k", "more", "--level 7"])
def test_fit_refuses_what_the_verb_refuses(options: str, repl: Piped) -> None:
    assert repl(f"{DECAY}:fit {options}\n")[0] == 2


@pytest.mark.parametrize("option", ["--help", "-h"])
def test_help_of_fit_shows_its_options_and_fits_nothing(option: str, repl: Piped) -> None:
    out = repl.out(f"{DECAY}:fit {option}\na\n")
    assert out.startswith("Example: :fit ")
    assert all(word in out for word in ("Usage: :fit [options]", "--method", "--fix NAME", "--set NAME=VALUE"))
    assert "difftool" not in out
    assert out.endswith("\n1.0\n")


@pytest.mark.parametrize("option", ["--data", "--engine", "--json", "--seed", "--color", "--stps"])
def test_what_is_no_option_of_a_sessions_fit_is_said_to_be_none(option: str, repl: Piped) -> None:
    code, _, err = repl(f"{DECAY}:fit {option} x\n")
    assert (code, f"`:fit` has no option `{option}`" in err, "`difftool" in err) == (2, True, False)
    assert ("did you mean `--steps`?" if option == "--stps" else "`:fit --help` lists the options") in err


def test_fit_says_that_it_takes_options_only(repl: Piped) -> None:
    code, _, err = repl(f"{DECAY}:fit extra\n:fit --lr\n")
    assert (code, "`:fit` takes options only; unexpected argument `extra`" in err, "difftool fit" in err) == (
        2,
        True,
        False,
    )
    assert "`--lr` needs a value" in err


@pytest.mark.parametrize(
    ("declared", "given", "mend"),
    [
        (", fixed", "--fix b", "remove its `, fixed` or `--fix b`"),
        ("", "--fix b --fix a", "remove `--fix a` or `--fix b`"),
    ],
)
def test_a_fit_of_held_parameters_names_what_holds_them(declared: str, given: str, mend: str, repl: Piped) -> None:
    code, _, err = repl(f"param a = 1.0{declared}\nparam b = 1.0\nminimize (a - b)^2\n:fit {given}\n")
    assert (code, mend in err) == (1, True)


def test_the_graph_of_the_model_stands_where_its_gradient_does(repl: Piped) -> None:
    lines = "param a = 1.0\nparam b = 5.0\nminimize (a - 3)^2 + b\n:set b=2\n:fit --fix b --quiet\n:grad\n:graph\n"
    entries = record(repl, lines)["entries"]
    assert entries[-2]["outputs"][0]["at"]["a"] == pytest.approx(3.0)
    (node,) = [each for each in entries[-1]["outputs"][0]["graph"]["forward"]["nodes"] if each["label"] == "a"]
    assert node["value"] == pytest.approx(3.0)


def test_a_fit_that_cannot_be_relied_on_gives_its_exit_code(repl: Piped) -> None:
    assert repl("param a = 1.0\nparam b = 1.0\ny = [1.0, 2.0, 3.0]\ny ~ a + b\n:fit\n")[0] == 4


def test_time_tells_a_time(repl: Piped) -> None:
    assert "the best of 5 rounds" in repl.out("x = 2\n:time x^2\n")


def test_quit_ends_the_session(repl: Piped) -> None:
    assert repl.out("1\n:quit\n2\n") == "1\n"


# ---- in a process of its own


def interrupted(code: int) -> bool:
    """Whether a shell sees 130: CPython ends by the signal itself where that came while it ran a text by `exec`."""
    return code in (130, -signal.SIGINT)


def test_ctrl_c_ends_a_session_without_a_terminal() -> None:
    command = [sys.executable, "-m", "dlang", "repl"]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as child:
        assert child.stdin is not None
        assert child.stdout is not None
        child.stdin.write('print("begun")\nwhile true {}\n\n')
        child.stdin.flush()
        assert child.stdout.readline() == "begun\n"
        child.send_signal(signal.SIGINT)
        _, err = child.communicate(timeout=60)
    assert interrupted(child.returncode)
    assert err == "difftool: interrupted\n"


def test_json_that_is_interrupted_has_what_was_reached(folder: Path) -> None:
    command = [sys.executable, "-m", "dlang", "repl", "--json"]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as child:
        assert child.stdin is not None
        child.stdin.write("x = 1 + 1\nx\n1 // 0\n:save there.dl\nwhile true {}\n\n")
        child.stdin.flush()
        while not (folder / "there.dl").exists():
            assert child.poll() is None
            time.sleep(0.05)
        child.send_signal(signal.SIGINT)
        out, err = child.communicate(timeout=60)
    made = json.loads(out)
    assert (interrupted(child.returncode), err) == (True, "")
    assert [each["input"] for each in made["entries"]][:4] == ["x = 1 + 1", "x", "1 // 0", ":save there.dl"]
    assert made["entries"][1]["outputs"][0]["value"] == 2
    assert [each["message"] for each in made["errors"]][1:] == ["interrupted"]


@pytest.mark.parametrize("encoding", ["ascii", "utf-8"])
def test_an_output_without_unicode_gets_plain_dots(encoding: str) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "dlang", "repl"],
        input=b"zeros(100)\n",
        capture_output=True,
        env={**os.environ, "PYTHONIOENCODING": encoding},
        check=True,
    )
    assert ("…" if encoding == "utf-8" else "...") in done.stdout.decode(encoding)


def test_a_closed_standard_input_is_told(root: Path) -> None:
    done = subprocess.run(
        ["/bin/sh", "-c", f"{sys.executable} -m dlang repl <&-"], capture_output=True, text=True, cwd=root, check=False
    )
    assert (done.returncode, "error[E0706]" in done.stderr) == (2, True)
