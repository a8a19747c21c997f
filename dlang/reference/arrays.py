"""Functions that make arrays, ask them for their sizes, rearrange them and multiply them."""

from __future__ import annotations

from dlang.reference.core import Entry, Group

__all__ = ["GROUPS"]

ANY_KIND = "any kind of element, which it keeps"

SIZES = Group(
    "Sizes",
    "Sizes are Ints. Where they are known before the program runs, so is what is computed from them.",
    (
        Entry(
            "len",
            "an array, a tuple, a range or a `zip` → one Int",
            (
                ("len([[1, 2], [3, 4], [5, 6]])", "3"),
                ('len((1, "a"))', "2"),
                ("len(0..10 by 3)", "4"),
                ("len(3)", "error[E0301]: the argument `x` of `len` must be an array or a tuple, not an Int"),
            ),
        ),
        Entry(
            "shape",
            "a number or an array → a tuple of Ints",
            (("shape([[1, 2, 3]])", "(1, 3)"), ("shape([1, 2])", "(2,)"), ("shape(3)", "()")),
        ),
        Entry("rank", "a number or an array → one Int", (("rank([[1, 2]])", "2"), ("rank(3)", "0"))),
        Entry("size", "a number or an array → one Int", (("size([[1, 2, 3]])", "3"), ("size(3)", "1"))),
    ),
)

MAKING = Group(
    "Making arrays",
    "A shape is given as sizes one by one, `zeros(2, 3)`, or as a tuple, `zeros((2, 3))`. Sizes are Ints, 0 or more.",
    (
        Entry(
            "zeros",
            "sizes → an array of that shape, Real",
            (
                ("zeros(2, 2)", "[[0.0, 0.0], [0.0, 0.0]]"),
                ("zeros((3,))", "[0.0, 0.0, 0.0]"),
                ("zeros(0)", "[]"),
                ("zeros(-1)", "error[E0301]: a size given to `zeros` must be 0 or more, not -1"),
            ),
        ),
        Entry("ones", "sizes → an array of that shape, Real", (("ones(3)", "[1.0, 1.0, 1.0]"),)),
        Entry(
            "full",
            "`shape` a size or a tuple of sizes, `value` one number or Bool → an array of that "
            "shape, of the kind of `value`",
            (
                ("full((2, 2), 7)", "[[7, 7], [7, 7]]"),
                ("full(2, true)", "[true, true]"),
                ("full(2, [1, 2])", "error[E0302]: `full` repeats one value, found [2] Int"),
            ),
        ),
        Entry("eye", "one size → [n, n], Real", (("eye(2)", "[[1.0, 0.0], [0.0, 1.0]]"),)),
        Entry(
            "linspace",
            "two numbers and a size → [n], Real",
            (
                ("linspace(0, 1, 5)", "[0.0, 0.25, 0.5, 0.75, 1.0]"),
                ("linspace(1, 0, 2)", "[1.0, 0.0]"),
                ("linspace(0, 1, 1)", "[0.0]"),
                ("linspace(0, 1, 0)", "[]"),
            ),
            derivative="of `a` and `b` as well",
        ),
        Entry(
            "arange",
            "one to three Ints → a vector of Int",
            (
                ("arange(4)", "[0, 1, 2, 3]"),
                ("arange(2, 10, 3)", "[2, 5, 8]"),
                ("arange(3, 0, -1)", "[3, 2, 1]"),
                ("arange(3, 0)", "[]"),
                ("arange(0, 1, 0.1)", "error[E0307]: `arange` takes one to three Ints"),
                ("arange(0, 3, 0)", "error[E0301]: the step of `arange` must be an Int other than 0, not 0"),
            ),
            note="As a range, but an array: arithmetic can be done with it.",
        ),
        Entry(
            "one_hot",
            "`labels` of any shape […], `n` a size, known before the program runs → […, n], Real",
            (
                ("one_hot([2, 0], 3)", "[[0.0, 0.0, 1.0], [1.0, 0.0, 0.0]]"),
                ("one_hot(1, 2)", "[0.0, 1.0]"),
                (
                    "one_hot([3], 3)",
                    "error[E0605]: assertion failed: a label of `one_hot` is a whole number from 0 to 2",
                ),
            ),
            note="Labels count from 0, and may be Reals that are whole, as a column of a table is.",
        ),
    ),
)

