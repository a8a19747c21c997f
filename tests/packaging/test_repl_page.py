"""The page of the session shows what a session answers."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

PAGE = Path(__file__).parents[2] / "docs" / "repl.md"
TRANSCRIPTS = re.findall(r"^```text\n(.*?)^```$", PAGE.read_text(encoding="utf-8"), re.DOTALL | re.MULTILINE)


@pytest.mark.parametrize("number", range(len(TRANSCRIPTS)))
def test_a_transcript_is_what_a_session_answers(number: int, tmp_path: Path) -> None:
    lines = TRANSCRIPTS[number].splitlines()
    typed = [line[4:] for line in lines if line.startswith(("dl> ", "  > "))]
    answers = [line for line in lines if not line.startswith(("dl> ", "  > "))]
    assert typed
    env = {k: v for k, v in os.environ.items() if k not in ("COLUMNS", "NO_COLOR")} | {"PYTHONUTF8": "1"}
    done = subprocess.run(
        [sys.executable, "-m", "dlang", "repl"],
        input="\n".join(typed) + "\n",
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        encoding="utf-8",
        env=env,
        cwd=tmp_path,
        timeout=120,
        check=False,
    )
    assert done.stdout.replace("<stdin>", "<repl>").splitlines() == answers
