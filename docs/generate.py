"""Writes the pages of docs/ that are made from the code: `make docs`. A test fails when one is stale."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path

from dlang import driver
from dlang.diagnostics import pages
from dlang.driver.library import modules
from dlang.driver.library import reference as page
from dlang.driver.load import NAMES
from dlang.driver.reference import contents, section
from dlang.graph import svg
from dlang.graph.draw import draw
from dlang.graph.look import Look
from dlang.reference.table import GROUPS
from dlang.source import Source
from dlang.syntax.highlighting import ESCAPE, patterns


def reference() -> str:
    """The reference of functions, distributions and the standard library."""
    library = " ".join(f"[`{name}`](#{name})" for name in modules())
    parts = [
        "# Reference",
        "The functions and distributions that every program has, and the modules that come with the language.\n"
        "[language.md](language.md) is the language around them, and [tutorial.md](tutorial.md) a way into it.\n"
        "This page is written by `make docs`; every value on it is computed by a test.",
        "How to read it:",
        "\n".join(
            (
                "- An argument with a default may be left out, and is best given by name: `sum(x, axis=0)`.",
                "- `[n, d]` is the shape of an array, `[]` that of one number, `[…, n]` any axes before the last.",
                "- An Int is taken wherever a Real is. A range is taken wherever a vector of Ints is.",
                "- Where nothing is said of the derivative, it is the ordinary one; `f'` and `grad(f)` show it.",
                "- A value that is no Real is `nan`, one beyond all Reals `inf`, without an error;\n"
                "  a warning tells where it was born.",
            )
        ),
        "### Contents",
        f"{contents()}\n- [The standard library](#the-standard-library): {library}",
        *map(section, GROUPS),
        "# The standard library",
        "Modules that come with the language and are written in it, under `dlang/library/`. `import stats` at the top\n"
        "of a file makes its functions known, as `stats.quantile(x, 0.5)`; they are differentiated like your own.\n"
        "What stands here are the comments above the functions, which `difftool explain stats.quantile` shows, too.",
        *(page(name).rstrip("\n") for name in modules()),
    ]
    return "\n\n".join(parts) + "\n"


_SCOPES = {
    "comment": "comment.line.number-sign",
    "number": "constant.numeric",
    "field": "variable.other.member",
    "function": "entity.name.function",
    "declaration": "storage.type",
    "control": "keyword.control",
    "word operator": "keyword.operator.word",
    "constant": "constant.language",
    "type": "support.type",
    "builtin": "support.function",
    "name": "variable.other",
    "operator": "keyword.operator",
    "punctuation": "punctuation",
}
"""TextMate's name for each class of text."""


def textmate() -> str:
    """The grammar for editors that take TextMate's."""
    string = {
        "name": "string.quoted.double.dl",
        "begin": '"',
        "end": '"|$',
        "patterns": [{"name": "constant.character.escape.dl", "match": ESCAPE}, {"match": r"\\."}],
    }
    rest = [{"name": f"{_SCOPES[kind]}.dl", "match": pattern} for kind, pattern in patterns(NAMES)]
    grammar = {"name": "dl", "scopeName": "source.dl", "fileTypes": ["dl"], "patterns": [string, *rest]}
    return json.dumps(grammar, indent=2) + "\n"


def graph() -> str:
    """The picture on the page about graphs."""
    path = Path(__file__).parent.parent / "examples" / "decay.dl"
    program = driver.load(Source(path.name, path.read_text(encoding="utf-8")), folder=path.parent)
    return svg.render(draw(program, path.name).picture, Look())


PAGES: Mapping[str, Callable[[], str]] = {
    "editors/dl.tmLanguage.json": textmate,
    "errors.md": pages.index,
    "pictures/decay.svg": graph,
    "reference.md": reference,
}


def main() -> None:
    """Write every generated page beside this file."""
    for name, text in PAGES.items():
        (Path(__file__).parent / name).write_text(text(), encoding="utf-8")


if __name__ == "__main__":
    main()
