"""The module `nn` against the formulas of the papers, written in NumPy, and against SciPy."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.signal import correlate
from scipy.special import log_softmax, softmax

import dlang
from dlang.diagnostics import DlangError
from dlang.driver.functions import FunctionValue

Array = NDArray[np.float64]
RNG = np.random.default_rng(5)
X = RNG.normal(size=(6, 3))
W, B = RNG.normal(size=(3, 4)), RNG.normal(size=4)
W2, B2 = RNG.normal(size=(4, 2)), RNG.normal(size=2)
QUERIES, KEYS, VALUES = RNG.normal(size=(4, 6)), RNG.normal(size=(5, 6)), RNG.normal(size=(5, 8))

PROGRAM = """\
import nn
fn dense(x, w, b) = nn.dense(x, {w: w, b: b})
fn network(x, w, b, w2, b2) = nn.mlp(x, ({w: w, b: b}, {w: w2, b: b2}))
fn rectified(x, w, b, w2, b2) = nn.mlp(x, ({w: w, b: b}, {w: w2, b: b2}), relu)
fn itself(x, q, k, v, out) = nn.self_attention(x, {query: q, key: k, value: v, out: out}, causal=true, heads=2)
fn convolved(x, kernel, stride: Int) = nn.conv1d(x, kernel, stride)
fn same(x, kernel, stride: Int) = nn.conv1d(x, kernel, stride, "same")
fn causal(x, kernel, stride: Int) = nn.conv1d(x, kernel, stride, "causal")
fn seen(q, k, v, heads: Int) = nn.attention(q, k, v, true, heads)
fn unseen(q, k, v, heads: Int) = nn.attention(q, k, v, heads=heads)
fn looked_up(table) = nn.embedding(table, [[0, 2], [1, 1], [2, 0]])
fn first(table) = nn.embedding(table, -1)
fn loss(logits) = nn.cross_entropy(logits, [2, 0, 0, 1, 2, 2])
fn first_weights(n: Int, m: Int) = nn.dense_init(n, m).w
fn first_bias(n: Int, m: Int) = nn.dense_init(n, m).b
fn for_relu(n: Int, m: Int) = nn.dense_init(n, m, nn.he).w
fn dropped(x) = nn.dropout(x, 0.2)
fn loss_of_one(logits) = nn.cross_entropy(logits, 1)
"""


def call(name: str) -> FunctionValue:
    """A function of the module, or of the program above, callable from here."""
    return dlang.loads(PROGRAM).function(name)


# ---- layers


@pytest.mark.parametrize("x", [X, X[0]])
def test_dense(x: Array) -> None:
    np.testing.assert_allclose(call("dense")(x, W, B), x @ W + B, rtol=1e-13)


@pytest.mark.parametrize("x", [X, X[0]])
def test_mlp(x: Array) -> None:
    np.testing.assert_allclose(call("network")(x, W, B, W2, B2), np.tanh(x @ W + B) @ W2 + B2, rtol=1e-13)
    rectified = np.maximum(x @ W + B, 0) @ W2 + B2
    np.testing.assert_allclose(call("rectified")(x, W, B, W2, B2), rectified, rtol=1e-13)


def test_the_gradient_of_a_network_is_backpropagation() -> None:
    program = PROGRAM + "fn total(x, w, b, w2, b2) = sum(network(x, w, b, w2, b2)^2)"
    gradient = dlang.loads(program).function("total").grad(("w", "b", "w2", "b2"))(X, W, B, W2, B2)
    hidden = np.tanh(X @ W + B)
    out = 2 * (hidden @ W2 + B2)
    back = (out @ W2.T) * (1 - hidden**2)
    for found, exact in zip(gradient, (X.T @ back, back.sum(0), hidden.T @ out, out.sum(0)), strict=True):
        np.testing.assert_allclose(found, exact, rtol=1e-11)


def correlated(x: Array, kernel: Array, mode: str, stride: int) -> Array:
    """SciPy's correlation, channel by channel."""
    size = len(kernel)
    if mode == "causal":
        x, mode = np.vstack([np.zeros((size - 1, x.shape[1])), x]), "valid"
    elif mode == "same":
        x, mode = np.vstack([np.zeros(((size - 1) // 2, x.shape[1])), x, np.zeros((size // 2, x.shape[1]))]), "valid"
    channels = [
        sum(correlate(x[:, i], kernel[:, i, j], mode) for i in range(x.shape[1])) for j in range(kernel.shape[2])
    ]
    return np.stack(channels, axis=1)[::stride]


@pytest.mark.parametrize(("name", "mode"), [("convolved", "valid"), ("same", "same"), ("causal", "causal")])
@pytest.mark.parametrize("size", [1, 2, 3, 4])
@pytest.mark.parametrize("stride", [1, 2, 3])
def test_conv1d(name: str, mode: str, size: int, stride: int) -> None:
    x, kernel = RNG.normal(size=(9, 2)), RNG.normal(size=(size, 2, 3))
    np.testing.assert_allclose(
        call(name)(x, kernel, stride), correlated(x, kernel, mode, stride), rtol=1e-12, atol=1e-14
    )
    if mode != "valid" and stride == 1:
        assert call(name)(x, kernel, stride).shape == (9, 3)


def test_layer_norm() -> None:
    centred = X - X.mean(axis=1, keepdims=True)
    exact = centred / np.sqrt(X.var(axis=1, keepdims=True) + 1e-5)
    np.testing.assert_allclose(call("nn.layer_norm")(X), exact, rtol=1e-13)
    gain, bias = np.array([1.0, 2.0, 3.0]), np.array([0.1, 0.2, 0.3])
    np.testing.assert_allclose(call("nn.layer_norm")(X, gain, bias), exact * gain + bias, rtol=1e-12)
    np.testing.assert_allclose(call("nn.layer_norm")(X[0], gain, bias), exact[0] * gain + bias, rtol=1e-12)
    assert call("nn.layer_norm")(np.ones(3)).tolist() == [0, 0, 0]


def test_embedding() -> None:
    np.testing.assert_array_equal(call("looked_up")(X), X[[[0, 2], [1, 1], [2, 0]]])
    np.testing.assert_array_equal(call("first")(X), X[-1])
    pull = call("looked_up").vjp(X)[1](np.ones((3, 2, 3)))
    np.testing.assert_array_equal(pull, [[2] * 3] * 3 + [[0] * 3] * 3)


# ---- attention


def attended(q: Array, k: Array, v: Array, causal: bool, heads: int) -> Array:
    """The paper's formulas, head by head."""
    parts = []
    for one, other, value in zip(*(np.split(a, heads, axis=1) for a in (q, k, v)), strict=True):
        scores = one @ other.T / np.sqrt(one.shape[1])
        if causal:
            for i in range(len(q)):
                scores[i, i + len(k) - len(q) + 1 :] = -np.inf
        parts.append(softmax(scores, axis=1) @ value)
    return np.hstack(parts)


@pytest.mark.parametrize("heads", [1, 2])
@pytest.mark.parametrize(("name", "causal"), [("seen", True), ("unseen", False)])
def test_attention(name: str, causal: bool, heads: int) -> None:
    exact = attended(QUERIES, KEYS, VALUES, causal, heads)
    np.testing.assert_allclose(call(name)(QUERIES, KEYS, VALUES, heads), exact, rtol=1e-12)


def test_causal_attention_does_not_see_what_is_to_come() -> None:
    """The cotangent of the first row reaches the first key and value only."""
    program = PROGRAM + "fn early(q, k, v) = sum(nn.attention(q, k, v, causal=true)[1])"
    keys, values = dlang.loads(program).function("early").grad(("k", "v"))(KEYS, KEYS, VALUES)
    assert np.all(keys[:2] != 0)
    assert np.all(values[:2] != 0)
    assert np.all(keys[2:] == 0)
    assert np.all(values[2:] == 0)


def test_self_attention() -> None:
    q, k, v, out = (RNG.normal(size=shape) for shape in ((3, 4), (3, 4), (3, 6), (6, 5)))
    exact = attended(X @ q, X @ k, X @ v, True, 2) @ out
    np.testing.assert_allclose(call("itself")(X, q, k, v, out), exact, rtol=1e-11)


@pytest.mark.parametrize("d", [1, 6, 7])
def test_positional(d: int) -> None:
    found = call("nn.positional")(5, d)
    assert found.shape == (5, d)
    for place in range(5):
        for i in range(d):
            angle = place / 10000 ** ((i - i % 2) / d)
            assert found[place, i] == pytest.approx(np.cos(angle) if i % 2 else np.sin(angle), rel=1e-14)


# ---- what is drawn


@pytest.mark.parametrize(
    ("name", "variance"),
    [("nn.glorot", 2 / 500), ("first_weights", 2 / 500), ("nn.he", 2 / 200), ("for_relu", 2 / 200)],
)
def test_first_weights_have_the_variance_of_the_papers(name: str, variance: float) -> None:
    """60,000 draws: the standard error of their variance is 0.6 %."""
    drawn = call(name)(200, 300)
    assert drawn.shape == (200, 300)
    assert np.var(drawn) == pytest.approx(variance, rel=0.03)
    assert np.mean(drawn) == pytest.approx(0, abs=5 * np.sqrt(variance / 60_000))


def test_the_first_bias_is_0() -> None:
    assert call("first_bias")(4, 3).tolist() == [0, 0, 0]


def test_layers_get_weights_of_their_own_and_the_seed_decides_them() -> None:
    text = "import nn\nprint(nn.glorot(1, 1) == nn.glorot(1, 1))\nprint(nn.self_attention_init(2))"
    first, again = dlang.loads(text).run().printed, dlang.loads(text).run().printed
    other = dlang.loads(text.replace("\n", "\nseed(8)\n", 1)).run().printed
    assert first == again != other
    assert first[0] == "[[false]]"


def test_dropout() -> None:
    x = RNG.uniform(1, 2, size=(100, 200))
    found = call("dropped")(x)
    kept = found != 0
    np.testing.assert_allclose(found[kept], x[kept] / 0.8, rtol=1e-15)
    assert kept.mean() == pytest.approx(0.8, abs=5 * np.sqrt(0.16 / 20_000))
    pull = call("dropped").vjp(x)[1](np.ones((100, 200)))
    np.testing.assert_array_equal(pull, kept / 0.8)


def test_a_network_of_the_module_is_a_model() -> None:
    """Parameters that are tuples of records, a sequence and its order, attention, a loss: the gradient is right."""
    program = """\
import nn
data tokens = [0, 1, 2, 3, 0, 1, 2, 3, 0]
param table = randn(4, 6)
param block = nn.self_attention_init(6)
param last = (nn.dense_init(6, 5), nn.dense_init(5, 4, nn.he))
fn logits(tokens) {
  x = nn.embedding(table, tokens) + nn.positional(len(tokens), 6)
  x += nn.self_attention(nn.layer_norm(x), block, causal=true, heads=2)
  nn.mlp(nn.layer_norm(x), last, gelu)
}
minimize nn.cross_entropy(logits(tokens[:-1]), tokens[1:])
"""
    assert dlang.loads(program).check_gradient().passed


# ---- losses


def test_cross_entropy() -> None:
    exact = -log_softmax(X, axis=1)[np.arange(6), [2, 0, 0, 1, 2, 2]].mean()
    assert call("loss")(X) == pytest.approx(exact, rel=1e-14)
    assert call("nn.cross_entropy")(X, [2.0, 0.0, 0.0, 1.0, 2.0, 2.0]) == pytest.approx(exact, rel=1e-14)
    assert call("loss_of_one")(X[0]) == pytest.approx(-log_softmax(X[0])[1], rel=1e-14)


def test_cross_entropy_of_large_logits_is_finite() -> None:
    assert call("loss_of_one")([1000.0, 0.0]) == 1000
    assert call("loss_of_one").grad("logits")([1000.0, -1000.0]).tolist() == [1, -1]


def test_the_gradient_of_the_cross_entropy_is_softmax_less_the_labels() -> None:
    exact = (softmax(X, axis=1) - np.eye(3)[[2, 0, 0, 1, 2, 2]]) / 6
    np.testing.assert_allclose(call("loss").grad("logits")(X), exact, rtol=1e-12)


def test_mse() -> None:
    assert call("nn.mse")(X, 2 * X) == pytest.approx(np.mean(X**2), rel=1e-14)
    np.testing.assert_allclose(call("nn.mse").grad("a")(X, np.zeros((6, 3))), X / 9, rtol=1e-14)


# ---- gradients, and what is refused


@pytest.mark.parametrize(
    ("name", "arguments"),
    [
        ("same", {"x": X, "kernel": RNG.normal(size=(2, 3, 2)), "stride": 2}),
        ("nn.layer_norm", {"x": X[:2], "gain": B[:3], "bias": B[1:]}),
        ("seen", {"q": QUERIES[:2], "k": KEYS[:3], "v": VALUES[:3], "heads": 2}),
        ("itself", {"x": X[:3], "q": W, "k": W + 1, "v": W, "out": W2}),
        ("rectified", {"x": X[0], "w": W, "b": B, "w2": W2, "b2": B2}),
    ],
)
def test_jacobians_agree_with_differences(name: str, arguments: dict[str, Any]) -> None:
    function = call(name)
    for argument in (key for key, value in arguments.items() if isinstance(value, np.ndarray)):
        exact = function.jacobian(argument)(**arguments)
        for place in np.ndindex(np.shape(arguments[argument])):
            ways = [function(**{**arguments, argument: moved(arguments[argument], place, h)}) for h in (1e-6, -1e-6)]
            np.testing.assert_allclose(exact[(..., *place)], (ways[0] - ways[1]) / 2e-6, rtol=1e-6, atol=1e-8)


def moved(array: Array, place: tuple[int, ...], step: float) -> Array:
    """The array with one element moved."""
    out = array.copy()
    out[place] += step
    return out


@pytest.mark.parametrize(
    ("expression", "said"),
    [
        ("dense([1, 2, 3], {w: eye(2), b: 0})", "do not fit|shapes"),
        ("dense([1, 2], {w: eye(2)})", "`b`"),
        ("conv1d(ones(5, 2), ones(3, 1, 1))", "`n`"),
        ("conv1d(ones(5, 1), ones(3, 1, 1), padding=\"full\")", "valid, same or causal"),
        ("conv1d(ones(5, 1), ones(3, 1, 1), 0)", "stride"),
        ("conv1d(ones(2, 1), ones(3, 1, 1))", "as many steps as its kernel"),
        ("embedding(eye(3), [0, 3])", "index 3 is out of range"),
        ("attention(ones(2, 3), ones(2, 4), ones(2, 2))", "`d`"),
        ("attention(ones(2, 3), ones(2, 3), ones(3, 2))", "`m`"),
        ("attention(ones(2, 3), ones(2, 3), ones(2, 2), heads=2)", "dealt out evenly"),
        ("attention(ones(3, 3), ones(2, 3), ones(2, 2), true)", "a key for each query"),
        ("dropout([1, 2], 1)", "from 0 to less than 1"),
        ("cross_entropy([[1, 2], [3, 4]], [0, 2])", "counted from 0"),
        ("cross_entropy([[1, 2], [3, 4]], [0, 0.5])", "counted from 0"),
        ("cross_entropy([[1, 2], [3, 4]], [0, 1, 1])", "`batch`"),
        ("cross_entropy([1, 2], [0])", "batch, classes"),
        ("mse([[1], [2]], [1, 2])", "arrays of one shape"),
    ],
)  # fmt: skip
def test_what_does_not_fit_is_refused(expression: str, said: str) -> None:
    with pytest.raises(DlangError, match=said):
        dlang.loads(f"import nn\nprint(nn.{expression})").run()
