"""Terminal styles: the few escape sequences we use, and text made safe to print."""

from __future__ import annotations

__all__ = ["style", "visible"]

_CODES = {
    "bold": "1",
    "dim": "2",
    "red": "31",
    "green": "32",
    "yellow": "33",
    "blue": "34",
    "cyan": "36",
}


def style(text: str, *names: str, on: bool = True) -> str:
    """`text` between the escape sequences of `names` (`bold`, `red`, …), or as it is where `on` is false."""
    if not on or not text:
        return text
    return f"\x1b[{';'.join(_CODES[name] for name in names)}m{text}\x1b[0m"


def visible(text: str) -> str:
    """`text` with every control character but the line end replaced by U+FFFD.

    Names, cells and messages come from the user's files: an escape sequence or a right-to-left
    override in them must not reach the terminal.
    """
    if text.isprintable():
        return text
    return "".join(c if c.isprintable() or c in "\n " else "\ufffd" for c in text.replace("\t", " "))
