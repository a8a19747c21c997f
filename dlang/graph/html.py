"""The HTML form: one page to look around in, that needs nothing but itself.

Its script and style are the files in `page/`; what the script draws is in a block of JSON. All sheets are laid out
here, with their boxes closed; where a box is opened, the page stretches the sheet around it.
"""

from __future__ import annotations

from pathlib import Path

from dlang.diagnostics.ansi import visible
from dlang.graph.look import Look
from dlang.graph.model import Picture
from dlang.graph.palette import COLOURS, SHAPES

__all__ = ["render"]

_FOLDER = Path(__file__).parent / "page"

_SCRIPTS = ("layout.js", "reading.js", "pane.js", "panel.js", "page.js")
"""The parts of the script, in an order in which each uses those before it."""


def render(picture: Picture, look: Look) -> str:
    """The picture as an HTML document. It runs the script that is in it and no other, and fetches nothing."""
    from json import dumps
    from re import sub

    from dlang.graph.contents import contents

    style = "\n" + COLOURS + SHAPES + "\n" + _part("page.css")
    script = '\n"use strict";\n' + "\n".join(map(_part, _SCRIPTS))
    # no text of a program can end the block of data, nor begin a comment in it
    data = dumps(contents(picture), allow_nan=False, ensure_ascii=False, separators=(",", ":")).replace("<", "\\u003c")
    parts = {
        "title": _escaped(picture.title),
        "policy": f"default-src 'none'; img-src data:; style-src {_hash(style)}; script-src {_hash(script)};"
        " base-uri 'none'; form-action 'none'",
        "style": style,
        "data": data,
        "script": script,
    }
    return sub(r"\{\{(\w+)\}\}", lambda found: parts[found[1]], _part("page.html"))


def _part(name: str) -> str:
    return (_FOLDER / name).read_text(encoding="utf-8")


def _hash(text: str) -> str:
    """A text as a policy names it."""
    from base64 import b64encode
    from hashlib import sha256

    return f"'sha256-{b64encode(sha256(text.encode()).digest()).decode()}'"


def _escaped(text: str) -> str:
    from html import escape

    return escape(visible(text))
