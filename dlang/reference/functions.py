"""Functions that take functions, or run over several values; the derivative forms."""

from __future__ import annotations

from dlang.reference.core import Entry, Group

__all__ = ["GROUPS"]

RUNNING = Group(
    "Running over values",
    "What can be run over: a range, an array (its first axis), a tuple, `zip`, `enumerate`. The "
    "function comes first or "
    "last, so that it can stand behind a pipe: `xs |> map(f)`.",
    (
        Entry(
            "map",
            "`f` a function of one item of each `xs`; the items' values have one shape [d…] → [n, d…]",
            (
                ("map(fn(x) = x^2, [1, 2, 3])", "[1, 4, 9]"),
                ("[1, 2, 3] |> map(sqrt)", "[1.0, 1.4142135623730951, 1.7320508075688772]"),
                ("map(fn(x, y) = x * y, [1, 2], [3, 4])", "[3, 8]"),
                ("map(sum, [[1, 2], [3, 4]])", "[3, 7]"),
                ("map(fn(x) = (x, x^2), [1, 2])", "([1, 2], [1, 4])"),
                ("map(fn(x, y) = x + y, [1, 2], [3])", "error[E0332]: `map` takes values of one length, found 2 and 1"),
            ),
            note="For one of `xs` it is the comprehension `[f(x) for x in xs]`, but `f` may give a tuple or a record: "
            "then the result is one of arrays.",
        ),
        Entry(
            "fold",
            "`f` a function of a carry and an item, `init` the first carry → the last carry",
            (
                ("fold(fn(c, x) = c + x, 0, [1, 2, 3])", "6"),
                ("fold(fn(c, x) = c * x, 1, [])", "1.0"),
                ("1..=4 |> fold(fn(c, x) = 10 * c + x, 0)", "1234"),
            ),
            note="The carry may be a number, an array, a tuple or a record, and keeps its type and "
            "shape. It may also be written as a loop.",
        ),
        Entry(
            "scan",
            "as `fold`; carries of shape [d…] → [n, d…]",
            (("scan(fn(c, x) = c + x, 0, [1, 2, 3])", "[1, 3, 6]"), ("scan(fn(c, x) = c + x, 0, [])", "[]")),
            note="`init` itself is not among them. Carries that are tuples or records give one of arrays.",
        ),
        Entry(
            "zip",
            "what can be run over, of one length → to run over: tuples of items",
            (
                ("[x * y for (x, y) in zip([1, 2], [3, 4])]", "[3, 8]"),
                ("[x for (x, y) in zip([1, 2], [3])]", "error[E0332]: `zip` takes values of one length, found 2 and 1"),
                ("len(zip([1, 2], [3, 4]))", "2"),
            ),
        ),
        Entry(
            "enumerate",
            "what can be run over → to run over: tuples of a place, from 0, and an item",
            (("[i * x for (i, x) in enumerate([5, 6, 7])]", "[0, 6, 14]"),),
        ),
        Entry(
            "levels",
            "the name of a column of text → a tuple of Strings",
            (
                (
                    "levels([1, 2])",
                    "error[E0301]: the argument `c` of `levels` must be the name of a column of "
                    "text, not an array [2] of Int",
                ),
            ),
            note="A column of text becomes codes, in order of first appearance: `levels(town)[0]` is the word of "
            "code 0. See [data files](language.md#data-files).",
        ),
    ),
)

GROUPS = (RUNNING,)
