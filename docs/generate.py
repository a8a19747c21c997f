"""Writes the pages of docs/ that are made from the code: `make docs`. A test fails when one is stale."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path

from dlang.diagnostics import pages
from dlang.distributions.table import DISTRIBUTIONS
from dlang.driver.library import modules, reference
from dlang.driver.load import NAMES
from dlang.elaborate.builtins import BUILTINS, NOT_YET
from dlang.syntax.highlighting import ESCAPE, patterns


def builtins() -> str:
    """The reference of functions and distributions."""
    parts = [
        "# Built-in functions and distributions",
        "What every program can use; [language.md](language.md) says how. Functions of numbers work element by\n"
        "element on arrays unless they say otherwise. An argument with a default may be left out, and is best given\n"
        "by name; `axis=none` stands for all axes. This page is written by `make docs`.",
        "## Functions",
        _table("function", ((each.signature, each.doc) for _, each in sorted(BUILTINS.items()))),
        "## Distributions",
        "They stand on the right of `~`, with the parameters that Stan gives them, by position or by name. Outside\n"
        "the support the log-density is `-inf`, with derivative 0; where a parameter is none, such as a negative\n"
        "scale, it is `nan`, from which a fit turns back. An observed count has derivative 0. Of `multi_normal` and\n"
        "`dirichlet` the last axis of an observation is the vector; the axes before it are many observations, and\n"
        "broadcast with those of the parameters. `categorical` takes one vector of chances, or a row of chances for\n"
        "each observation.",
        _table("distribution", ((each.signature, each.doc) for each in DISTRIBUTIONS.values())),
        "## To come",
        f'Functions that this version answers with "not supported yet": {_listed(NOT_YET)}.',
    ]
    return "\n\n".join(parts) + "\n"


def library() -> str:
    """The reference of the standard library, from its doc comments."""
    parts = [
        "# The standard library",
        "Modules that come with the language and are written in it, under `dlang/library/`. `import stats` at the top\n"
        "of a file makes its functions known, as `stats.quantile(x, 0.5)`; they are differentiated like your own.\n"
        "This page is written by `make docs`, from the comments above the functions.",
    ]
    parts += [reference(name).rstrip("\n") for name in modules()]
    return "\n\n".join(parts) + "\n"


def _table(title: str, rows: Iterable[tuple[str, str]]) -> str:
    lines = [f"| {title} | value |", "| --- | --- |"]
    lines += [f"| `{signature}` | {_escaped(doc)} |" for signature, doc in rows]
    return "\n".join(lines)


def _escaped(text: str) -> str:
    return text.replace("|", "\\|").replace("*", "\\*")


def _listed(names: Iterable[str]) -> str:
    return ", ".join(f"`{name}`" for name in sorted(names))


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


PAGES: Mapping[str, Callable[[], str]] = {
    "builtins.md": builtins,
    "editors/dl.tmLanguage.json": textmate,
    "errors.md": pages.index,
    "library.md": library,
}


def main() -> None:
    """Write every generated page beside this file."""
    for name, text in PAGES.items():
        (Path(__file__).parent / name).write_text(text(), encoding="utf-8")


if __name__ == "__main__":
    main()