REARRANGING = Group(
    "Rearranging arrays",
    "Elements of any kind, which they keep. Derivatives go to where the elements came from.",
    (
        Entry(
            "reshape",
            "an array and sizes with as many elements → an array of these sizes",
            (
                ("reshape(arange(6), 2, 3)", "[[0, 1, 2], [3, 4, 5]]"),
                ("reshape([[1, 2], [3, 4]], (4,))", "[1, 2, 3, 4]"),
                ("reshape(arange(6), 2, -1)", "[[0, 1, 2], [3, 4, 5]]"),
                ("reshape(arange(6), 4)", "error[E0302]: [6] Int cannot become shape [4]"),
                ("reshape(7, 1, 1)", "[[7]]"),
            ),
        ),
        Entry(
            "flatten",
            "an array → a vector of all its elements",
            (
                ("flatten([[1, 2], [3, 4]])", "[1, 2, 3, 4]"),
                ("flatten(3)", "error[E0301]: the argument `x` of `flatten` must be an array, not an Int"),
            ),
        ),
        Entry(
            "transpose",
            "an array → its axes in the order `axes`, a tuple; reversed if it is left out",
            (
                ("transpose([[1, 2, 3], [4, 5, 6]])", "[[1, 4], [2, 5], [3, 6]]"),
                ("shape(transpose(zeros(2, 3, 4), (1, 2, 0)))", "(3, 4, 2)"),
                ("transpose([1, 2])", "[1, 2]"),
                (
                    "transpose([[1, 2]], (0, 0))",
                    "error[E0301]: the argument `axes` of `transpose` must be the axes 0 to 1 in "
                    "some order, not (0, 0)",
                ),
            ),
        ),
        Entry(
            "squeeze",
            "an array → without its axes of size 1, or without those that `axis` names",
            (
                ("squeeze([[[1, 2]]])", "[1, 2]"),
                ("squeeze([[[1, 2]]], axis=0)", "[[1, 2]]"),
                ("squeeze([[1, 2]], axis=1)", "error[E0302]: axis 1 of [1, 2] Int has size 2, not 1"),
            ),
        ),
        Entry(
            "broadcast",
            "a number or an array, and sizes → an array of these sizes",
            (
                ("broadcast([1, 2], 2, 2)", "[[1, 2], [1, 2]]"),
                ("broadcast(0.5, (3,))", "[0.5, 0.5, 0.5]"),
                ("broadcast([1, 2], 3)", "error[E0302]: shape [2] does not broadcast to [3]"),
            ),
            derivative="summed over the repetitions",
            slopes=(("grad(fn(x) = sum(broadcast(x, 3)))(1)", "3.0"),),
        ),
        Entry(
            "concat",
            "two or more arrays of one rank, whose sizes agree but along `axis` → their sizes along `axis` add up",
            (
                ("concat([1, 2], [3])", "[1, 2, 3]"),
                ("concat([[1], [2]], [[3], [4]], axis=1)", "[[1, 3], [2, 4]]"),
                ("concat([1], [2.5])", "[1.0, 2.5]"),
                ("concat([1, 2], [[3, 4]])", "error[E0302]: `concat` of shapes [2] and [1, 2]"),
                ("concat([1, 2])", "error[E0307]: `concat` of one array: the arrays are given one by one"),
            ),
            note="Kinds meet as in arithmetic: Int and Real give Real.",
        ),
        Entry(
            "stack",
            "two or more arrays (or numbers) of one shape → one axis more, as long as there are arrays",
            (
                ("stack([1, 2], [3, 4])", "[[1, 2], [3, 4]]"),
                ("stack([1, 2], [3, 4], axis=1)", "[[1, 3], [2, 4]]"),
                ("stack(1, 2, 3)", "[1, 2, 3]"),
                ("stack([1, 2], [3])", "error[E0302]: `stack` of shapes [2] and [1]"),
            ),
        ),
        Entry(
            "flip",
            "an array → the same shape",
            (("flip([1, 2, 3])", "[3, 2, 1]"), ("flip([[1, 2], [3, 4]], axis=1)", "[[2, 1], [4, 3]]")),
        ),
        Entry(
            "roll",
            "an array and one Int → the same shape",
            (
                ("roll([1, 2, 3, 4], 1)", "[4, 1, 2, 3]"),
                ("roll([1, 2, 3, 4], -1)", "[2, 3, 4, 1]"),
                ("roll([[1, 2], [3, 4]], 1, axis=1)", "[[2, 1], [4, 3]]"),
                ("roll([1, 2, 3], 7)", "[3, 1, 2]"),
            ),
        ),
        Entry(
            "pad",
            "an array; `widths` a pair of sizes for all axes, or a tuple of a pair for each → each "
            "axis longer by its pair",
            (
                ("pad([1, 2], (1, 2))", "[0, 1, 2, 0, 0]"),
                ("pad([[1, 2]], ((0, 1), (1, 0)), value=9)", "[[9, 1, 2], [9, 9, 9]]"),
                ("pad([1, 2], (1, 0), value=0.5)", "[0.5, 1.0, 2.0]"),
                (
                    "pad([1, 2], 1)",
                    "error[E0301]: the argument `widths` of `pad` must be a pair of Ints such as "
                    "`(1, 2)`, or one for each axis, not an Int",
                ),
            ),
            derivative="of `value` as well",
        ),
        Entry(
            "take",
            "an array, and a vector of Int [m] → size m along `axis`",
            (
                ("take([10, 20, 30], [2, 0])", "[30, 10]"),
                ("take([[1, 2], [3, 4]], [1, 1], axis=1)", "[[2, 2], [4, 4]]"),
                ("take([10, 20], [-1])", "[20]"),
                ("take([10, 20], [2])", "error[E0602]: index 2 is out of range for an axis of size 2"),
            ),
            note="On the first axis it is `x[indices]`.",
        ),
    ),
)

