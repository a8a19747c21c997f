"""The distributions."""

from __future__ import annotations

from dlang.reference.core import Case, Density, Entry, Group

__all__ = ["GROUPS"]


def _of_numbers(
    name: str, log: str, support: str, parameters: str, mean: str | None, *cases: Case, note: str = ""
) -> Entry:
    shapes = "parameters and observation broadcast"
    return Entry(name, shapes, cases, note, density=Density(log, support, parameters, mean))


LINE = Group(
    "Distributions of Reals",
    "",
    (
        _of_numbers(
            "normal",
            "-((x - mu) / sigma)^2 / 2 - log(sigma) - log(2 * pi) / 2",
            "x of any size",
            "sigma > 0",
            "mu",
            ("logpdf(normal(1, 2), 1)", "-1.612085713764618"),
            ("logpdf(normal(0, 1), 1e10)", "-5e19"),
            ("logpdf(normal(0, 0), 0)", "nan"),
        ),
        _of_numbers(
            "student_t",
            "lgamma((nu + 1) / 2) - lgamma(nu / 2) - log(nu * pi) / 2 - log(sigma)"
            " - (nu + 1) / 2 * log(1 + ((x - mu) / sigma)^2 / nu)",
            "x of any size",
            "nu > 0, sigma > 0",
            "if nu > 1 { mu } else { nan }",
            ("logpdf(student_t(3, 0, 1), 0)", "-1.0008888496235095"),
            ("mean(student_t(1, 0, 1))", "nan"),
            note="For large `nu` it is the normal distribution, without loss of digits.",
        ),
        _of_numbers(
            "cauchy",
            "-log(pi * sigma) - log(1 + ((x - mu) / sigma)^2)",
            "x of any size",
            "sigma > 0",
            None,
            ("logpdf(cauchy(0, 1), 0)", "-1.1447298858494002"),
            ("logpdf(cauchy(0, 1), 1e200)", "-922.1787670834677"),
            ("mean(cauchy(0, 1))", "error[E0307]: `cauchy` has no mean: its tails are too heavy"),
        ),
        _of_numbers(
            "laplace",
            "-abs(x - mu) / sigma - log(2 * sigma)",
            "x of any size",
            "sigma > 0",
            "mu",
            ("logpdf(laplace(0, 1), 0)", "-0.6931471805599453"),
            note="Stan calls it `double_exponential`.",
        ),
        _of_numbers(
            "logistic",
            "-(x - mu) / sigma - 2 * softplus(-(x - mu) / sigma) - log(sigma)",
            "x of any size",
            "sigma > 0",
            "mu",
            ("logpdf(logistic(0, 1), 0)", "-1.3862943611198906"),
            ("logpdf(logistic(0, 1), 1000)", "-1000.0"),
        ),
        _of_numbers(
            "uniform",
            "-log(beta - alpha)",
            "alpha <= x <= beta",
            "alpha < beta",
            "(alpha + beta) / 2",
            ("logpdf(uniform(0, 4), [1, 4, 5])", "[-1.3862943611198906, -1.3862943611198906, -inf]"),
            ("logpdf(uniform(4, 0), 1)", "nan"),
        ),
    ),
)

