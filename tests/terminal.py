"""A command on a pseudo-terminal, driven as a person would: keys in, and waiting for what the screen shows."""

from __future__ import annotations

import os
import re
import select
import signal
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from time import monotonic

PATIENCE = 60.0
"""Seconds until a test gives up; nothing waits so long unless it is broken."""

ESCAPES = re.compile(r"\x1b(?:\[[0-9;?>=]*[ -/]*[@-~]|\][^\x07]*\x07|[()][A-Z0-9]|[=>78])")


class Terminal:
    """A process whose input and outputs are a terminal of 24 lines.

    `text` is all that it has written, without escape sequences; `raw` has them.
    """

    def __init__(self, *argv: str, cwd: Path, env: Mapping[str, str] | None = None, columns: int = 80) -> None:
        import fcntl
        import pty
        import struct
        import termios

        self._own, theirs = pty.openpty()
        fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
        known = {k: v for k, v in os.environ.items() if k not in ("NO_COLOR", "COLUMNS", "LINES")}
        known |= {"TERM": "xterm-256color", "PROMPT_TOOLKIT_NO_CPR": "1", **(env or {})}
        self.process = subprocess.Popen(
            [sys.executable, "-m", "dlang", *argv],
            stdin=theirs,
            stdout=theirs,
            stderr=theirs,
            cwd=cwd,
            env=known,
            start_new_session=True,
            preexec_fn=lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0),
        )
        os.close(theirs)
        self.raw = ""
        self._seen = 0

    def __enter__(self) -> Terminal:
        return self

    def __exit__(self, *_: object) -> None:
        if self.process.poll() is None:
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()
        os.close(self._own)

    @property
    def text(self) -> str:
        return ESCAPES.sub("", self.raw).replace("\r", "")

    def send(self, keys: str) -> None:
        """Press keys."""
        os.write(self._own, keys.encode())

    def wait(self, wanted: str) -> str:
        """Wait until a text appears behind what was waited for last; what came up to it."""
        deadline = monotonic() + PATIENCE
        while True:
            at = self.text.find(wanted, self._seen)
            if at >= 0:
                before, self._seen = self.text[self._seen : at], at + len(wanted)
                return before
            if not self._read(deadline):
                raise AssertionError(f"{wanted!r} did not appear in {self.text[self._seen :]!r}")

    def end(self) -> int:
        """Wait until the process ends; its exit code."""
        deadline = monotonic() + PATIENCE
        while self._read(deadline):
            pass
        return self.process.wait(timeout=PATIENCE)

    def _read(self, deadline: float) -> bool:
        """Take what was written; whether there may be more."""
        ready, _, _ = select.select([self._own], [], [], max(deadline - monotonic(), 0))
        if not ready:
            return False
        try:
            found = os.read(self._own, 65536)
        except OSError:  # the other end is closed
            return False
        self.raw += found.decode("utf-8", errors="replace")
        return bool(found)
