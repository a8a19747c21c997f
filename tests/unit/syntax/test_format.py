"""What the golden pairs do not show: limits, faults, and the tables of the formatter."""

from __future__ import annotations

import pytest
from counting import calls

from dlang.diagnostics import DlangError
from dlang.diagnostics.core import InternalError
from dlang.source import Source
from dlang.syntax import format as formatting
from dlang.syntax import parse
from dlang.syntax.build import ACTIONS
from dlang.syntax.concrete import PARENTHESES, concrete
from dlang.syntax.format import HANDLERS, format_program, same_tree
from dlang.syntax.newlines import MAX_DEPTH


def formatted(text: str) -> str:
    return format_program(Source("test.dl", text))


def test_every_shape_of_the_grammar_has_a_layout() -> None:
    parts_of_others = {"else_if", "expression", "names", "parameters", "program"}
    assert set(HANDLERS) == (set(ACTIONS) | {PARENTHESES}) - parts_of_others


def test_the_concrete_tree_has_every_token_in_order() -> None:
    text = "fn f(x, y,) = [a for a in (x)] # c\nif a { b } else if c { d, } else { }".replace("d,", "d")
    root, tokens = concrete(Source("test.dl", text))
    leaves, pending = [], [root]
    while pending:
        part = pending.pop()
        if hasattr(part, "parts"):
            pending += reversed(part.parts)
        else:
            leaves.append(part)
    assert leaves == tokens[:-1]


def test_what_is_no_program_has_no_concrete_tree() -> None:
    with pytest.raises(InternalError):
        concrete(Source("test.dl", "x = = 1"))


@pytest.mark.parametrize("text", ["", "\n\n", "  \n;;\n", "\ufeff"])
def test_an_empty_program_stays_empty(text: str) -> None:
    assert formatted(text) == ""


def test_comments_alone_are_a_program() -> None:
    assert formatted("\n\n#a\n\n\n\n\n  # b\n\n") == "#a\n\n\n# b\n"


def test_line_ends_and_byte_order_mark_are_canonical() -> None:
    assert formatted("\ufeffx = 1 # a\r\n# b\r\ny = 2") == "x = 1  # a\n# b\ny = 2\n"


def test_every_syntax_error_is_reported() -> None:
    with pytest.raises(DlangError) as caught:
        formatted("x = = 1\ny = 1 1\nz = 99999999999999999999")
    assert [each.code for each in caught.value.diagnostics] == ["E0101", "E0101", "E0107"]


@pytest.mark.parametrize(
    "text",
    [
        "(" * MAX_DEPTH + "x" + ")" * MAX_DEPTH,
        "-" * MAX_DEPTH + "x",
        "if a { 1 }" + " else if a { 1 }" * (MAX_DEPTH - 2),
        "f(fn(x) {" * 60 + "x\ny" + "})" * 60,
        "".join("x |> f(fn(x) { y = 1\n" for _ in range(60)) + "x" + "})" * 60,
        "x" + "^x" * (MAX_DEPTH - 1),
        "r" + ".abcdefgh" * (MAX_DEPTH - 1),
    ],
    ids=["brackets", "minus", "else if", "functions", "pipes", "powers", "fields"],
)
def test_deep_programs(text: str) -> None:
    out = formatted(text + "\n")
    assert formatted(out) == out


def test_comments_in_a_column_move_together() -> None:
    assert formatted("x=1    # a\n\nyyyyy=2# b\n") == "x = 1      # a\n\nyyyyy = 2  # b\n"
    assert formatted("x=1    # a\n\n\nyyyyy=2# b\n") == "x = 1  # a\n\n\nyyyyy = 2  # b\n"
    assert formatted("x=1  # a\nyy=2 # b\n") == "x = 1   # a\nyy = 2  # b\n"
    far = "x = 1             # a\ny = 2\nz=3               # b\n"
    assert formatted(far) == far.replace("z=3  ", "z = 3")


def test_a_trailing_comma_keeps_items_on_lines_of_their_own() -> None:
    assert formatted("x = f(a, b,)\n") == "x = f(\n  a,\n  b,\n)\n"
    assert formatted("x = f(\n  a,\n  b\n)\n") == "x = f(a, b)\n"


def test_a_layout_that_means_something_else_is_never_given_out(monkeypatch: pytest.MonkeyPatch) -> None:
    for wrong in ("x = 2\n", "x = \n"):
        monkeypatch.setattr(formatting, "_text", lambda rows, wrong=wrong: wrong)
        with pytest.raises(InternalError, match=r"the layout of test\.dl"):
            formatted("x = 1\n")


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("x = 1", " x=  (1)", True),
        ("x = 1", "x = 1.0", False),
        ("x = f(1)", "x = f(1, 2)", False),
        ("x = a", "x = -a", False),
        ("x = a - b - c", "x = a - (b - c)", False),
        ("data n = 1", "data m = 1", False),
    ],
)
def test_trees_are_the_same_up_to_places(one: str, other: str, same: bool) -> None:
    assert same_tree(parse(Source("a", one)), parse(Source("b", other))) is same


def test_long_programs_take_linear_time() -> None:
    def work(lines: int) -> int:
        text = "".join(f"y{n} = f(a, [1, 2, {n}]) + b * {{ c }}^2 # c\n" for n in range(lines))
        return calls(lambda: formatted(text))

    work(50)
    assert work(400) <= 4.1 * work(100)
