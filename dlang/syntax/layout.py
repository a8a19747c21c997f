"""The layout of expressions: from the concrete tree to documents. The rules are in `format`."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, ClassVar

from dlang.source import Source
from dlang.syntax.comments import Comment, Comments
from dlang.syntax.concrete import PARENTHESES, Node, Part, first_token, last_token
from dlang.syntax.document import (
    HARD,
    LINE,
    SOFT,
    Behind,
    Choice,
    Concat,
    Doc,
    Fill,
    Flat,
    Group,
    IfBroken,
    Indent,
    Remark,
)
from dlang.syntax.tokens import Token

__all__ = ["Expressions", "Handler"]

Handler = Callable[[Any, Node], Doc]
"""What lays out a node, given the layout and the node."""

_CHAINS = frozenset(("sum", "product", "conjunction", "disjunction", "comparison"))
_LITERALS = frozenset(("array", "record", "comprehension"))
_SIMPLE = frozenset(("name", "number", "text", "true", "false", "field", "call", "index", "prime", "unary", "power"))


class Expressions:
    """Makes documents of expressions. Each method lays out the shape of the grammar that `handlers` gives it for.

    Args:
        source: the program.
        comments: its comments; those that are written are taken out of `comments.before`.
    """

    handlers: ClassVar[Mapping[str, Handler]]

    def __init__(self, source: Source, comments: Comments) -> None:
        self.source = source
        self.comments = comments

    # ---- tokens and comments

    def doc(self, part: Part) -> Doc:
        """The document of a node or a token."""
        if isinstance(part, Token):
            return self.token(part)
        return self.handlers[part.kind](self, part)

    def token(self, token: Token) -> Doc:
        """A token with its comments."""
        before = self.taken(token)
        behind = self.comments.behind.get(token.start)
        if not before and behind is None:
            return token.text
        remarks = [Remark(each.text) for each in before]
        trailing = [Behind(behind.text, behind.column, behind.gap)] if behind else []
        return Concat(*remarks, token.text, *trailing)

    def taken(self, part: Part) -> list[Comment]:
        """The comments on lines of their own before a part, which are the caller's to write from now on."""
        token = first_token(part)
        return self.comments.before.pop(token.start, []) if token else []

    def is_split(self, before: Part, after: Part) -> bool:
        """Whether the source has a new line between two parts."""
        left, right = last_token(before), first_token(after)
        return left is not None and right is not None and "\n" in self.source.text[left.end : right.start]

    def has_remark(self, part: Part) -> bool:
        """Whether a comment on a line of its own stands before a part."""
        first = first_token(part)
        return first is not None and first.start in self.comments.before

    def has_comment(self, part: Part) -> bool:
        """Whether a comment stands before a part, or behind it."""
        last = last_token(part)
        return self.has_remark(part) or (last is not None and last.start in self.comments.behind)

    # ---- what is in brackets

    def bracketed(
        self,
        opener: Part,
        members: Sequence[Part],
        closer: Part,
        *,
        fill: bool = False,
        forced: bool = False,
        hugs: bool = False,
    ) -> Doc:
        """Items on one line, or a line each with a comma behind the last.

        Args:
            opener: the bracket that opens.
            members: nodes, each but the last with a separator behind it; the last may have a comma.
            closer: the bracket that closes.
            fill: several items a line.
            forced: a line each, even if they would fit; a comma behind the last item says so too.
            hugs: the last item may stay behind the bracket and break inside.
        """
        tail: Doc = IfBroken(",")
        if members and members[-1].kind == "COMMA":
            *members, comma = members
            if not fill or self.has_comment(comma):
                forced, tail = True, self.doc(comma)
        items = [Concat(*map(self.doc, item)) for item in _items(members)]
        remarks = self.closing(closer)
        left, right = self.doc(opener), self.doc(closer)
        if not items:
            return Concat(left, remarks, HARD if remarks else "", right)
        inner = Fill(*items) if fill else Concat(*_with(LINE, items))
        apart = Group(Concat(left, Indent(Concat(SOFT, inner, tail)), remarks, SOFT, right), forced=forced)
        *others, last = items
        if not hugs or forced or remarks or not isinstance(left, str) or last.leads or last.trails:
            return apart
        if any(each.forced or each.leads or each.trails for each in others):
            return apart
        return Choice(Concat(left, *(part for each in others for part in (Flat(each), " ")), last, right), apart)

    def closing(self, closer: Part) -> Doc:
        """The comments before a closing bracket, each on a line of its own, indented."""
        lines = [part for each in self.taken(closer) for part in (HARD, each.text)]
        return Indent(Concat(*lines)) if lines else ""

    def array(self, node: Node) -> Doc:
        """`[a, b]`: numbers fill their lines; rows that are written on lines of their own stay so."""
        opener, *members, closer = node.parts
        items = [each for each in members if isinstance(each, Node)]
        rows = len(items) > 1 and all(each.kind == "array" for each in items) and self.is_split(items[0], items[1])
        fill = len(items) > 1 and all(map(_is_number, items))
        return self.bracketed(opener, members, closer, fill=fill, forced=rows)

    def tuple(self, node: Node) -> Doc:
        """`(a, b)`; the comma of `(a,)` makes it a tuple."""
        opener, *members, closer = node.parts
        if len(members) == 2:
            item, comma = members
            return self.enclosed(opener, Concat(self.doc(item), self.doc(comma)), closer)
        return self.bracketed(opener, members, closer)

    def listed(self, node: Node) -> Doc:
        """Items in brackets that may be empty, such as a record."""
        opener, *members, closer = node.parts
        return self.bracketed(opener, members, closer)

    def parentheses(self, node: Node) -> Doc:
        """`(expression)`: a chain is as deep as its bracket."""
        opener, inner, closer = node.parts
        return self.enclosed(opener, self.hanging(inner), closer)

    def enclosed(self, opener: Part, inner: Doc, closer: Part) -> Doc:
        """One thing in brackets, which takes no comma behind it."""
        remarks = self.closing(closer)
        return Group(Concat(self.doc(opener), Indent(Concat(SOFT, inner)), remarks, SOFT, self.doc(closer)))

    def comprehension(self, node: Node) -> Doc:
        """`[element for pattern in iterable if condition]`."""
        opener, element, for_, pattern, in_, iterable, *condition, closer = node.parts
        words: list[Doc] = [self.doc(element), LINE, *self.spaced(for_, pattern, in_, iterable)]
        if condition:
            words += [LINE, *self.spaced(*condition)]
        return self.enclosed(opener, Concat(*words), closer)

    # ---- operators

    def chain(self, node: Node) -> Group:
        """A chain of operators, which breaks behind each."""
        return Group(Indent(self.links(node)))

    def links(self, node: Node) -> Concat:
        """The operands and operators of a chain, a line each if it breaks."""
        first, *rest = node.parts
        docs: list[Doc] = [self.doc(first)]
        for operator, operand in zip(rest[::2], rest[1::2], strict=True):
            docs += [" ", self.doc(operator), LINE, self.doc(operand)]
        return Concat(*docs)

    def hanging(self, part: Part) -> Doc:
        """An expression at the beginning of a line that is indented already."""
        if isinstance(part, Node) and part.kind in _CHAINS:
            return Group(self.links(part))
        return self.doc(part)

    def head(self, part: Part) -> Doc:
        """An expression before a block: its lines stand deeper than those of the block."""
        if isinstance(part, Node) and part.kind in _CHAINS:
            return Group(Indent(Indent(self.links(part))))
        return self.doc(part)

    def value(self, sign: Part, part: Part) -> Doc:
        """` = value`, or another sign: a chain that does not fit on the line begins on the next."""
        equals = self.doc(sign)
        doc = self.hanging(part)
        below = Indent(Concat(HARD, doc))
        if not isinstance(equals, str) or (not isinstance(doc, str) and doc.leads):
            return Concat(" ", equals, below)
        if isinstance(part, Node) and part.kind in _CHAINS:
            return Concat(" ", equals, Group(Indent(Concat(LINE, doc))))
        return Concat(" ", equals, Choice(Concat(" ", doc), below))

    def pipe(self, node: Node) -> Doc:
        """`x |> f |> g`: a long one breaks before each `|>`, unless it is one that ends in a block."""
        first, *rest = node.parts
        hugs = len(rest) == 2 and _ends_in_block(rest[1]) and not self.has_remark(rest[0])
        start = self.doc(first)
        stages = [
            Concat(self.doc(sign), " ", self.doc(stage)) for sign, stage in zip(rest[::2], rest[1::2], strict=True)
        ]
        chain = Group(Concat(start, Indent(Concat(*(part for stage in stages for part in (LINE, stage))))))
        if hugs and (isinstance(start, str) or not (start.forced or start.trails)):
            return Choice(Concat(Flat(start), " ", *stages), chain)
        return chain

    def negation(self, node: Node) -> Doc:
        """`not x`."""
        operator, operand = node.parts
        return Concat(self.doc(operator), Group(Indent(LINE)), self.doc(operand))

    def unary(self, node: Node) -> Doc:
        """`-x`."""
        operator, operand = node.parts
        nested = isinstance(operand, Node) and operand.kind == "unary"
        return Concat(self.doc(operator), Group(Indent(LINE)) if nested else "", self.doc(operand))

    def power(self, node: Node) -> Doc:
        """`x^2`; only where nothing else can, it breaks behind the `^`."""
        base, sign, exponent = node.parts
        return Concat(self.doc(base), self.doc(sign), Group(Indent(SOFT)), self.doc(exponent))

    def range(self, node: Node) -> Doc:
        """`0..n by 2`."""
        start, dots, stop, *step = node.parts
        space = " " if _is_glued(start, stop) else ""
        docs = [self.doc(start), space, self.doc(dots), Group(Indent(LINE if space else SOFT)), self.doc(stop)]
        if step:
            docs += [" ", self.doc(step[0]), Group(Indent(LINE)), self.doc(step[1])]
        return Concat(*docs)

    # ---- what stands behind an expression

    def call(self, node: Node) -> Doc:
        """`f(a, b)`. A block that ends the arguments, or a literal alone, opens behind the bracket of the call."""
        callee, opener, *members, closer = node.parts
        literal = len(members) == 1 and _value(members[0]).kind in _LITERALS
        hugs = literal or _ends_in_block(node)
        return Concat(self.doc(callee), self.bracketed(opener, members, closer, hugs=hugs))

    def index(self, node: Node) -> Doc:
        """`a[i, 1:, :]`."""
        target, opener, *members, closer = node.parts
        return Concat(self.doc(target), self.bracketed(opener, members, closer))

    def slice(self, node: Node) -> Doc:
        """`lo:hi:step`, with spaces round the colons if a part is an operation."""
        spaced = any(each.kind not in _SIMPLE for each in node.nodes())
        docs: list[Doc] = []
        for at, part in enumerate(node.parts):
            is_colon = isinstance(part, Token)
            if spaced and at and is_colon != isinstance(node.parts[at - 1], Token):
                docs.append(" ")
            docs.append(self.doc(part))
        return Concat(*docs)

    def field(self, node: Node) -> Doc:
        """`r.w`; behind a number a space keeps the point from belonging to it."""
        target, dot, name = node.parts
        last = last_token(target)
        number = last is not None and last.kind in ("INT", "REAL")
        return Concat(self.doc(target), " " if number else "", self.doc(dot), self.doc(name))

    def joined(self, node: Node) -> Doc:
        """Parts without spaces."""
        return Concat(*map(self.doc, node.parts))

    def entry(self, node: Node) -> Doc:
        """`name: value`, of a record."""
        key, colon, value = node.parts
        return Concat(self.doc(key), self.doc(colon), " ", self.doc(value))

    def spread(self, node: Node) -> Doc:
        """`...r`."""
        dots, value = node.parts
        return Concat(self.doc(dots), " " if _begins_with_point(value) else "", self.doc(value))

    # ---- parameters

    def parameter(self, node: Node) -> Doc:
        """`name: annotation = default`."""
        docs: list[Doc] = []
        for part in node.parts:
            kind = part.kind
            docs += [" "] * (kind == "ASSIGN" or (bool(docs) and not isinstance(part, Token)))
            docs.append(self.doc(part))
        return Concat(*docs)

    def annotation(self, node: Node) -> Doc:
        """`[n, d] Int`."""
        opener, *members, last = node.parts
        if isinstance(last, Token):
            return self.bracketed(opener, members, last)
        *members, closer = members
        return Concat(self.bracketed(opener, members, closer), " ", self.doc(last))

    def spaced(self, *parts: Part) -> list[Doc]:
        """Parts with a space between every two."""
        return list(_with(" ", map(self.doc, parts)))


