"""The canonical layout of a program: the same tree, the same comments, one way to write it.

- A statement a line, in lines of 100 characters, indented by 2; lines end in `\\n`, and the last one too. At most one
  blank line in a row is kept in a block, two between the statements of a file, none at the beginning or end of either.
- Spaces stand round operators and `=`, but not round `^`, the dots of a range, the colon of a slice of simple parts, or
  the `=` of a named argument. Numbers, strings, names and parentheses stay as they are written.
- What does not fit breaks at its outermost brackets first: an item a line, with a comma behind the last, the closing
  bracket on a line of its own. A comma behind the last item in the source says that the items shall have lines of
  their own. Arrays of numbers fill their lines; a matrix that is written in rows stays in rows.
- A chain of operators breaks behind each of its operators, a pipe before each `|>`. A chain that is a value begins on
  the line below its `=`.
- A block of one statement stays on one line if it is written so and fits; of the blocks of an `if` all do, or none.
- A comment on a line of its own is indented as what follows it. One behind code keeps its column, so that comments
  which are aligned stay so, but two spaces are between it and the code at least; where it stood no further away,
  exactly two. Comments in the same column, with at most one line between them, move together.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import ClassVar

from dlang.diagnostics.core import DlangError, InternalError
from dlang.records import field_names
from dlang.recursion import deep_recursion
from dlang.source import Source, Span
from dlang.syntax.comments import comments
from dlang.syntax.concrete import Node, Part, concrete, first_token, last_token
from dlang.syntax.document import HARD, LINE, Behind, Concat, Doc, Fill, Group, Indent, Row, render
from dlang.syntax.layout import EXPRESSIONS, Expressions, Handler
from dlang.syntax.parse import parse
from dlang.syntax.tokens import Token

__all__ = ["HANDLERS", "WIDTH", "format_program", "same_tree"]

WIDTH = 100
"""Characters of a line, its comment not counted."""

_BLANKS_IN_FILE, _BLANKS_IN_BLOCK = 2, 1
_NEAR = 2
"""Spaces before a comment behind code."""
_TOGETHER = 2
"""Lines between comments that move together."""


def format_program(source: Source) -> str:
    """The program in the canonical layout. It is a fixed point: formatted again, it stays as it is.

    Raises:
        DlangError: with every syntax error of the program.
        InternalError: the result would mean something else.
    """
    tree = parse(source)
    root, tokens = concrete(source)
    with deep_recursion():
        doc = Layout(source, comments(source, tokens)).program(root, tokens[-1])
        text = _text(render(doc, WIDTH))
    if text != source.text:
        try:
            again = parse(Source(source.name, text))
        except DlangError as error:
            raise InternalError(f"the layout of {source.name} is no program") from error
        if not same_tree(tree, again):
            raise InternalError(f"the layout of {source.name} means something else")
    return text


def same_tree(one: object, other: object) -> bool:
    """Whether two trees differ in their spans at most."""
    pending = [(one, other)]
    while pending:
        left, right = pending.pop()
        names = field_names(left)
        if type(left) is not type(right):
            return False
        if isinstance(left, tuple) and isinstance(right, tuple):
            if len(left) != len(right):
                return False
            pending += zip(left, right, strict=True)
        elif not names:
            if repr(left) != repr(right):  # of 0.0 and -0.0, and of 1 and 1.0, `==` says that they are the same
                return False
        elif not isinstance(left, Span):
            pending += [(getattr(left, name), getattr(right, name)) for name in names]
    return True


def _text(rows: Sequence[Row]) -> str:
    """The lines with the comments behind them put in their columns."""
    lines = [row.code for row in rows]
    for run in _runs(rows):
        end = max(len(lines[at]) for at, _ in run) + _NEAR
        is_near = min(comment.gap for _, comment in run) <= _NEAR
        column = end if is_near else max(run[0][1].column, end)
        for at, comment in run:
            lines[at] = lines[at].ljust(column) + comment.text
    return "".join(f"{line}\n" for line in lines)


def _runs(rows: Sequence[Row]) -> list[list[tuple[int, Behind]]]:
    """The comments behind code with their lines, those in one column together if at most a line is between them."""
    runs: list[list[tuple[int, Behind]]] = []
    for at, (_, comment) in enumerate(rows):
        if comment is None:
            continue
        last = runs[-1][-1] if runs else None
        if last is not None and last[1].column == comment.column and at - last[0] <= _TOGETHER:
            runs[-1].append((at, comment))
        else:
            runs.append([(at, comment)])
    return runs


class Layout(Expressions):
    """Makes documents of statements, blocks and what contains them."""

    handlers: ClassVar[Mapping[str, Handler]]

    def program(self, root: Node, end: Token) -> Doc:
        """A file."""
        return Concat(*self.statements(root.nodes(), end, _BLANKS_IN_FILE))

    def statements(self, nodes: Sequence[Node], closer: Part, blanks: int) -> list[Doc]:
        """Statements and comments, a line each, with up to `blanks` blank lines kept between them."""
        entries: list[tuple[int, int, Doc]] = []
        for part in (*nodes, closer):
            for comment in self.taken(part):
                line = self.line(comment.start)
                entries.append((line, line, comment.text))
            first, last = first_token(part), last_token(part)
            if part is not closer and first and last:
                entries.append((self.line(first.start), self.line(last.start), self.doc(part)))
        docs: list[Doc] = []
        before = 0
        for begin, end, doc in entries:
            if docs:
                docs += [HARD] * (1 + max(0, min(blanks, begin - before - 1)))
            docs.append(doc)
            before = end
        return docs

    def line(self, offset: int) -> int:
        """The line of an offset."""
        return self.source.position(offset)[0]

    # ---- blocks

    def block(self, node: Node) -> Doc:
        """`{ statements }`, as a group."""
        return Group(self.braces(node))

    def braces(self, node: Node) -> Doc:
        """`{ statements }`, which breaks with the group around it."""
        opener, *_, closer = node.parts
        statements = node.nodes()
        single = statements[0] if len(statements) == 1 else None
        if single and not (self.is_split(opener, single) or self.has_remark(single) or self.has_remark(closer)):
            return Concat(self.doc(opener), Indent(Concat(LINE, self.doc(single))), LINE, self.doc(closer))
        lines = self.statements(statements, closer, _BLANKS_IN_BLOCK)
        if not lines:
            return Concat(self.doc(opener), self.doc(closer))
        return Concat(self.doc(opener), Indent(Concat(HARD, *lines)), HARD, self.doc(closer))

    def conditional(self, node: Node) -> Doc:
        """`if c { } else if d { } else { }`: its blocks break together."""
        docs: list[Doc] = []
        pending: Node | None = node
        while pending:
            word, condition, then, *rest = pending.parts
            docs += [self.doc(word), " ", self.head(condition), " ", self.braces_of(then)]
            pending = None
            if rest:
                otherwise, alternative = rest
                docs += [" ", self.doc(otherwise), " "]
                if isinstance(alternative, Node) and alternative.kind == "else_if":
                    (pending,) = alternative.nodes()
                else:
                    docs.append(self.braces_of(alternative))
        return Group(Concat(*docs))

    def braces_of(self, part: Part) -> Doc:
        """`braces` of a part that is a block."""
        assert isinstance(part, Node)
        return self.braces(part)

    def function_like(self, head: Doc, body: Part) -> Doc:
        """A head with its body: a block, or ` = expression`."""
        assert isinstance(body, Node)
        if body.kind == "block":
            return Group(Concat(head, " ", self.braces(body)))
        return Concat(head, self.doc(body))

    def expression_body(self, node: Node) -> Doc:
        """` = expression`."""
        return self.value(*node.parts)

    def function(self, node: Node) -> Doc:
        """`fn f(x) -> Real = …`, `fn f(x) { … }`."""
        word, name, *rest, body = node.parts
        signature, result = _until_closed(rest)
        head = [self.doc(word), " ", self.doc(name), self.parameters(signature)]
        if result:
            head += [" ", *self.spaced(*result)]
        return self.function_like(Concat(*head), body)

    def parameters(self, parts: Sequence[Part]) -> Doc:
        """What is in the brackets behind a function's name; a comma before `;` says nothing."""
        opener, *members, closer = (each for part in parts for each in _listed(part))
        kept = [
            each
            for at, each in enumerate(members)
            if not (
                each.kind == "COMMA"
                and at + 1 < len(members)
                and members[at + 1].kind == "SEMICOLON"
                and not self.has_comment(each)
            )
        ]
        return self.bracketed(opener, kept, closer)

    def derivative_rule(self, node: Node) -> Doc:
        """`jvp f(x; dx) = …`."""
        word, name, *signature, body = node.parts
        return self.function_like(Concat(*self.spaced(word, name), self.parameters(signature)), body)

    def short_lambda(self, node: Node) -> Doc:
        """`fn(x) = …`."""
        word, *signature, sign, value = node.parts
        return Concat(self.doc(word), self.parameters(signature), self.value(sign, value))

    def block_lambda(self, node: Node) -> Doc:
        """`fn(x) { … }`."""
        word, *signature, body = node.parts
        return self.function_like(Concat(self.doc(word), self.parameters(signature)), body)

    # ---- statements

    def words(self, node: Node) -> Doc:
        """Parts with a space between every two."""
        return Concat(*self.spaced(*node.parts))

    def assign(self, node: Node) -> Doc:
        """`target = value`, `target += value`, `target ~ model`."""
        target, sign, value = node.parts
        return Concat(self.doc(target), self.value(sign, value))

    def loop(self, node: Node) -> Doc:
        """`for pattern in iterable { }`, `while condition { }`."""
        *words, subject, body = node.parts
        return Group(
            Concat(
                *(part for word in words for part in (self.doc(word), " ")),
                self.head(subject),
                " ",
                self.braces_of(body),
            )
        )

    def assertion(self, node: Node) -> Doc:
        """`assert condition, message`."""
        word, condition, *message = node.parts
        docs = [self.doc(word), " ", self.doc(condition)]
        if message:
            comma, text = message
            docs += [self.doc(comma), Group(Indent(LINE)), self.doc(text)]
        return Concat(*docs)

    def param(self, node: Node) -> Doc:
        """`param name in bounds = start, fixed`."""
        at = next(index for index, part in enumerate(node.parts) if part.kind == "ASSIGN")
        sign, start, *fixed = node.parts[at:]
        docs = [*self.spaced(*node.parts[:at]), self.value(sign, start)]
        if fixed:
            comma, word = fixed
            docs += [self.doc(comma), Group(Indent(LINE)), self.doc(word)]
        return Concat(*docs)

    def data_file(self, node: Node) -> Doc:
        """`data a, b from "path"`: names fill their lines."""
        at = next(index for index, part in enumerate(node.parts) if part.kind == "FROM")
        word, *names = node.parts[:at]
        pairs = [Concat(*map(self.doc, names[index : index + 2])) for index in range(0, len(names), 2)]
        return Concat(self.doc(word), " ", Indent(Fill(*pairs)), " ", *self.spaced(*node.parts[at:]))

    def named_value(self, node: Node) -> Doc:
        """`data name = value`, `report name = value`."""
        word, name, sign, value = node.parts
        return Concat(*self.spaced(word, name), self.value(sign, value))