MATRICES = Group(
    "Products, triangles and diagonals",
    "`a @ b` is the matrix product, as NumPy has it: of vectors, of matrices, of stacks of matrices. "
    "Products are Real.",
    (
        Entry(
            "dot",
            "two vectors [n] → one Real",
            (
                ("dot([1, 2], [3, 4])", "11.0"),
                ("dot([], [])", "0.0"),
                ("dot([1, 2], [1, 2, 3])", "error[E0302]: `@` of shapes [2] and [3]"),
                ("dot([[1]], [1])", "error[E0301]: the argument `a` of `dot` must be a vector, not an array [1, 1]"),
            ),
        ),
        Entry(
            "outer",
            "two vectors [n] and [m] → [n, m], Real",
            (
                ("outer([1, 2], [3, 4])", "[[3.0, 4.0], [6.0, 8.0]]"),
                ("outer([[1]], [1])", "error[E0302]: `outer` takes two vectors, found [1, 1]"),
            ),
        ),
        Entry(
            "cross",
            "[…, 3] and […, 3], which broadcast → […, 3], Real",
            (
                ("cross([1, 0, 0], [0, 1, 0])", "[0.0, 0.0, 1.0]"),
                ("cross([[1, 0, 0], [0, 1, 0]], [0, 0, 1])", "[[0.0, -1.0, 0.0], [1.0, 0.0, 0.0]]"),
                ("cross([1, 2], [3, 4])", "error[E0302]: `cross` takes vectors of 3, found [2]"),
            ),
        ),
        Entry(
            "trace",
            "a matrix [n, m] → one Real",
            (("trace([[1, 2], [3, 4]])", "5.0"), ("trace([[1, 2, 3]])", "1.0")),
        ),
        Entry(
            "diag",
            "[n, m] → the diagonal, a vector; [n] → [n + |k|, n + |k|]",
            (
                ("diag([[1, 2], [3, 4]])", "[1, 4]"),
                ("diag([[1, 2], [3, 4]], k=1)", "[2]"),
                ("diag([1, 2])", "[[1, 0], [0, 2]]"),
                ("diag([1], k=-1)", "[[0, 0], [1, 0]]"),
                ("diag([[1, 2]], k=5)", "[]"),
            ),
        ),
        Entry(
            "tril",
            "[…, n, m] → the same shape",
            (
                ("tril([[1, 2], [3, 4]])", "[[1, 0], [3, 4]]"),
                ("tril([[1, 2], [3, 4]], k=-1)", "[[0, 0], [3, 0]]"),
                ("tril([1, 2])", "error[E0302]: `tril` takes an array of rank 2 or more, found [2] Int"),
            ),
        ),
        Entry(
            "triu",
            "[…, n, m] → the same shape",
            (("triu([[1, 2], [3, 4]])", "[[1, 2], [0, 4]]"), ("triu([[1, 2], [3, 4]], k=1)", "[[0, 2], [0, 0]]")),
        ),
        Entry(
            "convolve",
            'two vectors [n] and [m] → [n + m - 1], Real; "same": [max(n, m)]; "valid": [max(n, m) - min(n, m) + 1]',
            (
                ("convolve([1, 2, 3], [1, 1])", "[1.0, 3.0, 5.0, 3.0]"),
                ('convolve([1, 2, 3], [1, 1], mode="same")', "[1.0, 3.0, 5.0]"),
                ('convolve([1, 2, 3], [1, 1], mode="valid")', "[3.0, 5.0]"),
                ("convolve([], [1])", "error[E0302]: `convolve` of no elements"),
                (
                    'convolve([1, 2], [1], mode="fast")',
                    'error[E0301]: the argument `mode` of `convolve` must be "full", "same" or "valid", not "fast"',
                ),
            ),
        ),
    ),
)

GROUPS = (SIZES, MAKING, REARRANGING, MATRICES)