POSITIVE = Group(
    "Distributions of positive Reals and of shares",
    "",
    (
        _of_numbers(
            "lognormal",
            "logpdf(normal(mu, sigma), log(x)) - log(x)",
            "x > 0",
            "sigma > 0",
            "exp(mu + sigma^2 / 2)",
            ("logpdf(lognormal(0, 1), [1, 0, -1])", "[-0.9189385332046727, -inf, -inf]"),
            ("mean(lognormal(0, 1))", "1.6487212707001282"),
        ),
        _of_numbers(
            "exponential",
            "log(beta) - beta * x",
            "x >= 0",
            "beta > 0",
            "1 / beta",
            ("logpdf(exponential(2), [0, -1])", "[0.6931471805599453, -inf]"),
            ("mean(exponential(2))", "0.5"),
        ),
        _of_numbers(
            "gamma",
            "alpha * log(beta) - lgamma(alpha) + (alpha - 1) * log(x) - beta * x",
            "x >= 0",
            "alpha > 0, beta > 0",
            "alpha / beta",
            ("logpdf(gamma(2, 1), 1)", "-0.9999999999999997"),
            ("logpdf(gamma([0.5, 1, 2], 1), 0)", "[inf, 0.0, -inf]"),
            ("mean(gamma(2, 4))", "0.5"),
        ),
        _of_numbers(
            "inv_gamma",
            "alpha * log(beta) - lgamma(alpha) - (alpha + 1) * log(x) - beta / x",
            "x > 0",
            "alpha > 0, beta > 0",
            "if alpha > 1 { beta / (alpha - 1) } else { inf }",
            ("logpdf(inv_gamma(2, 1), [1, 0])", "[-0.9999999999999997, -inf]"),
            ("mean(inv_gamma(1, 1))", "inf"),
        ),
        _of_numbers(
            "weibull",
            "log(alpha / sigma) + (alpha - 1) * log(x / sigma) - (x / sigma)^alpha",
            "x >= 0",
            "alpha > 0, sigma > 0",
            "sigma * exp(lgamma(1 + 1 / alpha))",
            ("logpdf(weibull([0.5, 1, 2], 1), 0)", "[inf, 0.0, -inf]"),
            ("mean(weibull(1, 3))", "3.0"),
        ),
        _of_numbers(
            "beta",
            "(alpha - 1) * log(x) + (beta - 1) * log(1 - x) - lbeta(alpha, beta)",
            "0 <= x <= 1",
            "alpha > 0, beta > 0",
            "alpha / (alpha + beta)",
            ("logpdf(beta(2, 1), [0, 0.5, 1, 1.5])", "[-inf, 8.881784197001252e-16, 0.6931471805599453, -inf]"),
            ("mean(beta(1, 3))", "0.25"),
        ),
    ),
)

COUNTS = Group(
    "Distributions of counts",
    "Draws are Ints. An observation may be Real; one that is no whole number has the log-density "
    "`-inf`. The derivative "
    "in an observation is 0.",
    (
        _of_numbers(
            "bernoulli",
            "if x == 1 { log(theta) } else { log(1 - theta) }",
            "x is 0 or 1",
            "0 <= theta <= 1",
            "theta",
            ("logpdf(bernoulli(0.25), [0, 1, 2])", "[-0.2876820724517809, -1.3862943611198906, -inf]"),
            ("logpdf(bernoulli(0), [0, 1])", "[-0.0, -inf]"),
            ("logpdf(bernoulli(1.5), 1)", "nan"),
        ),
        _of_numbers(
            "bernoulli_logit",
            "if x == 1 { -softplus(-alpha) } else { -softplus(alpha) }",
            "x is 0 or 1",
            "alpha of any size",
            "sigmoid(alpha)",
            ("logpdf(bernoulli_logit(0), 1)", "-0.6931471805599453"),
            ("logpdf(bernoulli_logit(-1000), 1)", "-1000.0"),
        ),
        _of_numbers(
            "poisson",
            "x * log(lambda) - lambda - lgamma(x + 1)",
            "x is 0, 1, 2, …",
            "lambda >= 0",
            "lambda",
            ("logpdf(poisson(2), [0, 0.5])", "[-2.0, -inf]"),
            ("logpdf(poisson(0), [0, 1])", "[-0.0, -inf]"),
            ("cdf(poisson(2), 0)", "0.1353352832366127"),
        ),
        _of_numbers(
            "binomial",
            "lgamma(N + 1) - lgamma(x + 1) - lgamma(N - x + 1) + x * log(theta) + (N - x) * log(1 - theta)",
            "x is 0, 1, …, N",
            "N >= 0, 0 <= theta <= 1",
            "N * theta",
            ("logpdf(binomial(1, 0.25), [0, 1, 2])", "[-0.28768207245178085, -1.3862943611198906, -inf]"),
            ("mean(binomial(10, 0.5))", "5.0"),
        ),
        _of_numbers(
            "neg_binomial",
            "lgamma(x + alpha) - lgamma(alpha) - lgamma(x + 1) + alpha * log(beta / (beta + 1)) - x * log(beta + 1)",
            "x is 0, 1, 2, …",
            "alpha > 0, beta > 0",
            "alpha / beta",
            ("logpdf(neg_binomial(1, 1), [0, -1])", "[-0.6931471805599453, -inf]"),
            ("mean(neg_binomial(3, 2))", "1.5"),
        ),
        Entry(
            "categorical",
            "`theta` [k], or [n, k]: a row of chances for each of n observations; an observation is one number",
            (
                ("logpdf(categorical([0.25, 0.75]), [0, 1, 2])", "[-1.3862943611198906, -0.2876820724517809, -inf]"),
                ("logpdf(categorical([[1, 0], [0.5, 0.5]]), [0, 1])", "[0.0, -0.6931471805599453]"),
                ("logpdf(categorical([0.5, 0.6]), 0)", "nan"),
                ("mean(categorical([0.25, 0.75]))", "0.75"),
            ),
            "`softmax(x)` makes chances. Their sum may be off 1 by 1e-8.",
            density=Density(
                "log(theta[x])", "x is 0, 1, …, k - 1", "theta >= 0, sum(theta) == 1", "sum(theta * arange(len(theta)))"
            ),
        ),
    ),
)

