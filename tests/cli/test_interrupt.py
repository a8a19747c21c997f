"""Ctrl-C during a fit: what was reached is printed and saved, and the exit code says that it was interrupted."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from pathlib import Path
from time import monotonic, sleep

LONG = ("--method", "adam", "--lr", "1e-7", "--steps", "100000000")
"""Steps so small that a minute is not enough."""


def interrupted(root: Path, log: Path, *options: str) -> tuple[int, str, str]:
    """A long fit that gets SIGINT once its log tells of steps: exit code, standard output and standard error."""
    command = [sys.executable, "-m", "dlang", "fit", "examples/decay.dl", *LONG, "--log", str(log), *options]
    process = subprocess.Popen(command, cwd=root, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    try:
        deadline = monotonic() + 60
        while not (log.exists() and log.stat().st_size):
            assert process.poll() is None, process.communicate()
            assert monotonic() < deadline, "no step in a minute"
            sleep(0.02)
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=60)
    finally:
        process.kill()
    return process.returncode, out, err


def test_what_was_reached_is_printed_and_saved(root: Path, tmp_path: Path) -> None:
    code, out, err = interrupted(root, tmp_path / "log.jsonl", "--save", str(tmp_path / "fit.json"))
    assert code == 130
    assert "not converged: " in out
    assert "Traceback" not in err
    saved = json.loads((tmp_path / "fit.json").read_text())
    assert saved["verdict"] == "not converged"
    assert saved["iterations"] > 0
    assert saved["parameters"]["a"]["value"] != 1.0


def test_with_json_it_is_one_object(root: Path, tmp_path: Path) -> None:
    code, out, _ = interrupted(root, tmp_path / "log.jsonl", "--json")
    assert code == 130
    found = json.loads(out)
    assert found["schema"] == "difftool.fit/1"
    assert found["verdict"] == "not converged"
    assert found["parameters"]["k"]["std_error"] is None
