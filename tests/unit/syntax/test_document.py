"""Documents become lines: what fits stays together, what does not breaks from the outside in."""

from __future__ import annotations

import pytest

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
    render,
)


def lines(doc: Doc, width: int = 10) -> list[str]:
    return [row.code + (f"  {row.comment.text}" if row.comment else "") for row in render(doc, width)]


def listed(*items: Doc) -> Group:
    inner: list[Doc] = []
    for item in items:
        inner += [",", LINE] if inner else []
        inner.append(item)
    return Group(Concat("(", Indent(Concat(SOFT, *inner, IfBroken(","))), SOFT, ")"))


def test_what_fits_stays_on_its_line() -> None:
    assert lines(listed("a", "b", "c")) == ["(a, b, c)"]


def test_what_does_not_breaks_at_all_lines_of_its_group() -> None:
    assert lines(listed("aaaa", "bbbb", "c")) == ["(", "  aaaa,", "  bbbb,", "  c,", ")"]


def test_groups_break_from_the_outside_in() -> None:
    assert lines(listed("aaaa", listed("b", "c"), "d")) == ["(", "  aaaa,", "  (b, c),", "  d,", ")"]


def test_what_follows_a_group_has_to_fit_too() -> None:
    assert lines(Concat(listed("a", "b"), " + ccc")) == ["(", "  a,", "  b,", ") + ccc"]
    assert lines(Concat(listed("a", "b"), " +", LINE, "ccc")) == ["(a, b) +", "ccc"]


def test_a_hard_line_breaks_every_group_around_it() -> None:
    assert lines(listed("a", Concat("{", Indent(Concat(HARD, "b")), HARD, "}"))) == [
        "(",
        "  a,",
        "  {",
        "    b",
        "  },",
        ")",
    ]


def test_a_fill_takes_as_many_as_fit() -> None:
    assert lines(Fill(*[f"{n}," for n in range(8)])) == ["0, 1, 2,", "3, 4, 5,", "6, 7,"]


def test_a_choice_is_made_by_the_first_place_to_break() -> None:
    doc = Choice(Concat("x = ", listed("aaaa", "bbbb")), Indent(Concat("x =", HARD, "y")))
    assert lines(doc)[0] == "x = ("
    assert lines(doc, 4) == ["x =", "  y"]
    assert lines(doc, 40) == ["x = (aaaa, bbbb)"]


def test_flat_does_not_break() -> None:
    assert lines(Flat(listed("aaaaaa", "bbbbbb"))) == ["(aaaaaa, bbbbbb)"]


def test_a_comment_behind_ends_its_line_and_a_comma_stands_before_it() -> None:
    comment = Behind("# c", 0, 1)
    assert lines(listed(Concat("a", comment), "b")) == ["(", "  a,  # c", "  b,", ")"]
    assert lines(Concat("a", comment, " ", "b")) == ["a  # c", "b"]
    assert lines(Concat(listed("a", "b"), comment)) == ["(a, b)  # c"]
    assert lines(Concat("a", comment, ",", comment)) == ["a,  # c", "# c"]


def test_a_remark_has_a_line_of_its_own() -> None:
    assert lines(listed(Concat(Remark("# c"), "a"), "b")) == ["(", "  # c", "  a,", "  b,", ")"]
    assert lines(Concat("a ", Remark("# c"), "b")) == ["a", "# c", "b"]
    assert lines(Group(Concat(Remark("# c"), "a", LINE, "b"))) == ["# c", "a b"]


@pytest.mark.parametrize("doc", ["", Concat(), Concat("", "")])
def test_nothing_has_no_lines(doc: Doc) -> None:
    assert lines(doc) == []
