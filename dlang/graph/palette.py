"""Colours and shapes of drawings, light and dark: what a picture and a page share."""

from __future__ import annotations

from collections.abc import Mapping

from dlang.graph.model import Kind

__all__ = ["COLOURS", "DARK", "LIGHT", "PILLS", "SHAPES", "class_of"]

LIGHT: Mapping[str, str] = {
    "page": "#fff", "ink": "#1f2430", "soft": "#5a6272", "line": "#a3aab8", "node": "#fff", "edge": "#c3c8d2",
    "box": "#f6f6fb", "frame": "#b9bddb", "param": "#dff3e3", "param-line": "#5aa06c", "data": "#dceef7",
    "data-line": "#4f93b5", "result": "#fdf0cf", "result-line": "#c39a35", "fault": "#fbdedd", "fault-line": "#c0403b",
    "grad": "#9c4708", "flow": "#d9822b",
}  # fmt: skip
DARK: Mapping[str, str] = {
    "page": "#14161c", "ink": "#e6e8ee", "soft": "#9aa2b1", "line": "#596175", "node": "#20242e", "edge": "#4a5164",
    "box": "#1a1d26", "frame": "#474d70", "param": "#1d3325", "param-line": "#5aa06c", "data": "#182d3a",
    "data-line": "#4f93b5", "result": "#3a3016", "result-line": "#c39a35", "fault": "#451f1f", "fault-line": "#d9605b",
    "grad": "#f0a35e", "flow": "#c07428",
}  # fmt: skip
"""Colours by what they are for."""


def _root(colours: Mapping[str, str]) -> str:
    return f":root{{{';'.join(f'--{name}:{colour}' for name, colour in colours.items())}}}"


COLOURS = f"""\
{_root(LIGHT)}
@media(prefers-color-scheme:dark){{{_root(DARK)}}}
"""

SHAPES = """\
.page{fill:var(--page)}
text{font-family:ui-monospace,"DejaVu Sans Mono",Menlo,Consolas,monospace;fill:var(--ink);text-anchor:middle}
.name{font-size:13px}.value{font-size:11px;fill:var(--soft)}.gradient{font-size:11px;fill:var(--grad)}
.head{font-size:13px;text-anchor:start}
.node rect{fill:var(--node);stroke:var(--line)}
.node.param rect,.node.argument rect{fill:var(--param);stroke:var(--param-line)}
.node.data rect{fill:var(--data);stroke:var(--data-line)}.node.constant rect{fill:none;stroke:none}
.node.result rect{fill:var(--result);stroke:var(--result-line)}
.node.fault rect{fill:var(--fault);stroke:var(--fault-line)}
.node.port rect{fill:none;stroke:var(--edge);stroke-dasharray:2 2}.node.port .name{font-size:11px;fill:var(--soft)}
.node.closed rect{fill:var(--box);stroke:var(--frame)}
.box>rect{fill:var(--box);stroke:var(--frame)}.box.term>rect,.box.group>rect{stroke-dasharray:5 3}
.way{fill:none;stroke:var(--edge);stroke-width:1.3}.way.flow{stroke:var(--flow)}
.arrow{fill:var(--edge)}.arrow.flow{fill:var(--flow)}
.label{font-size:10px;fill:var(--soft)}.plate{fill:var(--page)}.box .plate{fill:var(--box)}"""
"""Rules for what is drawn: nodes and boxes by their classes, edges, and their labels, each on a plate."""

PILLS = frozenset({Kind.PARAM, Kind.DATA, Kind.ARGUMENT, Kind.ENTRY, Kind.EXIT})
"""What is drawn with round ends: where values come from."""


def class_of(kind: Kind) -> str:
    """The class that the rules know a kind by."""
    if kind in (Kind.ENTRY, Kind.EXIT):
        return "port"
    word: str = kind.value
    return word.split()[0]
