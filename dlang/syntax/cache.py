"""Where compiled tables are kept between runs: JSON in a folder of the user's own.

A cache is never trusted further than its folder: one that others own or may write to is left alone,
a file that does not read back whole is made anew, and where nothing can be written all still works.
"""

from __future__ import annotations

import os
import zlib
from typing import Any

__all__ = ["folder", "load", "store"]

_OTHERS_MAY_WRITE = 0o022


def folder() -> str | None:
    """The cache folder, made if it is missing; None if there is none to be trusted."""
    base = os.environ.get("XDG_CACHE_HOME", "")
    if not os.path.isabs(base):  # noqa: PTH117 (pathlib costs start-up)
        base = os.path.expanduser("~/.cache")  # noqa: PTH111
    path = f"{base}/difftool"
    try:
        os.makedirs(path, mode=0o700, exist_ok=True)  # noqa: PTH103
        status = os.stat(path)  # noqa: PTH116
    except OSError:
        return None
    if os.name == "posix" and (status.st_uid != os.getuid() or status.st_mode & _OTHERS_MAY_WRITE):
        return None
    return path


def load(name: str) -> Any | None:
    """What was stored under a name; None if nothing was, or it is damaged."""
    path = folder()
    if path is None:
        return None
    try:
        with open(f"{path}/{name}.json", "rb") as file:  # noqa: PTH123
            seal, _, body = file.read().partition(b"\n")
    except OSError:
        return None
    if seal != _seal(body):
        return None
    import json

    try:
        return json.loads(body)
    except ValueError:
        return None


def store(name: str, value: Any) -> None:
    """Keep a JSON value under a name, whole or not at all."""
    path = folder()
    if path is None:
        return
    import json

    body = json.dumps(value, separators=(",", ":")).encode()
    draft = f"{path}/{name}.{os.getpid()}.draft"
    try:
        descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        try:
            with open(descriptor, "wb") as file:  # noqa: PTH123
                file.write(_seal(body) + b"\n" + body)
            os.replace(draft, f"{path}/{name}.json")  # noqa: PTH105
        except OSError:
            os.unlink(draft)  # noqa: PTH108
    except OSError:
        return


def _seal(body: bytes) -> bytes:
    """What shows that a file was written to its end."""
    return f"{len(body)} {zlib.crc32(body):08x}".encode()
