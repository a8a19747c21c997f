"""docs/reference.md is complete, and every value on it is computed here."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest

from dlang import driver
from dlang.diagnostics import DlangError
from dlang.distributions.table import DISTRIBUTIONS
from dlang.elaborate.builtins import BUILTINS
from dlang.reference.core import Case, Entry
from dlang.reference.table import GROUPS
from dlang.source import Source

PAGE = (Path(__file__).parent.parent.parent / "docs" / "reference.md").read_text(encoding="utf-8")

NAMES = """
abs sign floor ceil round exp expm1 log log1p log2 log10 sqrt cbrt sin cos tan asin acos atan atan2 sinh cosh tanh
asinh acosh atanh hypot sigmoid softplus relu gelu erf erfc lgamma digamma lbeta beta_function min max clamp where
isnan isfinite sum prod mean var std argmin argmax any all logsumexp norm cumsum cumprod softmax log_softmax len shape
rank size zeros ones full eye diag linspace arange concat stack reshape transpose flatten squeeze broadcast flip roll
sort argsort outer dot cross trace tril triu pad take one_hot convolve map fold scan zip enumerate inv solve det logdet
cholesky eigh svd qr lstsq randn rand randint choice shuffle seed sample logpdf cdf grad value_and_grad jvp vjp
jacobian hessian hvp stop_gradient checkpoint levels normal lognormal student_t cauchy laplace logistic exponential
gamma inv_gamma weibull beta uniform bernoulli bernoulli_logit binomial poisson neg_binomial categorical multi_normal
dirichlet
"""
"""Every name that the design of the language gives to a built-in or a distribution."""

LANGUAGE = [*NAMES.split(), "int"]
"""And one that tables ask for, whose columns are Real: their whole numbers as indexes."""
ENTRIES = [entry for group in GROUPS for entry in group.entries]
CASES = [case for entry in ENTRIES for case in (*entry.cases, *entry.slopes)]


def test_every_name_of_the_language_has_its_entry_once() -> None:
    assert sorted(entry.name for entry in ENTRIES) == sorted(LANGUAGE)
    assert set(LANGUAGE) == set(BUILTINS) | set(DISTRIBUTIONS)


def test_every_entry_stands_on_the_page_with_its_signature() -> None:
    headings = set(re.findall(r"^### `(.*)`$", PAGE, re.MULTILINE))
    signatures = {(BUILTINS.get(name) or DISTRIBUTIONS[name]).signature for name in LANGUAGE}
    assert signatures - headings == set()


@pytest.mark.parametrize("entry", ENTRIES, ids=[entry.name for entry in ENTRIES])
def test_an_entry_says_what_its_reader_needs(entry: Entry) -> None:
    assert entry.shapes
    assert entry.cases
    assert not entry.shapes.endswith(".")
    assert not entry.derivative.endswith(".")
    assert bool(entry.density) == (entry.name in DISTRIBUTIONS)


def printed(text: str) -> str:
    """What the last `print` of a program shows, or its first error."""
    try:
        lines = driver.load(Source("page.dl", text + "\n"), folder=Path()).run().printed
    except DlangError as error:
        return f"error[{error.diagnostics[0].code}]: {error.diagnostics[0].title}"
    return lines[-1]


NUMBER = re.compile(r"-?(?:\d+\.\d+(?:e-?\d+)?|\d+e-?\d+)")


def same(found: str, wanted: str) -> bool:
    """Equal as texts, but for the last digits of Reals, in which machines may differ."""
    numbers = [[float(number) for number in NUMBER.findall(text)] for text in (found, wanted)]
    if NUMBER.sub("…", found) != NUMBER.sub("…", wanted) or len(numbers[0]) != len(numbers[1]):
        return False
    return bool(np.allclose(*numbers, rtol=1e-12, atol=1e-14))


@pytest.mark.parametrize(("expression", "value"), CASES, ids=[expression for expression, _ in CASES])
def test_an_expression_has_the_value_beside_it(expression: str, value: str) -> None:
    assert same(printed(f"print({expression})"), value)


def test_a_wrong_value_would_be_seen() -> None:
    assert not same("1.0", "1.1")
    assert not same("[1.0, 2.0]", "[1.0]")
    assert not same("1", "1.0")


POINTS: dict[str, tuple[str, ...]] = {
    "normal": ("x = 0.7; mu = 0.2; sigma = 1.5",),
    "student_t": ("x = 0.7; nu = 3.5; mu = 0.2; sigma = 1.5", "x = 0.7; nu = 0.5; mu = 0.2; sigma = 1.5"),
    "cauchy": ("x = 0.7; mu = 0.2; sigma = 1.5",),
    "laplace": ("x = 0.7; mu = 0.9; sigma = 1.5",),
    "logistic": ("x = 0.7; mu = 0.2; sigma = 1.5",),
    "uniform": ("x = 0.7; alpha = 0.2; beta = 1.5", "x = 0.2; alpha = 0.2; beta = 1.5"),
    "lognormal": ("x = 0.7; mu = 0.2; sigma = 1.5",),
    "exponential": ("x = 0.7; beta = 1.5", "x = 0.0; beta = 1.5"),
    "gamma": ("x = 0.7; alpha = 2.2; beta = 1.5",),
    "inv_gamma": ("x = 0.7; alpha = 2.2; beta = 1.5", "x = 0.7; alpha = 0.8; beta = 1.5"),
    "weibull": ("x = 0.7; alpha = 2.2; sigma = 1.5",),
    "beta": ("x = 0.7; alpha = 2.2; beta = 1.5",),
    "bernoulli": ("x = 0; theta = 0.3", "x = 1; theta = 0.3"),
    "bernoulli_logit": ("x = 0; alpha = 0.3", "x = 1; alpha = 0.3"),
    "poisson": ("x = 3; lambda = 2.5", "x = 0; lambda = 2.5"),
    "binomial": ("x = 3; N = 7; theta = 0.3", "x = 7; N = 7; theta = 0.3"),
    "neg_binomial": ("x = 3; alpha = 1.7; beta = 0.4",),
    "categorical": ("x = 1; theta = [0.2, 0.3, 0.5]",),
    "multi_normal": ("x = [0.7, -0.2]; mu = [0.1, 0.2]; Sigma = [[2, 0.3], [0.3, 1]]",),
    "dirichlet": ("x = [0.2, 0.3, 0.5]; alpha = [1.2, 0.7, 3]",),
}


@pytest.mark.parametrize("name", DISTRIBUTIONS)
def test_the_formulas_of_a_distribution_are_its_own(name: str) -> None:
    density = next(entry.density for entry in ENTRIES if entry.name == name)
    assert density is not None
    for point in POINTS[name]:
        of = f"{name}({', '.join(DISTRIBUTIONS[name].parameters)})"
        # what Stan calls beta hides the distribution, so that the formulas stand in a function of the parameters
        given = [part.split(" = ") for part in point.split("; ")]
        head = f"fn at({', '.join(key for key, _ in given)})"
        arguments = ", ".join(value for _, value in given)
        if name == "beta":
            of = "beta_of(alpha, beta)"
            head = f"fn beta_of(a, b) = beta(a, b)\n{head}"
        for formula, own in ((density.log, f"logpdf({of}, x)"), (density.mean, f"mean({of})")):
            if formula is not None:
                found, wanted = (printed(f"{head} = {e}\nprint(1.0 * at({arguments}))") for e in (formula, own))
                assert same(found, wanted)
                assert not wanted.startswith("error")


def case(entry: str) -> Case:
    """The first case of an entry."""
    return next(each.cases[0] for each in ENTRIES if each.name == entry)


def test_the_page_shows_values_beside_expressions() -> None:
    expression, value = case("clamp")
    assert re.search(rf"^{re.escape(expression)} +# {re.escape(value)}$", PAGE, re.MULTILINE)