VECTORS = Group(
    "Distributions of vectors",
    "The last axis of an observation is the vector; the axes before it are many observations, and "
    "broadcast with those "
    "of the parameters. These two have no `cdf`.",
    (
        Entry(
            "multi_normal",
            "`mu` […, k], `Sigma` […, k, k]; an observation […, k] → a log-density […]",
            (
                (
                    "logpdf(multi_normal([0, 0], eye(2)), [[0, 0], [1, 1]])",
                    "[-1.8378770664093453, -2.8378770664093453]",
                ),
                ("logpdf(multi_normal([0, 0], [[1, 2], [2, 1]]), [0, 0])", "nan"),
                (
                    "logpdf(multi_normal(0, 1), 0)",
                    "error[E0301]: the parameter `mu` of `multi_normal` must be a vector, not a Real",
                ),
                ("mean(multi_normal([1, 2], eye(2)))", "[1.0, 2.0]"),
            ),
            "`Sigma` is the covariance. Of a matrix that is not symmetric the symmetric part counts.",
            density=Density(
                "-len(mu) * log(2 * pi) / 2 - logdet(Sigma) / 2 - (x - mu) @ inv(Sigma) @ (x - mu) / 2",
                "vectors of any size",
                "Sigma is positive definite",
                "mu",
            ),
        ),
        Entry(
            "dirichlet",
            "`alpha` […, k]; an observation […, k] → a log-density […]",
            (
                ("logpdf(dirichlet([2, 1]), [0.5, 0.5])", "2.220446049250313e-16"),
                ("logpdf(dirichlet([2, 2]), [[0.5, 0.6], [0, 1]])", "[-inf, -inf]"),
                ("mean(dirichlet([1, 3]))", "[0.25, 0.75]"),
            ),
            "The sum of an observation may be off 1 by 1e-8.",
            density=Density(
                "sum((alpha - 1) * log(x)) + lgamma(sum(alpha)) - sum(lgamma(alpha))",
                "x >= 0, sum(x) == 1",
                "alpha > 0",
                "alpha / sum(alpha)",
            ),
        ),
    ),
)

GROUPS = (LINE, POSITIVE, COUNTS, VECTORS)
