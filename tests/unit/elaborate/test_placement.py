"""Arguments of calls, jumps, declarations, and values where values are needed."""

from __future__ import annotations

import pytest
from unit.elaborate.checking import check, codes, found, one

F = "fn f(x, y, k = 2) = x + y + k\n"


@pytest.mark.parametrize(
    ("call", "expected"),
    [
        ("f(1, 2)", []),
        ("f(1, y = 2)", []),
        ("f(k = 1, y = 2, x = 3)", []),
        ("1 |> f(2)", []),
        ("1 |> f(y = 2, k = 3)", []),
        ("f(1)", [("E0212", "f(1)")]),
        ("f()", [("E0212", "f()")]),
        ("1 |> f", [("E0212", "f")]),
        ("f(1, 2, 3, 4, 5)", [("E0211", "4, 5")]),
        ("1 |> f(2, 3, 4)", [("E0211", "4")]),
        ("f(1, 2, x = 3)", [("E0214", "x = 3")]),
        ("f(y = 1, y = 2, x = 3)", [("E0214", "y = 2")]),
        ("1 |> f(2, x = 3)", [("E0214", "x = 3")]),
        ("f(1, z = 2)", [("E0213", "z")]),
        ("f(1, 2, kk = 2)", [("E0213", "kk")]),
        ("f(z = 2)", [("E0213", "z"), ("E0212", "f(z = 2)")]),
    ],
)
def test_arguments_fit_the_function(call: str, expected: list[tuple[str, str]]) -> None:
    for program in (f"{F}print({call})", f"{F}fn never_called() {{ {call} }}"):
        got = [(code, text) for code, _, text in found(program)]
        assert sorted(got) == sorted(expected)


def test_a_wrong_call_shows_the_signature_and_the_definition() -> None:
    fault = one(F + "print(f(1))")
    assert "`f(x, y, k = 2)`" in fault.title
    assert "`y`" in fault.title
    assert fault.labels[0].span.line == 1


def test_only_what_is_certainly_a_function_is_held_to_its_parameters() -> None:
    assert codes("h = fn(x) = x\nprint(h(1, 2))") == ["E0211"]
    assert codes("h = fn(x) = x\nh = fn(x, y) = x\nprint(h(1, 2))") == []
    assert codes("fn g(f) = f(1, 2, 3)\nfn f(x) = x") == []
    assert codes("fn f(x) = x\nfn g() {\n  f = fn(x, y) = x\n  f(1, 2)\n}") == []


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("break", ["E0215"]),
        ("for i in 0..3 { f = fn(x) { continue } }", ["E0215"]),
        ("fn f(x) { if x { break } }", ["E0215"]),
        ("for i in 0..3 { while true { break }; if i > 1 { continue } }", []),
        ("for i in { break } { print(i) }", ["E0215"]),
        ("return 3", ["E0216"]),
        ("if true { return }", ["E0216"]),
        ("f = fn(x) { return x }", []),
    ],
)
def test_jumps_have_something_to_leave(text: str, expected: list[str]) -> None:
    assert [code for code in codes(text) if code in ("E0215", "E0216")] == expected


@pytest.mark.parametrize(
    "statement",
    [
        "param k = 1",
        "data d = 1",
        "x ~ 1",
        "minimize x",
        "maximize x",
        "report r = x",
        "import ode",
        "jvp f(x; dx) = dx",
    ],
)
def test_declarations_stand_at_the_top_level_only(statement: str) -> None:
    outside = f"x = 1\nfn f(x) = x\n{statement}"
    assert "E0217" not in codes(outside)
    for text in (
        f"fn g(x) {{\n{statement}\nx\n}}\nfn f(x) = x",
        f"x = 1\nfn f(x) = x\nif true {{\n{statement}\n}}",
        f"x = 1\nfn f(x) = x\nfor i in 0..3 {{\n{statement}\n}}",
        f"x = 1\nfn f(x) = x\nwhile true {{\nif true {{\n{statement}\n}} }}",
        f"x = 1\nfn f(x) = x\n{{ print(1); {statement} }}",
    ):
        assert [code for code in codes(text) if code[0] == "E"] == ["E0217"]


@pytest.mark.parametrize(
    ("text", "at"),
    [
        ("y = if true { 1 }", "if true"),
        ("y = if true { 1 } else { z = 2 }", "z = 2"),
        ("y = if true { 1 } else if false { 2 }", "if false"),
        ("y = { z = 2 }", "z = 2"),
        ("y = 1 + { for i in 0..3 { print(i) } }", "for i in 0..3"),
        ("print({ z = 1 })", "z = 1"),
        ("if { z = true } { print(1) }", "z = true"),
        ("y = [if x > 1 { x } for x in [1]]", "if x > 1"),
        ("fn f(x) { return if x { 1 } }", "if x"),
        ("fn f(x, y = { z = 1 }) = x", "z = 1"),
    ],
)
def test_a_value_is_needed_and_there_is_none(text: str, at: str) -> None:
    assert [(code, underlined) for code, _, underlined in found(text)] == [("E0218", at)]


@pytest.mark.parametrize(
    "text",
    [
        "if true { x = 1 }",
        "fn f(x) { if x { print(x) } }\nf(true)",
        "fn f(x) {\n  y = if x { 1 } else { return 2 }\n  y\n}",
        "for i in 0..3 {\n  y = if i > 1 { break } else { i }\n  print(y)\n}",
        "fn f(x) { while true { return x } }\ny = f(1)",
        "fn f(x) { print(x); z = 1 }\nf(1)",
    ],
)
def test_no_value_is_needed_or_the_path_goes_elsewhere(text: str) -> None:
    assert codes(text) == []


def test_the_use_of_a_call_without_value_shows_where_the_function_ends() -> None:
    fault = one("fn f(x) {\n  y = x\n}\nprint(1 |> f)")
    assert fault.code == "E0219"
    assert fault.labels[0].span.text == "y = x"
    assert codes("fn f(x) { if x { return 1 } }\ny = f(true) + 1") == ["E0219"]


@pytest.mark.parametrize(
    ("text", "mend"),
    [
        ("x = 1\nx == 3\nprint(x)", "`x = 3` assigns"),
        ("fn f() = 1\nf\nprint(1)", "call it: `f()`"),
        ("fn f(x) { -x; x }", None),
        ("for i in 0..3 { i + 1 }", None),
    ],
)
def test_a_value_that_nothing_uses_is_a_warning(text: str, mend: str | None) -> None:
    fault = one(text)
    assert (fault.code, fault.severity, fault.help) == ("W0221", "warning", mend)


def test_calls_and_last_expressions_are_not_dropped_values() -> None:
    assert codes("print(1)\n[print(x) for x in [1]]\nfn f(x) { print(x); x }\n1 |> print\nf") == []


def test_every_independent_fault_is_reported_in_one_go() -> None:
    text = "y = qq\nbreak\nfn f(x, x) = x\nfn g(x) { pi = 3; f(1, 2, 3) }\nz = if true { 1 }\nprint(x)\nx = 1"
    assert [d.code for d in check(text)] == ["E0201", "E0215", "E0210", "E0209", "E0211", "E0218", "E0202"]
