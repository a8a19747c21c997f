"""Pictures of a fit on the command line, in processes of their own: where they stand, and where there are none."""

from __future__ import annotations

import fcntl
import json
import os
import pty
import re
import struct
import subprocess
import sys
import termios
from pathlib import Path
from xml.etree import ElementTree

import pytest

from dlang.cli.app import main
from dlang.diagnostics.cells import width_of

FIT = ("fit", "examples/decay.dl")


def run(root: Path, *argv: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "dlang", *argv],
        capture_output=True,
        encoding="utf-8",
        cwd=root,
        check=False,
        env={**os.environ, **environment},
    )


def test_the_picture_stands_between_the_estimates_and_the_verdict(root: Path) -> None:
    done = run(root, *FIT)
    assert (done.returncode, done.stderr) == (0, "")
    *before, picture, verdict = done.stdout.rstrip("\n").split("\n\n")
    assert picture.startswith("y against t   • data  ⠤⠤ signal(t)\n")
    assert len(picture.split("\n")) <= 17
    assert verdict.startswith("converged: ")
    assert "half_life" in before[2]


@pytest.mark.parametrize("option", ["--quiet", "--json"])
def test_there_is_none_for_who_wants_none(option: str, root: Path) -> None:
    done = run(root, *FIT, option)
    assert "against" not in done.stdout
    assert done.stdout.isascii()


@pytest.mark.parametrize(
    ("columns", "shown"), [("20", 0), ("29", 0), ("30", 30), ("40", 40), ("120", 120), ("300", 120)]
)
def test_the_picture_is_as_wide_as_the_terminal(columns: str, shown: int, root: Path) -> None:
    lines = run(root, *FIT, COLUMNS=columns).stdout.split("\n")
    axes = [line for line in lines if "└" in line]
    assert [width_of(line) for line in axes] == [shown] * bool(shown)


@pytest.mark.parametrize(
    "environment",
    [{"PYTHONIOENCODING": "ascii"}, {"TERM": "dumb"}, {"LC_ALL": "C"}, {"LANG": "C"}],
    ids=["PYTHONIOENCODING=ascii", "TERM=dumb", "LC_ALL=C", "LANG=C"],
)
def test_without_braille_it_is_ascii(environment: dict[str, str], root: Path) -> None:
    done = run(root, *FIT, **environment)
    assert done.returncode == 0
    assert done.stdout.isascii()
    assert "y against t   o data  -- signal(t)\n" in done.stdout
    assert "\\" not in done.stdout


def test_colours_follow_the_option(root: Path) -> None:
    assert "\x1b[36m⠤⠤\x1b[0m signal(t)" in run(root, *FIT, "--color", "always").stdout
    assert "\x1b" not in run(root, *FIT, "--color", "never").stdout


def test_a_terminal_has_a_picture_of_its_width_in_colour(root: Path) -> None:
    """A pseudo-terminal of 64 columns, which also shows the line of progress."""
    master, slave = pty.openpty()
    fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", 40, 64, 0, 0))
    environment = {name: value for name, value in os.environ.items() if name not in ("COLUMNS", "NO_COLOR")}
    command = [sys.executable, "-m", "dlang", *FIT]
    with subprocess.Popen(command, stdin=slave, stdout=slave, stderr=slave, cwd=root, env=environment) as process:
        os.close(slave)
        seen = b""
        try:
            while piece := os.read(master, 65536):
                seen += piece
        except OSError:
            pass  # the other side is closed
        assert process.wait() == 0
    os.close(master)
    lines = seen.decode().replace("\r\n", "\n").split("\n")
    assert any("\x1b[36m⠤⠤\x1b[0m signal(t)" in line for line in lines)
    plain = [re.sub(r"\x1b\[[\d;]*[mK]", "", line) for line in lines]
    assert [width_of(line) for line in plain if "└" in line] == [64]
    assert any(line.startswith("converged: ") for line in plain[-4:])


def test_all_pictures_go_into_one_file(root: Path, tmp_path: Path) -> None:
    file = tmp_path / "fit.svg"
    done = run(root, *FIT, "--plot", str(file), "--json")
    assert json.loads(done.stdout)["verdict"] == "converged"
    titles = [text.text for text in ElementTree.parse(file).iter() if text.get("class") == "title ink"]
    assert titles == ["y against t", "residuals", "objective by iteration"]
    assert list(tmp_path.iterdir()) == [file]


@pytest.mark.parametrize("name", ["fit.png", "fit.pdf", "fit", "none/fit.svg", "folder.svg"])
def test_a_file_that_cannot_be_drawn_to_is_refused_before_the_fit(
    name: str, root: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "folder.svg").mkdir()
    assert main(["fit", "no-such-program.dl", "--plot", str(tmp_path / name)]) == 2
    err = capsys.readouterr().err
    assert f"error[E0703]: `--plot` cannot be `{tmp_path / name}`" in err
    assert "expected a file whose name ends in `.svg`, in a folder that exists" in err


def test_the_end_of_a_name_may_be_in_capitals(root: Path, tmp_path: Path) -> None:
    assert run(root, *FIT, "--plot", str(tmp_path / "FIT.SVG")).returncode == 0
    assert (tmp_path / "FIT.SVG").exists()


def test_what_has_nothing_to_draw_ends_with_its_report(tmp_path: Path) -> None:
    (tmp_path / "p.dl").write_text("param x = 3.0\nminimize (x - 1)^2\n")
    done = run(tmp_path, "fit", "p.dl", "--plot", "p.svg")
    assert done.returncode == 0
    assert "against" not in done.stdout
    assert "objective by iteration" in (tmp_path / "p.svg").read_text(encoding="utf-8")
