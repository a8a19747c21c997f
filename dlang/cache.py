"""What is kept between runs, in a folder of the user's own: tables of the grammar, compiled objects.

A cache is never trusted further than its folder: one that others own or may write to is left alone,
a file that does not read back whole is made anew, and where nothing can be written all still works.
"""

from __future__ import annotations

import os
import zlib
from typing import Any

__all__ = ["entries", "folder", "load", "read", "remove", "store", "write"]

_OTHERS_MAY_WRITE = 0o022


def folder(part: str = "") -> str | None:
    """The cache folder, or a part of it, made if it is missing; None if there is none to be trusted."""
    base = os.environ.get("XDG_CACHE_HOME", "")
    if not os.path.isabs(base):  # noqa: PTH117 (pathlib costs start-up)
        base = os.path.expanduser("~/.cache")  # noqa: PTH111
    path = f"{base}/difftool"
    for each in (path, f"{path}/{part}") if part else (path,):
        try:
            os.makedirs(each, mode=0o700, exist_ok=True)  # noqa: PTH103
            status = os.stat(each)  # noqa: PTH116
        except OSError:
            return None
        if os.name == "posix" and (status.st_uid != os.getuid() or status.st_mode & _OTHERS_MAY_WRITE):
            return None
        path = each
    return path


def read(name: str, part: str = "") -> bytes | None:
    """What was written under a name; None if nothing was, or it is damaged."""
    path = folder(part)
    if path is None:
        return None
    try:
        with open(f"{path}/{name}", "rb") as file:  # noqa: PTH123
            seal, _, body = file.read().partition(b"\n")
    except OSError:
        return None
    return body if seal == _seal(body) else None


def write(name: str, body: bytes, part: str = "") -> None:
    """Keep bytes under a name, whole or not at all."""
    path = folder(part)
    if path is None:
        return
    draft = f"{path}/{name}.{os.getpid()}.draft"
    try:
        descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        try:
            with open(descriptor, "wb") as file:  # noqa: PTH123
                file.write(_seal(body) + b"\n" + body)
            os.replace(draft, f"{path}/{name}")  # noqa: PTH105
        except OSError:
            os.unlink(draft)  # noqa: PTH108
    except OSError:
        return


def load(name: str) -> Any | None:
    """The JSON value that was stored under a name; None if none was, or it is damaged."""
    body = read(f"{name}.json")
    if body is None:
        return None
    import json

    try:
        return json.loads(body)
    except ValueError:
        return None


def store(name: str, value: Any) -> None:
    """Keep a JSON value under a name, whole or not at all."""
    import json

    write(f"{name}.json", json.dumps(value, separators=(",", ":")).encode())


def entries(part: str) -> list[tuple[str, int]]:
    """Paths and sizes in bytes of what is kept in a part, the oldest first."""
    path = folder(part)
    if path is None:
        return []
    found = []
    try:
        with os.scandir(path) as files:
            for file in files:
                status = file.stat()
                found.append((status.st_mtime, file.path, status.st_size))
    except OSError:
        return []
    return [(path, size) for _, path, size in sorted(found)]


def remove(paths: list[str]) -> int:
    """Delete files; how many could be."""
    done = 0
    for path in paths:
        try:
            os.unlink(path)  # noqa: PTH108
        except OSError:
            continue
        done += 1
    return done


def _seal(body: bytes) -> bytes:
    """What shows that a file was written to its end."""
    return f"{len(body)} {zlib.crc32(body):08x}".encode()
