"""The graph of a program as it is written: calls, loops and branches as boxes; nothing runs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import assert_never

from dlang.briefly import number
from dlang.driver.drawn import Drawn
from dlang.graph.draft import DraftBox, DraftItem, PictureDraft
from dlang.graph.model import Kind, Sheet
from dlang.graph.naming import SourceNames, call_title, operation, snippet
from dlang.graph.rules import Rules
from dlang.ir.nodes import Apply, Assert, Atom, Block, Call, For, If, Literal, Pop, Print, Push, Stmt, Var, While
from dlang.passes.dead_code import drop_dead_code
from dlang.records import record
from dlang.source import Span

__all__ = ["from_ir"]

_MOST = 20_000
"""Nodes; from then on calls are drawn closed."""


def from_ir(drawn: Drawn) -> Sheet:
    """The sheet of a program's own text."""
    module = drop_dead_code(drawn.module)
    painter = _Painter(drawn, module[drawn.entry].block, {name: fn.block for name, fn in module.items()})
    painter.paint()
    return painter.draft.finish()


@record(frozen=False, eq=False)
class _Scope:
    """Where statements are drawn: the box, what names stand for, and the functions under way."""

    box: DraftBox
    items: dict[Var, DraftItem]
    calls: tuple[str, ...] = ()

    def within(self, box: DraftBox) -> _Scope:
        """The same names in a box inside."""
        return _Scope(box, dict(self.items), self.calls)


