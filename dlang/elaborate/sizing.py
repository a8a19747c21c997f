"""Which parameters of a function reach a shape: their values, where they are known, are part of an instance.

fn grid(n, scale) = scale * linspace(0, 1, n)       n does, scale does not
"""

from __future__ import annotations

from dlang.elaborate.jumps import names_read
from dlang.elaborate.values import Frame, Func, ModuleValue
from dlang.records import field, field_names, record
from dlang.syntax import ast

__all__ = ["Sizing"]

SHAPE_MAKERS = frozenset(
    (
        *("zeros", "ones", "full", "eye", "linspace", "arange", "reshape", "broadcast", "pad", "one_hot"),
        *("tril", "triu", "diag", "rand", "randn", "randint", "choice", "sample"),
    )
)
SIZE_ARGUMENTS = frozenset(("axis", "axes", "ddof", "k", "shape"))


@record(frozen=False, eq=False)
class Sizing:
    """Answers for functions, and remembers the answers."""

    _known: dict[int, frozenset[str]] = field(default_factory=dict)

    def names(self, func: Func) -> frozenset[str]:
        """Parameters whose value may decide a shape: they, or names computed from them, stand where sizes go."""
        if id(func.body) not in self._known:
            self._known[id(func.body)] = frozenset()  # a recursive question finds no more
            self._known[id(func.body)] = frozenset(self._find(func))
        return self._known[id(func.body)]

    def _find(self, func: Func) -> set[str]:
        notes = (func.result, *(parameter.annotation for parameter in func.parameters))
        sized = {d.text for note in notes if note is not None for d in note.dims or () if isinstance(d, ast.Name)}
        flows: list[tuple[str, dict[str, None]]] = []
        todo: list[object] = [func.body]
        while todo:
            item = todo.pop()
            if isinstance(item, tuple):
                todo.extend(item)
                continue
            match item:
                case ast.Call():
                    for position, argument in enumerate(item.arguments):
                        if self._takes_size(func, item.callee, position, argument):
                            sized.update(names_read(argument.value))
                case ast.Slice():
                    sized.update(names_read((item.start, item.stop, item.step)))
                case ast.Comprehension(iterable=ast.Range() as range_):
                    sized.update(names_read((range_.start, range_.stop, range_.step)))
                case ast.Assign(target=ast.Name(text=target)):
                    flows.append((target, names_read(item.value)))
                case _:
                    pass
            todo.extend(getattr(item, n) for n in field_names(item) if n != "span")
        before = -1
        while before != len(sized):
            before = len(sized)
            for target, sources in flows:
                if target in sized:
                    sized.update(sources)
        return sized & {p.name.text for p in func.parameters}

    def _takes_size(self, func: Func, callee: ast.Expr, position: int, argument: ast.Argument) -> bool:
        if isinstance(callee, ast.Name) and callee.text in SHAPE_MAKERS:
            return True
        if argument.name is not None and argument.name.text in SIZE_ARGUMENTS:
            return True
        called = _named(func.frame, _by_default(func, callee))
        if called is None:
            return False
        names = [p.name.text for p in called.parameters]
        target = argument.name.text if argument.name else names[position] if position < len(names) else ""
        return target in self.names(called)


def _by_default(func: Func, callee: ast.Expr) -> ast.Expr:
    """What is called: of a parameter with a default, such as `init = glorot`, the default, as others do likewise."""
    if isinstance(callee, ast.Name):
        for parameter in func.parameters:
            if parameter.name.text == callee.text and parameter.default is not None:
                return parameter.default
    return callee


def _named(frame: Frame, callee: ast.Expr) -> Func | None:
    """The function of the program that an expression names in a frame: `f`, `flow.step`."""
    target = callee.target if isinstance(callee, ast.Field) else callee
    found = frame.find(target.text) if isinstance(target, ast.Name) else None
    value = found[1] if found is not None else None
    if isinstance(callee, ast.Field):
        found = value.frame.own(callee.name.text) if isinstance(value, ModuleValue) else None
        value = found[1] if found is not None else None
    return value if isinstance(value, Func) else None
