"""Doc comments of a file and of its functions."""

from __future__ import annotations

import pytest

from dlang.diagnostics import DlangError
from dlang.source import Source
from dlang.syntax.documentation import Documentation, Entry, documentation

TEXT = """\
# Flow through pipes.
#
#   Units are SI.

# No doc comment: an empty line follows.

rate = 0.5  # nor is this

# One step of length h,
# by Euler's method.
#
# A second paragraph.
fn step(
  x: [n],      # where
  h = 0.1,
) -> [n] {
  # inside, and of no concern
  fn inner(z) = z
  inner(x + h * rate)
}
fn bare(x) = x
# private
fn _hidden(x) = x
x = 1; fn behind(a, b: [n,  d] Int, k: Int = 3) = a
"""


def documented(text: str) -> Documentation:
    return documentation(Source("m.dl", text))


def test_the_head_of_a_file_is_its_doc_comment() -> None:
    assert documented(TEXT).text == "Flow through pipes.\n\n  Units are SI."


def test_functions_have_the_block_directly_above_and_private_ones_none() -> None:
    assert documented(TEXT).entries == (
        Entry(
            "step", "step(x: [n], h = 0.1) -> [n]", "One step of length h,\nby Euler's method.\n\nA second paragraph."
        ),
        Entry("bare", "bare(x)", ""),
        Entry("behind", "behind(a, b: [n, d] Int, k: Int = 3)", ""),
    )


@pytest.mark.parametrize(
    ("text", "head", "docs"),
    [
        ("", "", []),
        ("# only words\n# and more", "only words\nand more", []),
        ("# of f\nfn f(x) = x\n", "", ["of f"]),
        ("# of the file\n\n# of f\nfn f(x) = x\n", "of the file", ["of f"]),
        ("\n# late\n\nfn f(x) = x\n", "", [""]),
        ("#!/usr/bin/env difftool\r\n\r\n#bare\r\nfn f(x) = x\r\n", "!/usr/bin/env difftool", ["bare"]),
        ("\ufeff# of the file\n\nx = 1\n", "of the file", []),
        ("#\n# between\n#\n\nx = 1\n", "between", []),
        ('s = "a\\u{2028}b"\n# of f\nfn f(x) = x\n', "", ["of f"]),
        ("s = 1 # a\x0cb\n# of f\nfn f(x) = x\n", "", ["of f"]),
    ],
)
def test_blocks(text: str, head: str, docs: list[str]) -> None:
    found = documented(text)
    assert (found.text, [entry.text for entry in found.entries]) == (head, docs)


def test_a_text_that_is_no_program_is_an_error() -> None:
    with pytest.raises(DlangError, match="E0101"):
        documented("fn f(x) = = 1")