class _Painter:
    """Puts blocks on a draft, statement by statement."""

    def __init__(self, drawn: Drawn, block: Block, functions: Mapping[str, Block]) -> None:
        self.draft = PictureDraft()
        self._drawn, self._block, self._functions = drawn, block, functions
        self._names, self._rules = SourceNames(), Rules()
        self._left = _MOST
        self._terms: dict[Span, DraftBox] = {}

    def paint(self) -> None:
        """Draw the entry: its arguments, its statements, its results."""
        top = self.draft.top
        scope = _Scope(top, {})
        read = _read(self._block)
        for var, argument in zip(self._block.params, self._drawn.arguments, strict=True):
            if var in read:
                kind, type_ = Kind(argument.kind), str(var.type)
                scope.items[var] = self.draft.item(top, kind, var.hint, type=type_, span=argument.span)
        self._statements(self._block.body, scope)
        for end, atom in zip(self._drawn.results, self._block.results, strict=True):
            result = self.draft.item(top, Kind.RESULT, end.name, type=str(atom.type), span=end.span)
            self._join(atom, result, scope)

    # ---- statements

    def _statements(self, body: Sequence[Stmt], scope: _Scope) -> None:
        for stmt in body:
            self._left -= 1
            match stmt:
                case Apply():
                    self._apply(stmt, scope)
                case Call():
                    self._call(stmt, scope)
                case If():
                    self._if(stmt, scope)
                case For():
                    self._for(stmt, scope)
                case While():
                    self._while(stmt, scope)
                case Print():
                    self._effect("print", [p for p in stmt.parts if not isinstance(p, str)], stmt.span, scope)
                case Assert():
                    self._effect("assert", [stmt.cond], stmt.span, scope)
                case Push():
                    self._effect("push", stmt.values, None, scope)
                case Pop():
                    for out in stmt.outs:
                        scope.items[out] = self.draft.item(scope.box, Kind.OPERATION, "pop", type=str(out.type))
                case _:
                    assert_never(stmt)

    def _apply(self, stmt: Apply, scope: _Scope) -> None:
        if stmt.prim.name == "to_real" and isinstance(stmt.args[0], Var):
            scope.items[stmt.outs[0]] = scope.items[stmt.args[0]]
            return
        box = self._term(stmt, scope)
        for out in stmt.outs:
            name = label = out.hint or self._names.name(stmt.span)
            detail = snippet(stmt.span) if name else ""
            if stmt.prim.updates and name:
                label, detail = detail, ""
            item = self.draft.item(box, Kind.OPERATION, label or operation(stmt), name=name, detail=detail)
            item.type, item.span, item.rule = str(out.type), stmt.span, self._rules.text(stmt)
            scope.items[out] = item
            for atom in stmt.args:
                if isinstance(atom, Var):  # constants are part of the label
                    self._join(atom, item, scope)

    def _term(self, stmt: Apply, scope: _Scope) -> DraftBox:
        """The box of the objective's term that a statement of the file is a part of, or the one around it."""
        is_part = stmt.span in self._drawn.terms and stmt not in self._drawn.totals
        if scope.box is not self.draft.top or stmt.span is None or not is_part:
            return scope.box
        if stmt.span not in self._terms:
            self._terms[stmt.span] = self.draft.box(scope.box, Kind.TERM, snippet(stmt.span), span=stmt.span)
        return self._terms[stmt.span]

    def _effect(self, label: str, atoms: Sequence[Atom], span: Span | None, scope: _Scope) -> None:
        item = self.draft.item(scope.box, Kind.RESULT, label, span=span)
        for atom in atoms:
            self._join(atom, item, scope)

    def _call(self, stmt: Call, scope: _Scope) -> None:
        apart = self._drawn.apart.get(stmt.callee)
        closed = apart is not None or stmt.callee in scope.calls or self._left < 0
        title = call_title(apart or stmt.callee)
        if closed:
            kind = Kind.CALL if apart is None else Kind.RULE
            detail = "calls itself" if stmt.callee in scope.calls else snippet(stmt.span)
            for out in stmt.outs:
                item = self.draft.item(scope.box, kind, title, detail=detail, type=str(out.type), span=stmt.span)
                scope.items[out] = item
                for atom in stmt.args:
                    self._join(atom, item, scope)
            return
        callee = self._functions[stmt.callee]
        box = self.draft.box(scope.box, Kind.CALL, title, detail=snippet(stmt.span), span=stmt.span)
        inner = _Scope(box, {}, (*scope.calls, stmt.callee))
        for param, atom in zip(callee.params, stmt.args, strict=True):
            inner.items[param] = self._item(atom, scope)
        self._statements(callee.body, inner)
        for out, atom in zip(stmt.outs, callee.results, strict=True):
            scope.items[out] = self._item(atom, inner)

    # ---- control flow

    def _if(self, stmt: If, scope: _Scope) -> None:
        box = self._box(scope, Kind.BRANCH, snippet(stmt.span), "", stmt.span)
        if box.item is not None and box is not scope.box:
            self._join(stmt.cond, box.item, scope)
        ends = [self._exit(box, out) for out in stmt.outs]
        for label, branch in (("then", stmt.then), ("else", stmt.orelse)):
            inner = scope.within(self.draft.box(box, Kind.PASS, label))
            self._statements(branch.body, inner)
            for end, atom in zip(ends, branch.results, strict=True):
                self._join(atom, end, inner)
        scope.items |= dict(zip(stmt.outs, ends, strict=True))

    def _for(self, stmt: For, scope: _Scope) -> None:
        index, *carried = stmt.body.params
        box = self._box(scope, Kind.LOOP, snippet(stmt.span), "", stmt.span)
        inner = scope.within(box)
        inner.items[index] = self.draft.item(box, Kind.DATA, index.hint or "index", type=str(index.type))
        for atom in (stmt.start, stmt.stop, stmt.step):
            if isinstance(atom, Var) and box.item is not None:
                self._join(atom, box.item, scope)
        self._carry(carried, stmt.inits, box, inner, scope)
        self._statements(stmt.body.body, inner)
        self._yields(stmt, stmt.body, box, inner, scope)

    def _while(self, stmt: While, scope: _Scope) -> None:
        box = self._box(scope, Kind.LOOP, snippet(stmt.span), "", stmt.span)
        inner = scope.within(box)
        self._carry(stmt.body.params, stmt.inits, box, inner, scope)
        for tested, param in zip(stmt.cond.params, stmt.body.params, strict=True):
            inner.items[tested] = inner.items[param]
        self._statements(stmt.cond.body, inner)
        self._effect("go on", stmt.cond.results, None, inner)
        self._statements(stmt.body.body, inner)
        self._yields(stmt, stmt.body, box, inner, scope)

    def _box(self, scope: _Scope, kind: Kind, label: str, detail: str, span: Span | None) -> DraftBox:
        return self.draft.box(scope.box, kind, label, detail=detail, span=span)

    def _carry(self, params: Sequence[Var], inits: Sequence[Atom], box: DraftBox, inner: _Scope, scope: _Scope) -> None:
        """The values that a loop carries from pass to pass: in its box each is a node of its own."""
        for param, init in zip(params, inits, strict=True):
            port = self.draft.item(box, Kind.CARRIED, param.hint or "carried", type=str(param.type))
            inner.items[param] = port
            if box.item is not None:
                self.draft.connect(self._item(init, scope), box.item, str(param.type), entry=port)

    def _yields(self, stmt: For | While, body: Block, box: DraftBox, inner: _Scope, scope: _Scope) -> None:
        for out, atom in zip(stmt.outs, body.results, strict=True):
            end = self._exit(box, out)
            self._join(atom, end, inner)
            scope.items[out] = end

    def _exit(self, box: DraftBox, out: Var) -> DraftItem:
        """A port by which a value leaves a box; it goes by the name of what is yielded first."""
        return self.draft.item(box, Kind.EXIT, out.hint or "value", type=str(out.type))

    # ---- edges

    def _item(self, atom: Atom, scope: _Scope) -> DraftItem:
        """What an atom stands for; a constant is an item where it is read."""
        if isinstance(atom, Literal):
            return self.draft.item(scope.box, Kind.CONSTANT, number(atom.value), type=str(atom.type), value=atom.value)
        return scope.items[atom]

    def _join(self, atom: Atom, item: DraftItem, scope: _Scope) -> None:
        self.draft.connect(self._item(atom, scope), item, str(atom.type))


def _read(block: Block) -> set[Var]:
    """The names that a block mentions, in what is nested too."""
    from dlang.ir.walk import free_vars

    return set(free_vars(Block((), block.body, block.results)))
