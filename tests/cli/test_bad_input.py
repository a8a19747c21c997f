"""No input ends in a traceback: programs with tokens deleted, doubled, swapped and replaced, through `check` and `run`.

Every mutant must end with a documented exit code, and in time. A fault of ours would be code 70.
"""

from __future__ import annotations

import itertools
import random
import re
import shutil
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from dlang.cli.app import main

ROOT = Path(__file__).parent.parent.parent
EXAMPLES = sorted(path.relative_to(ROOT) for path in (ROOT / "examples").rglob("*.dl"))
CONSTRUCTS = sorted(path.relative_to(ROOT) for path in (ROOT / "tests" / "golden" / "ir").glob("*.dl"))
MODULES = sorted(path.relative_to(ROOT) for path in (ROOT / "tests" / "golden" / "ir" / "lib").glob("*.dl"))

TOKEN = re.compile(r'"[^"\n]*"|\d+(?:\.\d+)?(?:e-?\d+)?|\w+|\.\.=?|\|>|->|[-+*/^@<>=!]=|//|\n|[^\s\w]')
MUTANTS = 40
SECONDS = 5.0
"""Of one run; a mutant of these programs takes some milliseconds."""

DONE, PROGRAM, NUMERIC, DATA = 0, 1, 3, 5


class TooLate(BaseException):
    """Not an Exception, so that nothing on the way takes it for a fault of the program."""


@contextmanager
def limited(seconds: float) -> Iterator[None]:
    """Raise TooLate in the block once the time is over."""

    def late(*_: object) -> None:
        raise TooLate

    before = signal.signal(signal.SIGALRM, late)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


def tokens(text: str) -> list[str]:
    """The tokens of a program without its comments, newlines included."""
    return TOKEN.findall(re.sub(r"#[^\n]*", "", text))


def mutant(program: list[str], rng: random.Random) -> str:
    """The program with one or two tokens deleted, doubled, swapped, or replaced by another of its tokens."""
    changed = list(program)
    for _ in range(rng.choice((1, 1, 2))):
        k, other = rng.randrange(len(changed)), rng.randrange(len(changed))
        match rng.choice(("delete", "double", "swap", "replace")):
            case "delete":
                del changed[k]
            case "double":
                changed.insert(k, changed[k])
            case "swap":
                changed[k], changed[other] = changed[other], changed[k]
            case _:
                changed[k] = changed[other]
    return " ".join(changed)


def run(verb: str, path: Path, capsys: pytest.CaptureFixture[str]) -> tuple[int | None, str]:
    """Exit code and output of a verb; None for a run that did not end in time."""
    try:
        with limited(SECONDS):
            code: int | None = main([verb, str(path)])
    except TooLate:
        code = None
    shown = capsys.readouterr()
    return code, shown.out + shown.err


def check_mutants(
    source: Path, verbs: tuple[str, ...], folder: Path, capsys: pytest.CaptureFixture[str], importing: str | None = None
) -> None:
    """Run mutants of a program, or of a file in `lib` that the program beside it, `importing`, imports."""
    program = tokens((ROOT / source).read_text(encoding="utf-8"))
    home = (ROOT / source).parent if importing is None else (ROOT / source).parent.parent
    for pattern in ("*.csv", "*.json", "*.npz", importing or source.name):
        for each in home.glob(pattern):
            shutil.copy(each, folder)
    if (home / "lib").is_dir():
        shutil.copytree(home / "lib", folder / "lib")
    path = folder / (importing or source.name)
    changed = folder / (source.name if importing is None else f"lib/{source.name}")
    for number in range(MUTANTS):
        text = mutant(program, random.Random(f"{source} {number}"))
        changed.write_text(text, encoding="utf-8")
        for verb in verbs:
            code, shown = run(verb, path, capsys)
            story = f"mutant {number} of {source}, `{verb}`:\n{text}\n{shown}"
            assert code in (DONE, PROGRAM, NUMERIC, DATA), story
            assert "Traceback" not in shown, story
            assert code == DONE or "error[" in shown or "warning[" in shown, story


@pytest.mark.parametrize("source", EXAMPLES, ids=lambda path: path.stem)
def test_mutants_of_the_examples(source: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Where there is a `while`, or a module that may have one, a mutant may well run for ever: then it is checked only."""
    text = (ROOT / source).read_text(encoding="utf-8")
    may_run_on = "while " in text or "import " in text
    check_mutants(source, ("check",) if may_run_on else ("check", "run"), tmp_path, capsys)


@pytest.mark.parametrize("source", CONSTRUCTS, ids=lambda path: path.stem)
def test_mutants_of_every_construct(source: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """They may well run for ever, but checking them may not."""
    check_mutants(source, ("check",), tmp_path, capsys)


@pytest.mark.parametrize("source", MODULES, ids=lambda path: path.stem)
def test_mutants_of_modules(source: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    check_mutants(source, ("check", "run"), tmp_path, capsys, "modules.dl")


def test_the_tokens_of_a_program_are_all_there() -> None:
    assert tokens('x = a[0..=2] * 1e-3 # note\ny ~ f(x, "a b")') == [
        *("x", "=", "a", "[", "0", "..=", "2", "]", "*", "1e-3", "\n"),
        *("y", "~", "f", "(", "x", ",", '"a b"', ")"),
    ]


def test_a_run_that_does_not_end_is_noticed() -> None:
    with pytest.raises(TooLate), limited(0.05):
        all(True for _ in itertools.count())