def _items(members: Sequence[Part]) -> Iterator[list[Part]]:
    """Each item with the separators behind it."""
    item: list[Part] = []
    for member in members:
        if isinstance(member, Node) and item and isinstance(item[-1], Token):
            yield item
            item = []
        item.append(member)
    if item:
        yield item


def _with(between: Doc, docs: Any) -> Iterator[Doc]:
    for at, each in enumerate(docs):
        if at:
            yield between
        yield each


def _value(part: Part) -> Part:
    """The value of a positional argument; anything else is itself."""
    return part.parts[0] if isinstance(part, Node) and part.kind == "positional_argument" else part


def _ends_in_block(part: Part) -> bool:
    """Whether a part is a call whose last argument is a function with a block, with a comma behind it or not."""
    if not isinstance(part, Node) or part.kind != "call":
        return False
    arguments = part.nodes()[1:]
    return bool(arguments) and _value(arguments[-1]).kind == "block_lambda"


def _is_number(node: Node) -> bool:
    """Whether a node is a number, perhaps with a sign."""
    if node.kind == "unary":
        inner = node.parts[1]
        return isinstance(inner, Node) and inner.kind == "number"
    return node.kind == "number"


def _is_glued(start: Part, stop: Part) -> bool:
    """Whether the dots of a range would run into its ends: `1. .. 2`, `0 .. .5`."""
    last = last_token(start)
    return (last is not None and last.text.endswith(".")) or _begins_with_point(stop)


