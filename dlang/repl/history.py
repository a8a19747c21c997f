"""What was typed in earlier sessions: a file in the user's cache folder that nobody else can read.

Where it cannot be read or written, a session has its own lines and no others, and says nothing.
"""

from __future__ import annotations

import os
from collections.abc import Iterable

from prompt_toolkit.history import FileHistory

from dlang.cache import folder

__all__ = ["history"]


class _Quiet(FileHistory):
    """A history that does without its file."""

    def load_history_strings(self) -> Iterable[str]:
        try:
            return list(super().load_history_strings())
        except (OSError, ValueError):
            return []

    def store_string(self, string: str) -> None:
        try:
            super().store_string(string)
        except (OSError, ValueError):
            return


def history() -> FileHistory | None:
    """The history of all sessions; None where there is no folder for it."""
    place = folder()
    if place is None:
        return None
    path = f"{place}/history"
    try:
        os.close(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600))
    except OSError:
        return None
    return _Quiet(path)
