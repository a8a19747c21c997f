"""The DOT form, for Graphviz: open boxes are clusters."""

from __future__ import annotations

from collections.abc import Iterator

from dlang.briefly import number
from dlang.graph.look import Look
from dlang.graph.model import Kind, Node, Picture, Sheet
from dlang.graph.numbers import caption, gradient_text, value_text
from dlang.graph.opening import opened
from dlang.graph.reading import Link, links, visible_nodes

__all__ = ["render"]

ROOM = 300
"""Nodes that are drawn; boxes for which there is no room stay closed."""

_STYLES = {
    Kind.PARAM: 'shape=ellipse, style=filled, fillcolor="#d7f0dc"',
    Kind.ARGUMENT: 'shape=ellipse, style=filled, fillcolor="#d7f0dc"',
    Kind.DATA: 'shape=ellipse, style=filled, fillcolor="#d5ebf5"',
    Kind.CONSTANT: "shape=plaintext",
    Kind.RESULT: 'shape=doubleoctagon, style=filled, fillcolor="#fbe9c6"',
    Kind.FAULT: 'shape=octagon, style=filled, fillcolor="#f8d0cf"',
}
_BOX = 'shape=box, style="rounded,filled", fillcolor="#e4e4f5"'
_PLAIN = 'shape=box, style="rounded,filled", fillcolor="#ffffff"'


def render(picture: Picture, look: Look) -> str:
    """The picture as a digraph; the backward graph, if there is one, stands beside it."""
    lines = [
        f"digraph {_quoted(picture.title)} {{",
        f"  label={_quoted(_title(picture))}; labelloc=t; compound=true;",
        '  node [fontname="Helvetica", fontsize=11]; edge [fontname="Helvetica", fontsize=9, color="#666666"];',
    ]
    for sheet in (picture.forward, picture.backward):
        if sheet is not None:
            boxes = opened(sheet, ROOM)
            lines += _nodes(sheet, boxes, "  ")
            lines += [f"  {_edge(link)}" for link in links(sheet, boxes)]
    return "\n".join([*lines, "}"]) + "\n"


def _title(picture: Picture) -> str:
    return f"{picture.title}\n{picture.note}" if picture.note else picture.title


def _nodes(sheet: Sheet, boxes: frozenset[str], indent: str) -> Iterator[str]:
    for node in visible_nodes(sheet):
        if node.inside is not None and node.key in boxes:
            yield f"{indent}subgraph cluster_{node.key} {{"
            yield f'{indent}  label={_quoted(caption(node))}; style=rounded; color="#8888bb"; fontname="Helvetica";'
            yield from _nodes(node.inside, boxes, indent + "  ")
            yield f"{indent}}}"
        else:
            yield f"{indent}{node.key} [label={_quoted(_label(node))}, {_style(node)}];"


def _style(node: Node) -> str:
    return _BOX if node.inside is not None else _STYLES.get(node.kind, _PLAIN)


def _label(node: Node) -> str:
    return "\n".join(part for part in (caption(node), *_known(node)) if part)


def _known(node: Node) -> Iterator[str]:
    yield value_text(node)
    gradient = gradient_text(node)
    if gradient and not node.label.startswith("\u2202"):
        yield f"\u2202 {gradient}"


def _edge(link: Link) -> str:
    attributes = []
    if link.type.startswith("["):
        attributes.append(f"label={_quoted(link.type)}")
    if link.flow is not None:
        attributes.append(f"tooltip={_quoted(f'gradient {number(link.flow, 3)}')}")
    if link.target_box is not None:
        attributes.append(f"lhead=cluster_{link.target_box}")
    tail = f" [{', '.join(attributes)}]" if attributes else ""
    return f"{link.source.key} -> {link.target.key}{tail};"


def _quoted(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
    return f'"{escaped}"'
