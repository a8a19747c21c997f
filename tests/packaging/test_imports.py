"""Start-up is a feature: what a command imports is pinned, in a process of its own."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

HEAVY = {
    "numpy",
    "scipy",
    "lark",
    "dataclasses",
    "inspect",
    "typing_extensions",
    "json",
    "shutil",
    "difflib",
    "logging",
}

PROBE = """
import sys
before = set(sys.modules)
from dlang.cli.app import main
code = main(sys.argv[1:])
sys.stdout.flush()
import json
sys.stderr.write(json.dumps([code, sorted(set(sys.modules) - before)]))
"""


def imported(*argv: str) -> tuple[int, set[str]]:
    """The exit code of a command, and the modules that it imported."""
    done = subprocess.run([sys.executable, "-c", PROBE, *argv], capture_output=True, text=True, check=True)
    code, modules = json.loads(done.stderr)
    return code, set(modules) - {"json", "json.decoder", "json.encoder", "json.scanner"}


@pytest.mark.parametrize("argv", [(), ("--help",), ("--version",)], ids=["alone", "--help", "--version"])
def test_the_top_level_imports_five_modules_of_ours(argv: tuple[str, ...]) -> None:
    code, modules = imported(*argv)
    assert code == 0
    assert modules & HEAVY == set()
    assert "argparse" not in modules
    ours = {name for name in modules if name.partition(".")[0] == "dlang"}
    assert ours <= {"dlang", "dlang.cli", "dlang.cli.app", "dlang.cli.errors", "dlang.cli.exits", "dlang.version"}


@pytest.mark.parametrize("verb", ["run", "grad", "fit", "check", "ir", "explain"])
def test_help_of_a_verb_imports_no_numerics(verb: str) -> None:
    code, modules = imported(verb, "--help")
    assert code == 0
    assert modules & {"numpy", "scipy", "lark", "logging"} == set()
    assert {name for name in modules if name.startswith(("dlang.driver", "dlang.fit", "dlang.syntax"))} == set()


def test_a_mistyped_command_is_answered_without_numerics() -> None:
    done = subprocess.run(
        [sys.executable, "-X", "importtime", "-m", "dlang", "run", "no-such-file.dl"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 2
    assert "error[E0705]" in done.stderr
    assert " numpy\n" not in done.stderr
