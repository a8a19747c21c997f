"""Questions about the text of a block: what it assigns, how it may leave."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from dlang.elaborate.tree import Node, children, pattern_names, root_name, target_parts
from dlang.records import field_names
from dlang.syntax import ast

__all__ = [
    "JUMPS",
    "always_leaves",
    "assigned_names",
    "contains",
    "fields_read",
    "flattened",
    "free_names",
    "inner_jump",
    "leaves_block",
    "names_read",
    "never_ends",
    "returns",
]

JUMPS = (ast.Break, ast.Continue, ast.Return)
WORDS: dict[type, str] = {ast.Break: "break", ast.Continue: "continue", ast.Return: "return"}


def _nodes(roots: Iterable[Node], *, in_loops: bool) -> Iterator[Node]:
    """The nodes and what is inside them, in the order it runs, functions aside; bodies of loops at will."""
    todo = list(roots)[::-1]
    while todo:
        node = todo.pop()
        yield node
        if isinstance(node, (ast.For, ast.While)) and not in_loops:
            todo.append(node.iterable if isinstance(node, ast.For) else node.condition)
        elif isinstance(node, ast.Comprehension):
            todo.extend(part for part in (node.element, node.condition, node.iterable) if part is not None)
        else:
            todo.extend(reversed(children(node)))


def contains(nodes: Iterable[Node], kinds: tuple[type, ...], *, in_loops: bool) -> bool:
    """Whether a jump of these kinds stands in the nodes; `in_loops` looks into bodies of loops too."""
    words = [WORDS[kind] for kind in kinds]
    # searching the text first keeps the cost of deep nesting near linear: few blocks have a jump
    roots = [node for node in nodes if any(word in node.span.text for word in words)]
    return any(isinstance(node, kinds) for node in _nodes(roots, in_loops=in_loops))


def returns(loop: ast.For | ast.While) -> tuple[ast.Return, ...]:
    """The `return`s that leave a loop, if each has a value and only computes it; else none."""
    found = tuple(node for node in _nodes((loop,), in_loops=True) if isinstance(node, ast.Return))
    if any(n.value is None or assigned_names(n.value) or leaves_block([n.value]) for n in found):
        return ()
    return found


def leaves_block(nodes: Sequence[Node]) -> bool:
    """Whether control may leave the nodes by `break`, `continue` or `return`."""
    return contains(nodes, (ast.Break, ast.Continue), in_loops=False) or contains(nodes, (ast.Return,), in_loops=True)


def always_leaves(statements: Sequence[ast.Statement]) -> bool:
    """Whether every path through the statements ends in a jump."""
    for stmt in flattened(statements):
        if isinstance(stmt, (ast.Break, ast.Continue, ast.Return)):
            return True
        if isinstance(stmt, ast.ExprStatement) and isinstance(stmt.value, ast.If) and stmt.value.orelse is not None:
            branches = stmt.value.then.statements, stmt.value.orelse.statements
            if all(map(always_leaves, branches)):
                return True
    return False


def never_ends(stmt: ast.Statement) -> bool:
    """Whether control goes on behind the statement by no path: `while true` without `break`."""
    return (
        isinstance(stmt, ast.While)
        and isinstance(stmt.condition, ast.Boolean)
        and stmt.condition.value
        and not contains(stmt.body.statements, (ast.Break,), in_loops=False)
    )


def flattened(statements: Sequence[ast.Statement]) -> Sequence[ast.Statement]:
    """The same statements, with every jump that ends a value brought where statements stand.

        x = if c { return 1 } else { 2 }    =>    if c { return 1 } else { x = 2 }

    Blocks have no names of their own, so a block that may be left goes into the list it stands in.
    """
    if not any(isinstance(s, (ast.Assign, ast.Return, ast.ExprStatement)) and leaves_block([s]) for s in statements):
        return statements
    return tuple(part for stmt in statements for part in _flat(stmt))


def _flat(stmt: ast.Statement) -> Sequence[ast.Statement]:
    if not isinstance(stmt, (ast.Assign, ast.Return, ast.ExprStatement)) or stmt.value is None:
        return (stmt,)
    value = stmt.value
    if not leaves_block([value]):
        return (stmt,)
    if isinstance(value, ast.Block):
        return flattened(_ending(value.statements, stmt))
    if isinstance(value, ast.If) and value.orelse is not None and not isinstance(stmt, ast.ExprStatement):
        branches = [ast.Block(b.span, tuple(_ending(b.statements, stmt))) for b in (value.then, value.orelse)]
        return (ast.ExprStatement(stmt.span, ast.If(value.span, value.condition, branches[0], branches[1])),)
    return (stmt,)


def _ending(body: Sequence[ast.Statement], use: ast.Assign | ast.Return | ast.ExprStatement) -> Sequence[ast.Statement]:
    """The statements of a block, whose value is put to the use that the block itself had."""
    if not body or not isinstance(body[-1], ast.ExprStatement):
        return body
    value = body[-1].value
    match use:
        case ast.Assign():
            last: ast.Statement = ast.Assign(use.span, use.target, use.operator, value)
        case ast.Return():
            last = ast.Return(use.span, value)
        case _:
            last = ast.ExprStatement(use.span, value)
    return (*body[:-1], *_flat(last))


def inner_jump(stmt: ast.Statement) -> Node | None:
    """A jump that leaves an expression of the statement before it has its value; None if there is none."""
    match stmt:
        case ast.ExprStatement(value=ast.If(condition=part)):
            parts: list[Node] = [part]
        case ast.For() | ast.While():
            parts = [stmt.iterable if isinstance(stmt, ast.For) else stmt.condition]
        case _:
            parts = children(stmt)
    if not leaves_block(parts):
        return None
    return next(n for n in _nodes(parts, in_loops=True) if isinstance(n, JUMPS))


def assigned_names(*nodes: Node) -> dict[str, None]:
    """Names that the nodes assign or change, loops and branches included, in order."""
    found: dict[str, None] = {}
    for node in _nodes(nodes, in_loops=True):
        match node:
            case ast.Assign(target=target):
                roots = map(root_name, target_parts(target))
                found.update((root.text, None) for root in roots if root is not None)
            case ast.For(pattern=pattern):
                found.update((name.text, None) for name in pattern_names(pattern))
            case _:
                pass
    return found


def names_read(node: object) -> dict[str, None]:
    """Every name that the text of a node reads, in functions and comprehensions inside those that they do not bind."""
    found: dict[str, None] = {}
    todo: list[object] = [node]
    while todo:
        item = todo.pop()
        match item:
            case ast.Name(text=text):
                found[text] = None
            case tuple():
                todo.extend(item)
            case ast.Field():
                todo.append(item.target)
            case ast.Argument():
                todo.append(item.value)
            case ast.FunctionDef() | ast.Lambda() | ast.RuleDef():
                found.update(free_names(item.parameters, item.body))
            case ast.Comprehension():
                inner = names_read((item.element, item.condition))
                for name in pattern_names(item.pattern):
                    inner.pop(name.text, None)
                found.update(inner)
                todo.append(item.iterable)
            case _:
                todo.extend(getattr(item, name) for name in field_names(item) if name != "span")
    return found


def free_names(parameters: Sequence[ast.Parameter], body: ast.Block) -> dict[str, None]:
    """Names that a function reads and does not bind; a default knows the parameters before it."""
    found: dict[str, None] = {}
    before: set[str] = set()
    for parameter in parameters:
        found.update((name, None) for name in names_read(parameter.default) if name not in before)
        before.add(parameter.name.text)
    own = before | set(assigned_names(*body.statements))
    own.update(node.name.text for node in _nodes(body.statements, in_loops=True) if isinstance(node, ast.FunctionDef))
    found.update((name, None) for name in names_read(body.statements) if name not in own)
    return found


def fields_read(node: object) -> dict[tuple[str, str], None]:
    """Every `name.field` that the text of a node mentions, nested functions included."""
    found: dict[tuple[str, str], None] = {}
    todo: list[object] = [node]
    while todo:
        item = todo.pop()
        if isinstance(item, tuple):
            todo.extend(item)
            continue
        if isinstance(item, ast.Field) and isinstance(item.target, ast.Name):
            found[item.target.text, item.name.text] = None
        todo.extend(getattr(item, name) for name in field_names(item) if name != "span")
    return found
