"""The table of forms: each a module of this package with `render(picture, look)`."""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from typing import NamedTuple

from dlang.graph.look import Look
from dlang.graph.model import Picture

__all__ = ["FORMATS", "Format", "by_suffix"]


class Format(NamedTuple):
    """A form: its name, the endings of files that have it, and what it is for."""

    name: str
    suffixes: tuple[str, ...]
    purpose: str

    @property
    def render(self) -> Callable[[Picture, Look], str]:
        """What makes the text; its module is imported now."""
        made: Callable[[Picture, Look], str] = import_module(f"dlang.graph.{self.name}").render
        return made


FORMATS: tuple[Format, ...] = (
    Format("tree", (".txt",), "lines for a terminal"),
    Format("dot", (".dot", ".gv"), "for Graphviz"),
    Format("mermaid", (".mmd", ".mermaid"), "for Markdown"),
    Format("svg", (".svg",), "a picture"),
    Format("html", (".html", ".htm"), "a page to look around in"),
    Format("json", (".json",), "for programs"),
)


def by_suffix(suffix: str) -> Format | None:
    """The form of files that end so."""
    return next((form for form in FORMATS if suffix.lower() in form.suffixes), None)
