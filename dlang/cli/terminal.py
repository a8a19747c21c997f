"""What the terminal can do: its width, and whether to colour."""

from __future__ import annotations

import os
import sys
from typing import TextIO

__all__ = ["colours", "takes_escapes", "takes_text", "width", "write_error"]


def takes_escapes(stream: TextIO) -> bool:
    """Whether the stream is a terminal that understands escape sequences; one whose TERM is `dumb` does not."""
    return stream.isatty() and os.environ.get("TERM") != "dumb"


def takes_text(stream: TextIO, text: str) -> bool:
    """Whether the stream shows every character of a text: its encoding, the locale and the terminal have them.

    In the locale C, Python writes UTF-8 all the same, and a terminal there shows it as rubbish; PYTHONIOENCODING is an
    explicit word.
    """
    locale = os.environ.get("LC_ALL") or os.environ.get("LC_CTYPE") or os.environ.get("LANG") or ""
    if os.environ.get("LANG") in ("C", "POSIX") and locale == "C.UTF-8":
        locale = "C"  # Python itself has set LC_CTYPE
    if os.environ.get("TERM") == "dumb" or (locale in ("C", "POSIX") and not os.environ.get("PYTHONIOENCODING")):
        return text.isascii()
    try:
        text.encode(stream.encoding or "ascii")
    except (LookupError, UnicodeError):
        return False
    return True


def colours(stream: TextIO, choice: str = "auto") -> bool:
    """Whether to colour what goes to `stream`, for `--color auto|always|never`.

    `auto` colours a terminal, unless NO_COLOR is set (to anything but the empty text; no-color.org) or TERM is `dumb`.
    """
    if choice != "auto":
        return choice == "always"
    return takes_escapes(stream) and not os.environ.get("NO_COLOR")


def width(stream: TextIO | None = None) -> int | None:
    """Cells of a line: COLUMNS, or the terminal's own; None where the output is no terminal.

    `shutil.get_terminal_size` would say the same, but importing it takes longer than showing a help text.
    """
    columns = os.environ.get("COLUMNS", "")
    if columns.isascii() and columns.isdigit() and int(columns) > 0:
        return int(columns)
    try:
        return os.get_terminal_size((stream or sys.stdout).fileno()).columns or None
    except (OSError, ValueError):
        return None


def write_error(text: str) -> None:
    """Write lines to standard error, behind what already went to standard output."""
    sys.stdout.flush()
    sys.stderr.write(text if text.endswith("\n") else text + "\n")
    sys.stderr.flush()
