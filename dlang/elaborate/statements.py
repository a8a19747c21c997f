"""Statements: assignment, branches and loops, with every jump made structured.

`break`, `continue` and `return` become Bools that say that the rest is skipped. Where one branch of an `if` always
jumps, what follows the `if` belongs to the other branch, and no Bool is needed. The pseudo-names `%broken`,
`%skipped`, `%done` and `%result` hold the state of jumps beside the user's own names.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable, Sequence

from dlang.diagnostics import models as model_faults
from dlang.diagnostics import typing as faults
from dlang.elaborate.jumps import (
    always_leaves,
    contains,
    flattened,
    inner_jump,
    leaves_block,
    never_ends,
)
from dlang.elaborate.loops import BROKEN, RESULT, SKIPPED, Loops
from dlang.elaborate.operators import NOTHING, POISON
from dlang.elaborate.tree import root_name
from dlang.elaborate.values import Func, Num, Str, Tup, Value, describe
from dlang.ir.nodes import Assert, Atom, Print, Var
from dlang.source import Span
from dlang.syntax import ast
from dlang.types import BOOL, DType

__all__ = ["Statements"]


class Statements(Loops):
    """One method a kind of statement; `statements` runs a list of them."""

    def block(self, block: ast.Block) -> Value:
        return self.statements(block.statements, False)

    def statements(self, body: Sequence[ast.Statement], tail: bool) -> Value:
        """The value of the last statement; with `tail` it is also the function's result."""
        body = flattened(body)
        for stmt in body:
            if isinstance(stmt, ast.FunctionDef):
                self._define(stmt)
        value: Value = NOTHING
        for position, stmt in enumerate(body):
            rest = body[position + 1 :]
            self._refuse_inner_jump(stmt)
            if isinstance(stmt, ast.ExprStatement) and isinstance(stmt.value, ast.If):
                if rest and leaves_block([stmt]):
                    return self.if_(stmt.value, rest, tail)
                value = self.if_(stmt.value, (), tail and not rest)
                if tail and not rest:
                    return value
                continue
            value = self.statement(stmt)
            if isinstance(stmt, (ast.Return, ast.Break, ast.Continue)) or never_ends(stmt):
                return POISON
            if rest and isinstance(stmt, (ast.For, ast.While)) and contains([stmt], (ast.Return,), in_loops=True):
                return self._unless_stopped(rest, tail, stmt.span)
        if tail:
            self.frame.env[RESULT] = value
        return value

    def _define(self, stmt: ast.FunctionDef) -> None:
        """Bind a function, unless it is bound already: the rest of a list may be elaborated as a branch's part."""
        name, frame = stmt.name.text, self.frame
        known = frame.env.get(name)
        if not isinstance(known, Func) or known.body is not stmt.body:
            shown = f"{frame.module}.{name}" if frame.module else name
            frame.env[name] = Func(shown, stmt.parameters, stmt.result, stmt.body, stmt.span, frame)

    def statement(self, stmt: ast.Statement) -> Value:
        """One statement; the value of an expression, else nothing."""
        match stmt:
            case ast.ExprStatement():
                return self.value(stmt.value)
            case ast.Assign():
                self._assign_statement(stmt)
            case ast.For() | ast.While():
                self.loop(stmt)
            case ast.Break():
                self.frame.env[BROKEN] = self.literal(True)
            case ast.Continue():
                self.frame.env[SKIPPED] = self.literal(True)
            case ast.Return():
                self.give(stmt)
            case ast.Assert():
                self._assert(stmt)
            case ast.FunctionDef():
                pass  # bound when its list of statements began
            case _:
                self.declaration(stmt)
        return NOTHING

    @abstractmethod
    def declaration(self, stmt: ast.Statement) -> None:
        """A statement that stands only at the top of a file."""

    def _refuse_inner_jump(self, stmt: ast.Statement) -> None:
        jump = inner_jump(stmt)
        if jump is not None:
            instead = "write the `if` as a statement of its own before this one"
            self.fault(model_faults.not_yet(jump.span, "jumps out of the middle of an expression", instead))

    # ---- branches

    def if_(self, node: ast.If, rest: Sequence[ast.Statement], tail: bool) -> Value:
        cond = self.condition(node.condition, "if")
        then = node.then.statements
        orelse: Sequence[ast.Statement] = node.orelse.statements if node.orelse is not None else ()
        leaving = [always_leaves(then), always_leaves(orelse)]
        if rest and any(leaving):
            then, orelse = ((*b, *(() if out else rest)) for b, out in zip((then, orelse), leaving, strict=True))
            rest = ()
        ends = tail and not rest
        if cond is not None and isinstance(cond.known, bool):
            value = self.statements(then if cond.known else orelse, ends)
        else:
            unknown = cond or Num(self.frame.build.ref(Var(BOOL)))
            ways = [self.way(lambda b=b: self.statements(b, ends)) for b in (then, orelse)]  # type: ignore[misc]
            value = self.join(unknown, ways[0], ways[1], node.span, (then, orelse))
        return self._unless_stopped(rest, tail, node.span) if rest else value

    def _unless_stopped(self, rest: Sequence[ast.Statement], tail: bool, span: Span) -> Value:
        """The statements that follow a possible jump."""
        stopped = self.stopped(span)
        if stopped.known is True:
            return POISON
        if stopped.known is False:
            return self.statements(rest, tail)
        going = self.negate(stopped, span)
        then = self.way(lambda: self.statements(rest, tail))
        return self.join(going, then, self.way(lambda: POISON), span)

    # ---- assignment

    def _assign_statement(self, stmt: ast.Assign) -> None:
        if stmt.operator == "=":
            value = self.value(stmt.value)
            if value is NOTHING:
                value = self.fault(faults.missing_value(stmt.value.span, "the right side of `=`"))
            self._assign(stmt.target, value, stmt.value.span)
        else:
            self._update(stmt)

    def _assign(self, target: ast.Expr, value: Value, at: Span) -> None:
        match target:
            case ast.Name():
                self.bind(target.text, value)
            case _ if self._belongs_to_module(target):
                pass  # refused by the check of names
            case ast.TupleLiteral():
                self._unpack(target, value, at)
            case ast.Index():
                self._replace(target, None, value, at)
            case _:
                self.fault(model_faults.not_yet(target.span, "assignments to fields"))

    def _belongs_to_module(self, target: ast.Expr) -> bool:
        root = root_name(target)
        return root is not None and root is not target and self.module_of(root) is not None

    def _unpack(self, target: ast.TupleLiteral, value: Value, at: Span) -> None:
        if isinstance(value, Tup) and len(value.items) == len(target.items):
            for item, part in zip(target.items, value.items, strict=True):
                self._assign(item, part, at)
            return
        what, expected = "what is unpacked", f"a tuple of {len(target.items)}"
        self.refuse(value, what, faults.wrong_type(at, what, expected, describe(value)))
        for item in target.items:
            if isinstance(item, ast.Name):
                self.bind(item.text, POISON)

    def _update(self, stmt: ast.Assign) -> None:
        operator = stmt.operator[:-1]
        spans = stmt.target.span, stmt.value.span
        if self._belongs_to_module(stmt.target):
            self.value(stmt.value)  # refused by the check of names
            return
        if isinstance(stmt.target, ast.Index):
            self._replace(
                stmt.target, lambda old: self.binary(operator, old, self.value(stmt.value), spans), POISON, spans[1]
            )
            return
        if not isinstance(stmt.target, ast.Name):
            self.fault(model_faults.not_yet(stmt.target.span, "assignments to fields"))
            return
        old = self.name(stmt.target)
        self.bind(stmt.target.text, self.binary(operator, old, self.value(stmt.value), spans))

    def _replace(self, target: ast.Index, update: Callable[[Value], Value] | None, new: Value, at: Span) -> None:
        """`target = new`, or `update(old element)` where that is given, each index evaluated once.

        A chain of indexes is rebuilt from the inside.
        """
        whole = self.value(target.target)
        array = self.indexable(whole, target.target.span) if not isinstance(whole, Tup) else None
        place = self.place(array.type, target) if array is not None else None
        if array is None or place is None:
            if isinstance(whole, Tup):
                self.fault(model_faults.not_yet(target.span, "assignments to elements of tuples"))
            if update is not None:
                update(POISON)
            return
        if update is not None:
            new = update(self.read(array, place, target.span))
        fresh = self.number(new, at, "what is assigned to an element", bools=True)
        if fresh is None:
            return
        changed = self.replaced(array, place, fresh, target.span, at)
        if changed is not POISON and isinstance(target.target, (ast.Name, ast.Index)):
            self._assign(target.target, changed, at)

    # ---- assert and print

    def _assert(self, stmt: ast.Assert) -> None:
        cond = self.value(stmt.condition)
        message = self.value(stmt.message) if stmt.message is not None else Str("")
        if not isinstance(message, Str):
            what, at = "the message of `assert`", stmt.message.span if stmt.message is not None else stmt.span
            self.refuse(message, what, faults.wrong_type(at, what, "a String", describe(message)))
            message = Str("")
        if isinstance(cond, Num) and cond.type.dtype is DType.BOOL:
            self.frame.build.emit(Assert(cond.atom, message.text, stmt.condition.span))
        else:
            mend = "compare it: `… != 0`" if isinstance(cond, Num) else None
            misfit = faults.condition_not_bool(stmt.condition.span, "assert", describe(cond), mend)
            self.refuse(cond, "the condition of `assert`", misfit)

    def print_(self, arguments: Sequence[ast.Argument], span: Span) -> Value:
        parts: list[str | Atom] = []
        for argument in arguments:
            value = self.value(argument.value)
            if argument.name is not None:
                fault = f"`print` has no argument `{argument.name.text}`"
                mend = f"to compare, write `{argument.name.text} == …`"
                at, label = argument.span, "`print` takes values only"
                return self.fault(faults.builtin_arguments(at, "print(a, b, …)", fault, mend, label))
            if isinstance(value, Str):
                parts.append(value.text)
            elif isinstance(value, Num):
                parts.append(value.atom)
            else:
                misfit = model_faults.not_yet(argument.span, "tuples, ranges and functions as arguments of `print`")
                self.refuse(value, "an argument of `print`", misfit)
        self.frame.build.emit(Print(tuple(parts), span))
        return NOTHING
