"""The bytes of a data file, and its text; a fault names the file as the program does."""

from __future__ import annotations

from pathlib import Path
from stat import S_ISBLK, S_ISCHR

from dlang.diagnostics import data as faults
from dlang.diagnostics.core import DlangError
from dlang.source import Span

__all__ = ["MAGIC", "decoded", "read_bytes", "read_text"]

MAGIC = b"\x93NUMPY"
"""How an `.npy` file begins."""

_SHEETS = frozenset({".xls", ".xlsx", ".ods"})


def read_bytes(path: Path, shown_as: str, at: Span | None) -> bytes:
    """The whole file.

    Raises:
        DlangError: E0501, E0502.
    """
    try:
        mode = path.stat().st_mode
        if S_ISBLK(mode) or (S_ISCHR(mode) and not _is_terminal(path)):
            # Some have no end.
            raise DlangError(faults.unreadable_file(shown_as, at, "it is a device"))
        return path.read_bytes()
    except FileNotFoundError:
        raise DlangError(faults.missing_file(shown_as, at, _near_file(path, shown_as))) from None
    except IsADirectoryError:
        raise DlangError(faults.unreadable_file(shown_as, at, "it is a folder")) from None
    except MemoryError:
        raise DlangError(faults.unreadable_file(shown_as, at, "it is larger than the memory")) from None
    except (OSError, ValueError) as error:
        reason = (error.strerror if isinstance(error, OSError) else None) or str(error)
        raise DlangError(faults.unreadable_file(shown_as, at, reason[:1].lower() + reason[1:])) from None


def _is_terminal(path: Path) -> bool:
    with path.open("rb", buffering=0) as file:
        return file.isatty()


def read_text(path: Path, shown_as: str, at: Span | None) -> str:
    r"""The file as text, without its byte order mark, every line end as `\n`.

    Raises:
        DlangError: E0501, E0502, E0503.
    """
    return decoded(read_bytes(path, shown_as, at), path, shown_as, at)


def decoded(raw: bytes, path: Path, shown_as: str, at: Span | None) -> str:
    r"""The bytes of a file as text, without a byte order mark, every line end as `\n`.

    Raises:
        DlangError: E0503.
    """
    if raw.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise DlangError(faults.not_text(shown_as, at, "it is UTF-16", "save it as UTF-8"))
    nul = raw.find(b"\0")
    if nul >= 0:
        mend = "a data file is a text table (`.csv`, `.tsv`, `.txt`), an `.npy`, an `.npz` or a `.json`"
        if path.suffix.lower() in _SHEETS:
            mend = "export the sheet as CSV"
        raise DlangError(faults.not_text(shown_as, at, f"line {_line(raw, nul)} holds a zero byte", mend))
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        # With a byte order mark the decoder counts from behind it.
        place = error.start + (3 if raw.startswith(b"\xef\xbb\xbf") else 0)
        byte = f"line {_line(raw, place)} holds the byte 0x{raw[place]:02x}"
        raise DlangError(faults.not_text(shown_as, at, byte, "save it as UTF-8")) from None
    return text.replace("\r\n", "\n").replace("\r", "\n") if "\r" in text else text


def _line(raw: bytes, place: int) -> int:
    r"""The line of a byte, from 1, where `\n`, `\r\n` and `\r` end lines."""
    return raw[:place].replace(b"\r\n", b"\n").replace(b"\r", b"\n").count(b"\n") + 1


def _near_file(path: Path, shown_as: str) -> str | None:
    """A file beside the missing one with a name like it, as the program would write it."""
    from difflib import get_close_matches

    try:
        names = [entry.name for entry in path.parent.iterdir() if entry.is_file()]
    except (OSError, ValueError):
        return None
    same = [name for name in names if name.casefold() == path.name.casefold()]
    # Like stems count: like suffixes are no reason to suggest a file.
    stems = {Path(name).stem: name for name in sorted(names, key=lambda name: (Path(name).suffix == path.suffix, name))}
    near = same or [stems[stem] for stem in get_close_matches(path.stem, sorted(stems), n=1, cutoff=0.7)]
    if not near:
        return None
    return shown_as.removesuffix(path.name) + near[0] if shown_as.endswith(path.name) else near[0]
