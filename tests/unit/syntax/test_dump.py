"""A tree as text."""

from __future__ import annotations

from dlang.records import field_names
from dlang.source import Source
from dlang.syntax import ast, dump, parse

PROGRAM = """\
param k in 0..=inf = 1.0, fixed
fn f(x, n: Int = 3) -> [d] {
  r = {w: true, "b c": false, ...x}
  -x^2 <= 0.5
}
y ~ f(a[1:, 0], n=2)''
"""

DUMP = """\
Program 1:1
  statements
    ParamDecl 1:1 fixed
      name Name 1:7 "k"
      bounds Range 1:12 inclusive
        start Number 1:12 0
        stop Name 1:16 "inf"
      start Number 1:22 1.0
    FunctionDef 2:1
      name Name 2:4 "f"
      parameters
        Parameter 2:6
          name Name 2:6 "x"
        Parameter 2:9
          name Name 2:9 "n"
          annotation Annotation 2:12 "Int"
          default Number 2:18 3
      result Annotation 2:24 "Real"
        dims
          Name 2:25 "d"
      body Block 2:28
        statements
          Assign 3:3 "="
            target Name 3:3 "r"
            value RecordLiteral 3:7
              fields
                RecordField 3:8 "w"
                  value Boolean 3:11 true
                RecordField 3:17 "b c"
                  value Boolean 3:24 false
                RecordField 3:31
                  value Name 3:34 "x"
          ExprStatement 4:3
            value Compare 4:3
              first Unary 4:3 "-"
                operand Power 4:4
                  base Name 4:4 "x"
                  exponent Number 4:6 2
              rest
                <= Number 4:11 0.5
    Tilde 6:1
      target Name 6:1 "y"
      model Prime 6:5 2
        target Call 6:5
          callee Name 6:5 "f"
          arguments
            Argument 6:7
              value Index 6:7
                target Name 6:7 "a"
                items
                  Slice 6:9
                    start Number 6:9 1
                  Number 6:13 0
            Argument 6:17
              name Name 6:17 "n"
              value Number 6:19 2
"""


def test_a_program_as_text() -> None:
    assert dump(parse(Source("test.dl", PROGRAM))) == DUMP


def test_an_empty_program_as_text() -> None:
    assert dump(parse(Source("test.dl", ""))) == "Program 1:1\n"


def test_every_field_of_every_node_is_shown_or_absent() -> None:
    """A node's kind appears with each of its fields that is a node or a list of nodes."""
    seen: set[type] = set()
    pending: list[object] = [parse(Source("test.dl", PROGRAM))]
    count = 0
    while pending:
        node = pending.pop()
        if isinstance(node, tuple):
            pending += node
        elif type(node).__module__ == ast.__name__:
            seen.add(type(node))
            count += 1
            pending += [getattr(node, name) for name in field_names(node)]
    lines = DUMP.splitlines()
    assert sum(any(f"{kind.__name__} " in line for kind in seen) for line in lines) == count
