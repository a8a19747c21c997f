"""What a session answers from a pipe: each file's lines and, as a terminal would show them, both outputs in order."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

FOLDER = Path(__file__).parent / "repl"


@pytest.mark.parametrize("path", sorted(FOLDER.glob("*.dl")), ids=lambda path: path.stem)
def test_transcript(path: Path, golden: Callable[[Path, str], None]) -> None:
    env = {k: v for k, v in os.environ.items() if k not in ("COLUMNS", "NO_COLOR")} | {"PYTHONUTF8": "1"}
    done = subprocess.run(
        [sys.executable, "-m", "dlang", "repl"],
        input=path.read_text(encoding="utf-8"),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        encoding="utf-8",
        env=env,
        cwd=FOLDER,
        timeout=120,
        check=False,
    )
    text = re.sub(r"\d+\.\d+ s$", "… s", done.stdout, flags=re.MULTILINE)
    golden(path.with_suffix(".expected"), f"{text}exit {done.returncode}\n")
