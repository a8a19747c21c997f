"""Random draws, and what is asked of distributions."""

from __future__ import annotations

from dlang.reference.core import Entry, Group

__all__ = ["GROUPS"]

DRAWS = Group(
    "Random draws",
    "Every draw follows from the seed: that of the program, 0 unless `--seed` or `seed(n)` gives "
    "another. The same program with the same seed draws "
    "the same, at every evaluation of an objective as well. [language.md](language.md#random-draws) "
    "says what a draw depends on. A shape is given as for `zeros`; without one, a draw is one number.",
    (
        Entry(
            "seed",
            "one Int; no value",
            (("{ seed(7); a = rand(); seed(7); a == rand() }", "true"),),
            note="A statement. Where `--seed` is given, that goes before it.",
        ),
        Entry(
            "rand",
            "sizes → an array of that shape, Real; none → one Real",
            (("shape(rand(2, 3))", "(2, 3)"), ("all(rand(1000) < 1)", "true")),
            note="Never exactly 0 or 1.",
        ),
        Entry(
            "randn",
            "sizes → an array of that shape, Real; none → one Real",
            (("shape(randn((4,)))", "(4,)"), ("abs(mean(randn(10000))) < 0.05", "true")),
        ),
        Entry(
            "randint",
            "two Ints, and a size or a tuple of sizes → an array of that shape, Int; none → one Int",
            (
                ("shape(randint(0, 6, (2, 2)))", "(2, 2)"),
                ("all(randint(0, 6, 100) < 6)", "true"),
                ("randint(3, 3)", "error[E0301]: the argument `hi` of `randint` must be more than `lo`, 3, not 3"),
            ),
        ),
        Entry(
            "choice",
            "an array [n, d…], or one Int n; a size or sizes [m…] → [m…, d…]; none → [d…]",
            (
                ("shape(choice([[1, 2], [3, 4], [5, 6]], 10))", "(10, 2)"),
                ("sort(choice(4, 4, replace=false))", "[0, 1, 2, 3]"),
                (
                    "choice([1, 2], 3, replace=false)",
                    "error[E0301]: the number of elements that `choice` takes without replacement "
                    "must be at most 2, not 3",
                ),
                ("choice([])", "error[E0301]: the argument `x` of `choice` must be not empty, not an array [0]"),
            ),
        ),
        Entry("shuffle", "an array → the same shape", (("sort(shuffle([1, 2, 3]))", "[1, 2, 3]"),)),
        Entry(
            "sample",
            "a distribution; without `shape`, the shape its parameters broadcast to; with it, that "
            "shape, to which the parameters broadcast",
            (
                ("shape(sample(normal([0, 1, 2], 1)))", "(3,)"),
                ("shape(sample(normal(0, 1), (2, 3)))", "(2, 3)"),
                ("shape(sample(multi_normal([0, 0], eye(2)), 5))", "(5, 2)"),
                ("sample(normal([0, 1], 1), 3)", "error[E0302]: draws of shape [3] from parameters of shape [2]"),
            ),
            note="Draws of counts are Ints.",
            derivative="that of the draw in the parameters, with the uniform numbers behind it held; 0 for counts",
            slopes=(("grad(fn(m) = sum(sample(normal(m, 1), 3)))(0)", "3.0"),),
        ),
    ),
)

QUESTIONS = Group(
    "What is asked of a distribution",
    "`d` is a distribution with its parameters: `normal(0, 1)`.",
    (
        Entry(
            "logpdf",
            "`d`, and an observation whose shape broadcasts with the parameters → the shape they "
            "broadcast to, event axes apart, Real",
            (
                ("logpdf(normal(0, 1), 0)", "-0.9189385332046727"),
                ("logpdf(normal([0, 1], 1), 0)", "[-0.9189385332046727, -1.4189385332046727]"),
                ("logpdf(exponential(1), -1)", "-inf"),
                ("logpdf(normal(0, -1), 0)", "nan"),
                (
                    "logpdf(multi_normal([0, 0], eye(2)), [[0, 0], [1, 1]])",
                    "[-1.8378770664093453, -2.8378770664093453]",
                ),
            ),
        ),
        Entry(
            "cdf",
            "as `logpdf`",
            (
                ("cdf(normal(0, 1), [-inf, 0, inf])", "[0.0, 0.5, 1.0]"),
                ("cdf(poisson(2), 1.5)", "0.40600584970983794"),
                (
                    "cdf(multi_normal([0, 0], eye(2)), [0, 0])",
                    "error[E0307]: `multi_normal` has no `cdf`: its observations are vectors",
                ),
            ),
            note="Not for `multi_normal` and `dirichlet`.",
        ),
    ),
)

GROUPS = (DRAWS, QUESTIONS)