def _begins_with_point(part: Part) -> bool:
    first = first_token(part)
    return first is not None and first.text.startswith(".")


EXPRESSIONS: Mapping[str, Handler] = {
    "array": Expressions.array,
    "array_annotation": Expressions.annotation,
    "bounds": Expressions.range,
    "call": Expressions.call,
    "comparison": Expressions.chain,
    "comprehension": Expressions.comprehension,
    "conjunction": Expressions.chain,
    "disjunction": Expressions.chain,
    "entry": Expressions.entry,
    "false": Expressions.joined,
    "field": Expressions.field,
    "index": Expressions.index,
    "name": Expressions.joined,
    "named_argument": Expressions.joined,
    "negation": Expressions.negation,
    "number": Expressions.joined,
    "parameter": Expressions.parameter,
    PARENTHESES: Expressions.parentheses,
    "pipe": Expressions.pipe,
    "positional_argument": Expressions.joined,
    "power": Expressions.power,
    "prime": Expressions.joined,
    "product": Expressions.chain,
    "range": Expressions.range,
    "record": Expressions.listed,
    "scalar_annotation": Expressions.joined,
    "slice": Expressions.slice,
    "spread": Expressions.spread,
    "sum": Expressions.chain,
    "text": Expressions.joined,
    "true": Expressions.joined,
    "tuple": Expressions.tuple,
    "tuple_pattern": Expressions.tuple,
    "unary": Expressions.unary,
}
"""What lays out each expression, by its shape in the grammar."""
