"""The Mermaid form, for Markdown pages: open boxes are subgraphs."""

from __future__ import annotations

from collections.abc import Iterator

from dlang.graph.look import Look
from dlang.graph.model import Kind, Node, Picture, Sheet
from dlang.graph.numbers import caption, gradient_text, value_text
from dlang.graph.opening import opened
from dlang.graph.reading import links, visible_nodes

__all__ = ["render"]

_ROOM = 200
"""Nodes that are drawn; what renders Mermaid refuses graphs that are much larger."""

_SHAPES = {
    Kind.PARAM: ("([", "])"),
    Kind.ARGUMENT: ("([", "])"),
    Kind.DATA: ("[(", ")]"),
    Kind.RESULT: ("[[", "]]"),
    Kind.FAULT: ("{{", "}}"),
}
_CLASSES = {
    "param": "fill:#d7f0dc,stroke:#4a8f5a,color:#111",
    "data": "fill:#d5ebf5,stroke:#3f7f9f,color:#111",
    "result": "fill:#fbe9c6,stroke:#b08a2e,color:#111",
    "fault": "fill:#f8d0cf,stroke:#b03a36,color:#111",
    "box": "fill:#e4e4f5,stroke:#6666aa,color:#111",
}


def render(picture: Picture, look: Look) -> str:
    """The picture as a flowchart; the backward graph, if there is one, stands beside it."""
    lines = ["---", f'title: "{_escaped(picture.title)}"', "---", "flowchart TB"]
    if picture.note:
        lines.append(f"  %% {picture.note}")
    used: dict[str, list[str]] = {}
    for sheet in (picture.forward, picture.backward):
        if sheet is not None:
            boxes = opened(sheet, _ROOM)
            lines += _nodes(sheet, boxes, "  ", used)
            for link in links(sheet, boxes):
                arrow = f'-->|"{_escaped(link.type)}"|' if link.type.startswith("[") else "-->"
                lines.append(f"  {link.source.key} {arrow} {link.target_box or link.target.key}")
    lines += [f"  classDef {name} {_CLASSES[name]}" for name in used]
    lines += [f"  class {','.join(keys)} {name}" for name, keys in used.items()]
    return "\n".join(lines) + "\n"


def _nodes(sheet: Sheet, boxes: frozenset[str], indent: str, used: dict[str, list[str]]) -> Iterator[str]:
    for node in visible_nodes(sheet):
        if node.inside is not None and node.key in boxes:
            yield f'{indent}subgraph {node.key}["{_escaped(caption(node))}"]'
            yield from _nodes(node.inside, boxes, indent + "  ", used)
            yield f"{indent}end"
            continue
        kind = "box" if node.inside is not None else "param" if node.kind is Kind.ARGUMENT else node.kind.value
        if kind in _CLASSES:
            used.setdefault(kind, []).append(node.key)
        before, after = _SHAPES.get(node.kind, ("[", "]"))
        yield f'{indent}{node.key}{before}"{_label(node)}"{after}'


def _label(node: Node) -> str:
    gradient = gradient_text(node)
    parts = [caption(node), value_text(node)]
    if gradient and not node.label.startswith("\u2202"):
        parts.append(f"\u2202 {gradient}")
    return "<br/>".join(_escaped(part) for part in parts if part)


def _escaped(text: str) -> str:
    """Characters that Mermaid would read as markup, as entities."""
    marks = {'"': "#quot;", "#": "#35;", "<": "#lt;", ">": "#gt;", "*": "#42;", "_": "#95;", "`": "#96;", "\\": "#92;"}
    return "".join(marks.get(char, char) for char in text)
