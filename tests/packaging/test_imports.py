"""Start-up is a feature: what a command imports is pinned, in a process of its own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent.parent

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
    "pygments",
    "prompt_toolkit",
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


WITH_NUMPY = """
import sys
import numpy
print(*sys.modules)
"""

# What only costs where it is not needed. A run may not load SciPy, and Lark only to compile the grammar.
FORBIDDEN = {
    "scipy",
    "lark",
    "dataclasses",
    "inspect",
    "typing_extensions",
    "numpy.typing",
    "shutil",
    "tempfile",
    "difflib",
    "logging",
    "pygments",
    "prompt_toolkit",
}

MODULES_OF_OURS = {"check": 213, "run": 197, "grad": 197, "fit": 229}
"""How many of our own modules a verb may load: each costs a part of a millisecond. Lints are fourteen of `check`."""

PICTURES = ("dlang.plots", "dlang.fit.pictures")
MODULES_OF_A_PICTURE = 6
"""What a fit loads beyond that to draw: `fit.pictures` and, of `plots`, itself, `figure`, `axes`, `canvas`, `terminal`."""


@pytest.fixture(scope="module")
def warm(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """An environment whose cache holds the grammar's tables."""
    environment = {**os.environ, "XDG_CACHE_HOME": str(tmp_path_factory.mktemp("cache"))}
    code, modules = imported("check", "examples/decay.dl", env=environment)
    assert code == 0
    assert "lark" in modules
    return environment


@pytest.fixture(scope="module")
def numpy_modules() -> set[str]:
    """What NumPy loads by itself."""
    done = subprocess.run([sys.executable, "-c", WITH_NUMPY], capture_output=True, text=True, check=True)
    return set(done.stdout.split())


def imported(*argv: str, env: dict[str, str] | None = None, text: str = "") -> tuple[int, set[str]]:
    """The exit code of a command in the checkout, whose input is a text, and the modules that it imported."""
    command = [sys.executable, "-c", PROBE, *argv]
    done = subprocess.run(command, capture_output=True, text=True, check=True, cwd=ROOT, env=env, input=text)
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


@pytest.mark.parametrize(
    "verb", ["run", "grad", "fit", "check", "graph", "trace", "ir", "repl", "fmt", "explain", "completion"]
)
def test_help_of_a_verb_imports_no_numerics(verb: str) -> None:
    code, modules = imported(verb, "--help")
    assert code == 0
    assert modules & {"numpy", "scipy", "lark", "logging", "prompt_toolkit"} == set()
    above = ("dlang.driver", "dlang.fit", "dlang.syntax", "dlang.repl")
    assert {name for name in modules if name.startswith(above)} == set()


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


@pytest.mark.parametrize("example", ["decay", "challenger"])
@pytest.mark.parametrize("verb", MODULES_OF_OURS)
def test_a_verb_imports_what_it_needs(verb: str, example: str, warm: dict[str, str], numpy_modules: set[str]) -> None:
    code, modules = imported(verb, f"examples/{example}.dl", "--quiet", env=warm)
    assert code == 0
    assert (modules - numpy_modules) & FORBIDDEN == set()
    ours = {name for name in modules if name.partition(".")[0] == "dlang"}
    assert len(ours) <= MODULES_OF_OURS[verb]
    assert {name for name in ours if name.startswith(PICTURES)} == set()
    if verb != "fit":
        assert {name for name in ours if name.startswith(("dlang.fit", "dlang.optimize"))} == set()


@pytest.mark.parametrize("options", [(), ("--json",)], ids=["a picture", "--json"])
def test_a_fit_loads_what_draws_only_to_draw(
    options: tuple[str, ...], warm: dict[str, str], numpy_modules: set[str]
) -> None:
    code, modules = imported("fit", "examples/decay.dl", *options, env=warm)
    assert code == 0
    assert (modules - numpy_modules) & FORBIDDEN == set()
    drawing = {name for name in modules if name.startswith(PICTURES)}
    assert len(drawing) == (0 if options else MODULES_OF_A_PICTURE)


def test_a_session_from_a_pipe_imports_no_terminal(warm: dict[str, str], numpy_modules: set[str]) -> None:
    code, modules = imported("repl", "examples/decay.dl", env=warm, text="k\nfn f(x) = x^2\nf(3)\n:type f(2)\n")
    assert code == 0
    assert (modules - numpy_modules) & (FORBIDDEN | {"asyncio"}) == set()
    ours = {name for name in modules if name.partition(".")[0] == "dlang"}
    assert len(ours) <= 220
    assert {name for name in ours if name.startswith(("dlang.fit", "dlang.optimize"))} == set()


def test_fmt_imports_the_front_end_only(warm: dict[str, str]) -> None:
    code, modules = imported("fmt", "--check", "examples/decay.dl", env=warm)
    assert code == 0
    assert modules & (FORBIDDEN | {"numpy"}) == set()
    above = ("dlang.driver", "dlang.elaborate", "dlang.ir", "dlang.fit", "dlang.primitives")
    assert {name for name in modules if name.startswith(above)} == set()
