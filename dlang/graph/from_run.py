"""The graph of a run: what was computed from what, with values and gradients; calls, loops and branches as boxes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import Any

from dlang.briefly import type_of
from dlang.driver.drawn import Drawn, End, Ran
from dlang.graph.draft import DraftBox, DraftItem, PictureDraft
from dlang.graph.model import Kind, Sheet
from dlang.graph.naming import SourceNames, call_title, operation, snippet
from dlang.graph.rules import Rules
from dlang.interpreter.record import Node, Operand, Region
from dlang.ir.nodes import Apply, Call, If
from dlang.records import record
from dlang.source import Span
from dlang.values import format_value

__all__ = ["from_run"]

_FEW_PASSES = 6
"""A loop of up to so many passes shows each; of more, the first two and the last, and the others in a box."""


def from_run(drawn: Drawn, ran: Ran) -> Sheet:
    """The sheet of a run. Of a run that stopped it is what ran, with a node where it ended."""
    live = _live(ran)
    painter = _Painter(drawn, ran, _groups(live, drawn), _last_of(live))
    for node in live:
        painter.node(node)
    painter.results()
    return painter.draft.finish()


def _live(ran: Ran) -> list[Node]:
    """The nodes that the results depend on, by value or by a decision; of a run that stopped, all."""
    recording = ran.recording
    if recording.stopped is not None:
        read = {each for node in recording.nodes for each in _nodes(node.operands)}
        return [node for node in recording.nodes if node.stmt is not None or node in read]
    live: set[Node] = set()
    todo = list(_nodes(recording.results or recording.printed))
    seen: set[Region] = set()
    while todo:
        node = todo.pop()
        if node in live:
            continue
        live.add(node)
        todo += _nodes(node.operands)
        region = node.region
        while region is not None and region not in seen:
            seen.add(region)
            todo += _nodes((region.test,))
            region = region.parent
    return sorted(live, key=lambda node: node.index)


def _nodes(operands: Iterable[Operand | None]) -> list[Node]:
    return [each for each in operands if isinstance(each, Node)]


@record(eq=False)
class _Group:
    """Nodes that one expression was lowered to, as a term or `mean(x)` is."""

    region: Region | None
    span: Span


def _groups(live: list[Node], drawn: Drawn) -> dict[Node, _Group]:
    """The group of each node that is not alone in one.

    The nodes of a group follow one another in their region, so that no path leads out of it and back; those of a term
    may be apart, as nothing but the objective reads them.
    """
    last: dict[Region | None, _Group | Region | None] = {}
    of_terms = {span: _Group(None, span) for span in drawn.terms}
    groups: dict[Node, _Group] = {}
    for node in live:
        if node.span is None or not isinstance(node.stmt, Apply) or node.stmt in drawn.totals or _is_conversion(node):
            last[node.region] = None
        elif node.region is None and node.span in of_terms:
            groups[node] = last[None] = of_terms[node.span]
        else:
            before = last.get(node.region)
            if not isinstance(before, _Group) or before.span != node.span:
                before = _Group(node.region, node.span)
            groups[node] = last[node.region] = before
        region = node.region
        while region is not None and last.get(region.parent) is not region:
            last[region.parent] = region
            region = region.parent
    sizes = Counter(groups.values())
    return {node: group for node, group in groups.items() if sizes[group] > 1}


def _last_of(live: list[Node]) -> dict[tuple[Region | None, Span], int]:
    """By place, the index of the last node that an expression came to: that one is what its name stands for."""
    found: dict[tuple[Region | None, Span], int] = {}
    done: dict[Region, int] = {}
    for node in live:
        if node.span is not None:
            found[node.region, node.span] = node.index
    for node in live:
        region = node.region
        while region is not None and done.get(region, -1) < node.index:
            done[region] = node.index
            span = region.stmt.span
            if span is not None and not region.number:
                place = (region.parent, span)
                found[place] = max(found.get(place, -1), node.index)
            region = region.parent
    return found


def _is_constant(node: Node) -> bool:
    """Whether a value is computed from constants of the text alone; such are shared wherever they occur."""
    return node.stmt is not None and not any(isinstance(each, Node) for each in node.operands)


class _Painter:
    """Puts the nodes of a run on a draft, in order of evaluation."""

    def __init__(
        self,
        drawn: Drawn,
        ran: Ran,
        groups: dict[Node, _Group],
        last_of: dict[tuple[Region | None, Span], int],
    ) -> None:
        self.draft = PictureDraft()
        self._drawn, self._ran, self._groups, self._last_of = drawn, ran, groups, last_of
        self._constants: dict[tuple[Node, DraftBox], DraftItem] = {}
        self._names, self._rules = SourceNames(), Rules()
        self._items: dict[Node, DraftItem | None] = {}
        self._boxes: dict[Region, DraftBox] = {}
        self._middles: dict[Region, DraftBox] = {}
        self._group_boxes: dict[_Group, DraftBox] = {}
        self._arguments = dict(zip(ran.inputs, drawn.arguments, strict=True))
        stopped = ran.recording.stopped
        ended = (stopped.region,) if stopped is not None else ()
        self._passes = _passes([*(node.region for node in ran.recording.nodes), *ended])
        self._cotangents = ran.backward.cotangents if ran.backward else {}
        self._flows = ran.backward.flows if ran.backward else {}

    # ---- nodes

    def node(self, node: Node) -> None:
        """Put a node on the draft, with edges from what it read."""
        if node.stmt is None:
            argument = self._arguments[node]
            item = self._item(self.draft.top, Kind(argument.kind), node, node.name)
            item.span = argument.span
            self._items[node] = item
            return
        if _is_conversion(node):
            return  # what reads it is drawn as a reader of what was converted
        name = self._name(node)
        if not name and _is_constant(node) and not isinstance(node.stmt, Call):
            return  # it is drawn where it is read
        self._items[node] = self._applied(node, self._box_of(node), name)

    def _name(self, node: Node) -> str:
        """The name that the source has for a value: of what one expression was lowered to, the last is what it is."""
        if node.name or node.span is None:
            return node.name
        is_last = self._last_of.get((node.region, node.span)) == node.index
        return self._names.name(node.span) if is_last else ""

    def _applied(self, node: Node, box: DraftBox, name: str) -> DraftItem:
        """Put an application or a call on the draft, in a box."""
        label = name
        assert node.stmt is not None
        if isinstance(node.stmt, Call):
            kind, what = Kind.RULE, call_title(self._drawn.apart[node.stmt.callee])
            rule = "the program's own"
        else:
            known = [self._constant(each) for each in node.operands]
            kind, what, rule = Kind.OPERATION, operation(node.stmt, known), self._rules.text(node.stmt)
        detail = snippet(node.span) if name or isinstance(node.stmt, Call) else ""
        if isinstance(node.stmt, Apply) and node.stmt.prim.updates and name:
            label, detail = detail, ""  # `xs[i] = x`: the place says it all
        item = self._item(box, kind, node, label or what, name=name, detail=detail, rule=rule)
        for position, operand in enumerate(node.operands):
            self._join(operand, item, self._flows.get((node, position)))
        return item

    def _item(self, box: DraftBox, kind: Kind, node: Node, label: str, **known: Any) -> DraftItem:
        gradient = self._cotangents.get(node)
        return self.draft.item(
            box, kind, label, type=type_of(node.value), span=node.span, value=node.value, gradient=gradient, **known
        )

    def _constant(self, operand: Operand) -> float | int | bool | None:
        """What an operand is where it is no value of the graph: a literal, or the index of a loop."""
        if not isinstance(operand, Node):
            return operand
        is_index = _is_conversion(operand) and not isinstance(_converted(operand), Node)
        return float(operand.value) if is_index else None

    def _join(self, operand: Operand | None, item: DraftItem, flow: Any = None) -> None:
        operand = _converted(operand)
        if not isinstance(operand, Node):
            return
        source = self._items.get(operand)
        if source is None and _is_constant(operand):
            place = (operand, item.box)
            if place not in self._constants:
                self._constants[place] = self._applied(operand, item.box, "")
            source = self._constants[place]
        if source is not None:
            self.draft.connect(source, item, type_of(operand.value), flow)

    # ---- boxes

    def _box_of(self, node: Node) -> DraftBox:
        group = self._groups.get(node)
        if group is None:
            return self._box(node.region)
        if group not in self._group_boxes:
            span = group.span
            label = self._names.name(span) or self._names.callee(span)
            kind = Kind.TERM if span in self._drawn.terms else Kind.GROUP
            text = snippet(span)
            self._group_boxes[group] = self.draft.box(
                self._box(node.region), kind, label or text, detail=text if label else "", span=span
            )
        return self._group_boxes[group]

    def _box(self, region: Region | None) -> DraftBox:
        """The box of a piece of the run; made where it is not there yet, with those around it."""
        missing = []
        while region is not None and region not in self._boxes:
            missing.append(region)
            region = region.parent
        box = self._boxes[region] if region is not None else self.draft.top
        for each in reversed(missing):
            box = self._boxes[each] = self._opened(box, each)
        return box

    def _opened(self, outside: DraftBox, region: Region) -> DraftBox:
        stmt = region.stmt
        if region.number:
            return self._pass(outside, region)
        if isinstance(stmt, Call):
            if ".inner_" in stmt.callee:
                return outside  # what is nested too deep for one function is no call of the program's
            title = call_title(stmt.callee)
            return self.draft.box(outside, Kind.CALL, title, detail=snippet(stmt.span), span=stmt.span)
        if isinstance(stmt, If):
            box = self.draft.box(
                outside, Kind.BRANCH, snippet(stmt.span), detail="then" if region.taken else "else", span=stmt.span
            )
            if box is not outside and box.item is not None:
                self._join(region.test, box.item)
            return box
        passes = self._passes.get(region, 0)
        detail = "1 pass" if passes == 1 else f"{passes} passes"
        return self.draft.box(outside, Kind.LOOP, snippet(stmt.span), detail=detail, span=stmt.span)

    def _pass(self, loop: DraftBox, region: Region) -> DraftBox:
        """The box of a pass; those in the middle of a long loop lie in a box of their own."""
        assert region.parent is not None
        last = self._passes[region.parent]
        if last > _FEW_PASSES and 2 < region.number < last:
            if region.parent not in self._middles:
                label = f"passes 3 to {last - 1}"
                self._middles[region.parent] = self.draft.box(loop, Kind.MIDDLE, label, span=region.stmt.span)
            loop = self._middles[region.parent]
        return self.draft.box(loop, Kind.PASS, f"pass {region.number}", span=region.stmt.span)

    # ---- ends

    def results(self) -> None:
        """Put the results on the draft, or where the run ended."""
        recording = self._ran.recording
        if recording.stopped is not None:
            self._fault()
            return
        results = list(zip(self._drawn.results, recording.results, strict=True))
        if not results:
            results = [(End("print", None), each) for each in recording.printed]
        for end, operand in results:
            self._result(end, operand)

    def _result(self, end: End, operand: Operand) -> None:
        value = operand.value if isinstance(operand, Node) else operand
        is_end = isinstance(operand, Node) and operand in self._cotangents and operand is self._ran.recording.results[0]
        item = self.draft.item(
            self.draft.top,
            Kind.RESULT,
            end.name,
            type=type_of(value),
            span=end.span,
            value=value,
            gradient=1.0 if is_end else None,
        )
        origin = _converted(operand)
        if isinstance(origin, Node):
            self._join(origin, item, 1.0 if is_end else None)
        else:
            constant = self.draft.item(
                self.draft.top, Kind.CONSTANT, format_value(origin), type=type_of(origin), value=origin
            )
            self.draft.connect(constant, item, type_of(origin))

    def _fault(self) -> None:
        stopped = self._ran.recording.stopped
        assert stopped is not None
        label = "the run goes on" if stopped.fault is None else "; ".join(d.title for d in stopped.fault.diagnostics)
        item = self.draft.item(
            self._box(stopped.region), Kind.FAULT, label, detail=snippet(stopped.span), span=stopped.span
        )
        for operand in stopped.operands:
            self._join(operand, item)


def _is_conversion(node: Node) -> bool:
    """Whether an Int became Real, as it does wherever a Real is met: nothing to draw."""
    return isinstance(node.stmt, Apply) and node.stmt.prim.name == "to_real"


def _converted(operand: Operand | None) -> Operand | None:
    """What an operand was before it became Real."""
    while isinstance(operand, Node) and _is_conversion(operand):
        (operand,) = operand.operands
    return operand


def _passes(regions: Iterable[Region | None]) -> dict[Region, int]:
    """How many passes each loop made."""
    found: dict[Region, int] = {}
    seen: set[Region] = set()
    for region in regions:
        while region is not None and region not in seen:
            seen.add(region)
            if region.number and region.parent is not None:
                found[region.parent] = max(region.number, found.get(region.parent, 0))
            region = region.parent
    return found
