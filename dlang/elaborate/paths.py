"""Which names are bound where: every path through a function (or the file) is followed once.

A loop's body is followed once, with what it may bind on an earlier pass counted as bound on some paths.
Functions inside are followed on their own; here they count for what they capture.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping

from dlang.diagnostics import names as faults
from dlang.diagnostics.core import Label, Reporter
from dlang.elaborate.bindings import Function, Names, Scope
from dlang.elaborate.needs import Needs
from dlang.elaborate.states import Capture, Gap, State, join
from dlang.elaborate.tree import (
    Node,
    callees,
    children,
    declared_names,
    head,
    pattern_names,
    root_name,
    target_parts,
)
from dlang.records import field, record, replace
from dlang.source import Span
from dlang.syntax import ast

__all__ = ["Paths"]


@record
class _Loop:
    """A loop that is being followed: its first words, and the paths that left it by `break`."""

    head: Span
    breaks: list[tuple[State, Gap]] = field(default_factory=list)


@record(frozen=False, eq=False)
class Paths:
    """Follows the paths of one function or of the file, and reports what a path lacks.

    `endless` collects `id` of blocks whose end no path reaches, `builtin_uses` of names that mean a
    built-in although the scope binds them further down. `given` are the names that are bound before the file of a
    session begins; what is captured there may be assigned.
    """

    names: Names
    needs: Mapping[int, Needs]
    builtins: Collection[str]
    report: Reporter
    home: Scope
    endless: set[int]
    builtin_uses: set[int]
    given: Collection[str] | None = None
    _state: State = field(default_factory=lambda: State(set()))
    _broken: set[str] = field(default_factory=set)
    _loops: list[_Loop] = field(default_factory=list)

    def follow_file(self, program: ast.Program) -> None:
        """Follow the statements of the file; its functions are bound from the beginning."""
        functions = {s.name.text for s in program.statements if isinstance(s, ast.FunctionDef)}
        self._state = State(functions.union(self.given or ()))
        self._statements(program.statements, self.home)

    @property
    def partial(self) -> dict[str, Label]:
        """The names that only some of the paths to here have bound, each with a path that has not."""
        return self._state.partial

    def follow_function(self, function: Function) -> None:
        """Follow the body of a function and its parameters' defaults."""
        self._state = State(set(_parameter_names(function)))
        for parameter in function.parameters:
            if parameter.default is not None:
                self._expr(parameter.default, self.names.scopes[id(parameter)])
        self._block(function.body, self.home)

    # ---- statements

    def _block(self, block: ast.Block, scope: Scope) -> None:
        self._statements(block.statements, scope)
        if not self._state.is_reached:
            self.endless.add(id(block))

    def _statements(self, statements: tuple[ast.Statement, ...], scope: Scope) -> None:
        told = not self._state.is_reached
        before: ast.Statement | None = None
        for statement in statements:
            if not told and not self._state.is_reached and before is not None:
                told = True
                self.report(faults.unreachable(head(statement), Label(head(before), "nothing goes on from here")))
            if isinstance(statement, ast.ExprStatement):
                self._expr(statement.value, scope)  # one call less for each level of braces
            else:
                self._statement(statement, scope)
            before = statement

    def _statement(self, node: ast.Statement, scope: Scope) -> None:
        match node:
            case ast.FunctionDef():
                self._bind(node.name)
                self._capture(node)
            case ast.RuleDef():
                self._load(node.name, scope)
                self._capture(node)
            case ast.For():
                self._for(node, scope)
            case ast.While():
                self._while(node, scope)
            case ast.Break():
                self._break(node)
            case ast.Continue():
                self._state.is_reached = self._state.is_reached and not self._loops
            case ast.Return():
                self._parts(node, scope)
                self._state.is_reached = self._state.is_reached and self.home.owner is None
            case ast.Assign():
                self._parts(node, scope)
                self._assign(node, scope)
            case _:
                self._parts(node, scope)
                for name in declared_names(node):
                    self._bind(name)

    def _break(self, node: ast.Break) -> None:
        if not self._loops:
            return
        gap = Gap(node.span, "this leaves the loop before {} is bound")
        self._loops[-1].breaks.append((self._outside_loop(gap), gap))
        self._state.is_reached = False

    def _assign(self, node: ast.Assign, scope: Scope) -> None:
        binds = node.operator == "="
        for part in target_parts(node.target):
            root = root_name(part)
            if root is not None and scope.find(root.text) is self.home:
                self._bind(root, is_new=binds and part is root)

    def _for(self, node: ast.For, scope: Scope) -> None:
        self._expr(node.iterable, scope)
        before = self._state.copy()
        self._enter_loop(node)
        variables = list(pattern_names(node.pattern))
        for name in variables:
            self._bind(name)
        self._block(node.body, scope)
        breaks = self._loops.pop().breaks
        none = Gap(head(node), "this loop may run zero times, and then {} is not bound")
        after = _leave(join(before, none, self._state, none), none, breaks)
        for name in variables:
            if name.text not in before.captured:
                # Every pass has its own loop variable, so a later loop may use the name again.
                after.captured.pop(name.text, None)
        self._state = after

    def _while(self, node: ast.While, scope: Scope) -> None:
        self._enter_loop(node)
        self._expr(node.condition, scope)
        none = Gap(head(node), "this loop may run zero times, and then {} is not bound")
        before = self._outside_loop(none)
        if isinstance(node.condition, ast.Boolean) and node.condition.value:
            before.is_reached = False  # `while true` is left by `break` only
        self._block(node.body, scope)
        breaks = self._loops.pop().breaks
        end = self._state
        if not before.is_reached:
            end.is_reached = False
        self._state = _leave(join(before, none, end, none), none, breaks)

    def _enter_loop(self, node: ast.For | ast.While) -> None:
        """Count what the loop assigns as bound on some paths: on the first pass it is not."""
        self._loops.append(_Loop(head(node)))
        state = self._state
        gap = Gap(head(node), "on the first pass of this loop {} is not bound yet")
        for name in sorted(self.names.assigned.get(id(node), ())):
            if name in self.home.bindings and name not in state.bound:
                state.partial.setdefault(name, gap.label(name))
            if name in state.captured:
                state.captured[name] = replace(state.captured[name], is_bound=True)

    def _outside_loop(self, gap: Gap) -> State:
        """The state as it leaves the loop; what `_enter_loop` noted is said as `gap` says it."""
        state, at = self._state.copy(), self._loops[-1].head
        state.partial = {n: gap.label(n) if label.span == at else label for n, label in state.partial.items()}
        return state

    # ---- expressions

    def _parts(self, node: Node, scope: Scope) -> None:
        for part in children(node):
            self._expr(part, scope)

    def _expr(self, node: Node, scope: Scope) -> None:
        match node:
            case ast.Name():
                self._load(node, scope)
            case ast.Lambda():
                self._capture(node)
            case ast.If():
                self._if(node, scope)
            case ast.Block():
                self._block(node, scope)
            case ast.Comprehension():
                self._comprehension(node, scope)
            case ast.Chain(rest=((("and" | "or") as word, _), *_)):
                self._short_circuit(node, word, scope)
            case _:
                for part in children(node):
                    self._expr(part, scope)
                for callee in callees(node):
                    self._call(callee, scope)

    def _if(self, node: ast.If, scope: Scope) -> None:
        self._expr(node.condition, scope)
        before = self._state.copy()
        self._block(node.then, scope)
        then, self._state = self._state, before
        if node.orelse is not None:
            self._block(node.orelse, scope)
        holds = Gap(node.condition.span, "where this holds, {} is not bound")
        fails = Gap(node.condition.span, "where this does not hold, {} is not bound")
        self._state = join(then, holds, self._state, fails)

    def _comprehension(self, node: ast.Comprehension, scope: Scope) -> None:
        self._expr(node.iterable, scope)
        before = self._state.copy()
        inner = self.names.scopes[id(node)]
        if node.condition is not None:
            self._expr(node.condition, inner)
        self._expr(node.element, inner)
        none = Gap(node.span, "this may run zero times, and then {} is not bound")
        self._state = join(before, none, self._state, none)

    def _short_circuit(self, node: ast.Chain, word: str, scope: Scope) -> None:
        self._expr(node.first, scope)
        for _, operand in node.rest:
            before = self._state.copy()
            self._expr(operand, scope)
            gap = Gap(operand.span, f"`{word}` may skip this, and then {{}} is not bound")
            self._state = join(before, gap, self._state, gap)

    # ---- names

    def _load(self, name: ast.Name, scope: Scope) -> None:
        """Check that a name of this function is bound on every path to here."""
        text, state = name.text, self._state
        if scope.find(text) is not self.home or text in state.bound or not state.is_reached:
            return
        gap = state.partial.get(text)
        if gap is None and text in self.builtins:
            self.builtin_uses.add(id(name))
            return
        if text not in self._broken:
            self._broken.add(text)
            if gap is not None:
                self.report(faults.bound_on_some_paths(name.span, text, gap))
            else:
                self.report(faults.used_before_bound(name.span, text, self._first(text), self._outside(text)))
        state.bound.add(text)

    def _bind(self, name: ast.Name, *, is_new: bool = True) -> None:
        """Bind a name, or note that it is changed (`is_new` false)."""
        text, state = name.text, self._state
        capture = state.captured.get(text)
        if capture is not None and state.is_reached:
            if not capture.is_bound:
                state.captured[text] = replace(capture, is_bound=True)
            elif self._is_variable(text) and text not in self._broken:
                self._broken.add(text)
                self.report(faults.assigned_after_capture(name.span, text, capture.span, capture.function))
        if is_new:
            state.bound.add(text)
            state.partial.pop(text, None)

    def _is_variable(self, name: str) -> bool:
        """Whether assignment is an error because of the capture alone; of a declared name, that has been said."""
        if self.given is not None:
            return False
        kinds = {binding.kind for binding in self.home.bindings.get(name, ())}
        return kinds <= {"parameter", "assigned", "for"}

    def _capture(self, function: Function) -> None:
        title = _title(function)
        for name, (scope, span) in self.names.scopes[id(function)].captured.items():
            if scope is self.home:
                self._note_capture(name, span, title)

    def _note_capture(self, name: str, span: Span, title: str) -> None:
        state = self._state
        is_bound = name in state.bound or name in state.partial
        known = state.captured.get(name)
        if known is None or (is_bound and not known.is_bound):
            state.captured[name] = Capture(span, title, is_bound)

    def _call(self, callee: ast.Name, scope: Scope) -> None:
        """Check that what a function of the file captures is bound when it is called."""
        found = scope.find(callee.text)
        function = found.function(callee.text) if found is not None else None
        if function is None:
            return
        state = self._state
        for (owner, name), span in self.needs[id(function)].items():
            if owner is not self.home or not state.is_reached:
                continue
            if name not in state.bound and name not in self._broken:
                self._broken.add(name)
                why = state.partial.get(name) or self._first(name)
                self.report(faults.called_before_bound(callee.span, callee.text, name, span, why))
                state.bound.add(name)
            self._note_capture(name, span, _title(function, callee.text))

    def _first(self, name: str) -> Label:
        return Label(self.home.bindings[name][0].span, f"`{name}` is bound here")

    def _outside(self, name: str) -> Span | None:
        scope = self.home.parent.find(name) if self.home.parent is not None else None
        return scope.bindings[name][0].span if scope is not None else None


def _leave(end: State, gap: Gap, breaks: list[tuple[State, Gap]]) -> State:
    """The state behind a loop: at its own end, or where a `break` led."""
    for state, other in breaks:
        end, gap = join(end, gap, state, other), other
    return end


def _title(function: Function, name: str | None = None) -> str:
    """What to call a function in a message."""
    if isinstance(function, ast.Lambda):
        return f"`{name}`" if name else "a function"
    return f"`{function.name.text}`"


def _parameter_names(function: Function) -> Iterator[str]:
    yield from (parameter.name.text for parameter in function.parameters)
    if isinstance(function, ast.RuleDef):
        yield from (seed.text for seed in function.seeds)
