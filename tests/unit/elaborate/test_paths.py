"""Paths: what is bound where, what a function has captured when, what is never reached."""

from __future__ import annotations

import pytest
from unit.elaborate.checking import check, codes, found, one


@pytest.mark.parametrize(
    ("text", "gap"),
    [
        ("if c { x = 1 }\nprint(x)", "where this does not hold, `x` is not bound"),
        ("if c { y = 1 } else { x = 1 }\nprint(x)", "where this holds, `x` is not bound"),
        (
            "if c { x = 1 } else if d { x = 2 }\nprint(x)",
            "where this does not hold, `x` is not bound",
        ),
        ("for i in 0..3 { x = i }\nprint(x)", "this loop may run zero times, and then `x` is not bound"),
        ("for x in 0..3 { }\nprint(x)", "this loop may run zero times, and then `x` is not bound"),
        ("while c { x = 1 }\nprint(x)", "this loop may run zero times, and then `x` is not bound"),
        ("while true { if c { break }; x = 1 }\nprint(x)", "this leaves the loop before `x` is bound"),
        (
            "for i in 0..3 { if i > 0 { print(x) }; x = i }",
            "on the first pass of this loop `x` is not bound yet",
        ),
        ("y = c and { x = 1; d }\nprint(x)", "`and` may skip this, and then `x` is not bound"),
        ("y = [{ x = i; x } for i in 0..3]\nprint(x)", "this may run zero times, and then `x` is not bound"),
    ],
)
def test_a_name_bound_on_one_path_only_is_an_error_that_shows_the_other(text: str, gap: str) -> None:
    for program in (f"c = true\nd = true\n{text}", f"fn f(c, d) {{\n{text}\n}}"):
        fault = one(program)
        assert fault.code == "E0203"
        assert fault.primary is not None
        assert fault.primary.span.text == "x"
        assert [label.text for label in fault.labels] == [gap]


@pytest.mark.parametrize(
    "text",
    [
        "if c { x = 1 } else { x = 2 }\nprint(x)",
        "if c { x = 1 } else { return 1 }\nprint(x)",
        "if c { return 1 } else if d { x = 2 } else { x = 3 }\nprint(x)",
        "while true { x = 1; if c { break } }\nprint(x)",
        "while true { if c { x = 1; break } else { x = 2; break } }\nprint(x)",
        "for i in 0..3 { if c { continue }; x = 1; print(x) }",
        "for i in 0..3 { if c { x = 1 } else { break }; print(x) }",
        "x = 0\nfor i in 0..3 { x += i }\nprint(x)",
        "(x, (y, z)) = (1, (2, 3))\nprint(x, y, z)",
        "x = if c { y = 1; y } else { y = 2; y }\nprint(x, y)",
        "while { x = 1; c } { print(x) }\nprint(x)",
        "y = { x = 1; x } and c\nprint(x)",
    ],
)
def test_a_name_bound_on_every_path_is_fine(text: str) -> None:
    assert codes(f"fn f(c, d) {{\n{text}\n}}") == []


def test_a_name_used_before_it_is_bound_is_told_once() -> None:
    assert found("y = x + x\nz = x\nx = 2") == [("E0202", 1, "x")]
    assert found("y ~ k\nparam k = 1\ndata y = 2") == [("E0202", 1, "y"), ("E0202", 1, "k")]
    assert codes("x = x + 1") == ["E0202"]


def test_a_local_name_that_hides_an_outer_one_is_explained() -> None:
    fault = one("k = 1\nfn f(x) {\n  y = k * x\n  k = 2\n  y + k\n}")
    assert fault.code == "E0202"
    assert [label.span.line for label in fault.labels] == [4, 1]
    assert "its own" in fault.notes[0]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("fn f(x) = a * x\nprint(f(1))\na = 1", ["E0204"]),
        ("fn f(x) = a * x\nprint(1 |> f)\na = 1", ["E0204"]),
        ("f = fn(x) = a * x\nprint(f(1))\na = 1", ["E0204"]),
        ("fn g(x) = f(x)\nprint(g(1))\na = 1\nfn f(x) = a * x", ["E0204"]),
        ("fn f(x) = a * x\nif true { a = 1 }\nprint(f(1))", ["E0204"]),
        ("fn g() {\n  fn f(x) = a * x\n  y = f(1)\n  a = 1\n  y\n}", ["E0204"]),
        ("fn f(x) = a * x\na = 1\nprint(f(1))", []),
        ("fn g(x) = f(x)\nfn f(x) = a * x\na = 1\nprint(g(1))", []),
    ],
)
def test_what_a_function_captures_is_bound_before_the_first_call(text: str, expected: list[str]) -> None:
    assert codes(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "a = 1\nfn f(x) = a * x\na = 2",
        "a = 1\nf = fn(x) = a * x\na += 2",
        "a = [1]\nfn f(x) = a * x\na[0] = 2",
        "fn f(x) = a * x\na = 1\na = 2",
        "fn f(x) = a * x\nfor i in 0..3 { a = i }",
        "a = 1\ny = f(1)\na = 2\nfn f(x) = a * x",
        "fn g(a) {\n  f = fn(x) = a * x\n  a = 2\n  f(a)\n}",
        "a = 1\nif true { f = fn(x) = a * x } else { f = sin }\na = 2\nprint(f)",
        "for i in 0..3 { y = i; print(map(fn(x) = x + y, [1])); y = 2 }",
        "i = 1\nfn f(x) = i * x\nfor i in 0..3 { print(i) }",
    ],
)
def test_a_captured_name_is_not_assigned_afterwards(text: str) -> None:
    [fault] = check(text)
    assert fault.code == "E0205"
    assert fault.primary is not None
    assert fault.labels[0].span.text in ("a", "y", "i")


@pytest.mark.parametrize(
    "text",
    [
        "fn f(x) = a * x\na = 1\nprint(f(2))",
        "for i in 0..3 { y = i * 2; print(map(fn(x) = x + y, [1])) }",
        "for i in 0..3 { print(map(fn(x) = x + i, [1])) }\nfor i in 0..3 { print(map(fn(x) = x + i, [1])) }",
        "a = 1\na = 2\nfn f(x) = a * x\nprint(f(1))",
        "a = 1\nif true { f = fn(x) = a * x } else { a = 2; f = sin }\nprint(f)",
        "fn f(x) { a = x; a }\na = 1\na = 2\nprint(a)",
    ],
)
def test_what_may_be_captured(text: str) -> None:
    assert codes(text) == []


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("fn f(x) {\n  return x\n  y = 1\n  z = 1\n}", 3),
        ("for i in 0..3 {\n  break\n  print(i)\n}", 3),
        ("fn f(x) {\n  if x { return 1 } else { return 2 }\n  3\n}", 3),
        ("fn f(x) {\n  while true { x += 1 }\n  x\n}", 3),
        ("while true {\n  continue\n  if true { print(1) }\n}", 3),
    ],
)
def test_the_first_statement_that_is_never_reached_is_a_warning(text: str, line: int) -> None:
    fault = one(text)
    assert (fault.code, fault.severity) == ("W0222", "warning")
    assert fault.primary is not None
    assert fault.primary.span.line == line


def test_nothing_is_said_of_names_where_no_path_leads() -> None:
    assert codes("fn f(c) {\n  return 1\n  print(x)\n  x = 2\n}") == ["W0222"]