def _until_closed(parts: Sequence[Part]) -> tuple[Sequence[Part], Sequence[Part]]:
    """Parts up to the closing bracket, and those behind it."""
    at = next(index for index, part in enumerate(parts) if part.kind == "RPAR") + 1
    return parts[:at], parts[at:]


def _listed(part: Part) -> Sequence[Part]:
    """The members of a list of parameters or names; anything else is one."""
    return part.parts if isinstance(part, Node) and part.kind in ("parameters", "names") else (part,)


HANDLERS: Mapping[str, Handler] = {
    **EXPRESSIONS,
    "assertion": Layout.assertion,
    "assign": Layout.assign,
    "block": Layout.block,
    "block_lambda": Layout.block_lambda,
    "break_statement": Layout.words,
    "compound_assign": Layout.assign,
    "conditional": Layout.conditional,
    "continue_statement": Layout.words,
    "data_file": Layout.data_file,
    "data_value": Layout.named_value,
    "derivative_rule": Layout.derivative_rule,
    "expression_body": Layout.expression_body,
    "expression_statement": Layout.words,
    "for_loop": Layout.loop,
    "function": Layout.function,
    "import_file": Layout.words,
    "import_library": Layout.words,
    "objective": Layout.words,
    "param": Layout.param,
    "report": Layout.named_value,
    "return_statement": Layout.words,
    "short_lambda": Layout.short_lambda,
    "tilde": Layout.assign,
    "while_loop": Layout.loop,
}
"""What lays out each shape of the grammar. Those that are not here are taken apart by what contains them."""

Layout.handlers = HANDLERS
