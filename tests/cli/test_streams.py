"""Outputs that are closed or full, in a process of their own: an exit code of the table, and never a traceback."""

from __future__ import annotations

import json
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

FIT = "fit examples/decay.dl"
needs_full_device = pytest.mark.skipif(not Path("/dev/full").exists(), reason="no /dev/full here")


def shell(command: str, root: Path) -> subprocess.CompletedProcess[str]:
    """`difftool COMMAND`, with the shell's redirections."""
    line = f"{shlex.quote(sys.executable)} -m dlang {command}"
    return subprocess.run(["/bin/sh", "-c", line], capture_output=True, check=False, text=True, cwd=root, timeout=60)


@pytest.mark.parametrize("command", [FIT, f"{FIT} --json", "run examples/decay.dl", "--version", "explain E0201"])
@pytest.mark.parametrize("closed", [">&-", "2>&-", ">&- 2>&-", "<&- >&- 2>&-"])
def test_a_closed_output_ends_quietly(command: str, closed: str, root: Path) -> None:
    done = shell(f"{command} {closed}", root)
    assert (done.returncode, done.stderr) == (0, "")
    assert bool(done.stdout) == (">&-" not in closed.replace("2>&-", ""))


@pytest.mark.parametrize("closed", [">&-", "2>&-", ">&- 2>&-"])
@pytest.mark.parametrize("command", ["run nothing.dl", "run nothing.dl --json", "fti"])
def test_a_failure_keeps_its_code_where_it_cannot_be_told(command: str, closed: str, root: Path) -> None:
    done = shell(f"{command} {closed}", root)
    assert done.returncode == 2
    assert "Traceback" not in done.stderr
    assert ("error[E070" in done.stderr) == ("2>&-" not in closed and "--json" not in command)


def test_a_file_is_written_where_the_output_is_closed(root: Path, tmp_path: Path) -> None:
    saved = tmp_path / "fit.json"
    assert shell(f"{FIT} --save {shlex.quote(str(saved))} >&- 2>&-", root).returncode == 0
    assert json.loads(saved.read_text())["verdict"] == "converged"


def test_a_closed_standard_input_is_no_program(root: Path) -> None:
    done = shell("run - <&-", root)
    assert done.returncode == 2
    assert "error[E0706]: cannot read `<stdin>`" in done.stderr


@needs_full_device
@pytest.mark.parametrize("option", ["", "--json"])
def test_a_full_disk_is_told_on_standard_error(option: str, root: Path) -> None:
    done = shell(f"run examples/decay.dl {option} >/dev/full", root)
    assert done.returncode == 2
    assert done.stderr.startswith("error[E0712]: ")
    assert done.stderr.count("\n") == 1


@needs_full_device
def test_a_failure_that_fits_nowhere_keeps_its_code(root: Path) -> None:
    done = shell("run nothing.dl >/dev/full 2>/dev/full", root)
    assert (done.returncode, done.stderr) == (2, "")
