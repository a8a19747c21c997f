"""A trace: what each line came to, and how much of the objective hangs on it."""

from __future__ import annotations

from pathlib import Path

import pytest

import dlang
from dlang.diagnostics.core import DlangError
from dlang.trace.lines import Line
from dlang.trace.trace import trace
from dlang.trace.view import render

EXAMPLES = sorted((Path(__file__).parent.parent.parent / "examples").rglob("*.dl"))


def traced(text: str) -> dict[int, Line]:
    """The lines of a program by number; its first line is 1."""
    return {line.number: line for line in trace(dlang.loads(text.lstrip("\n"))).lines}


def test_a_share_is_the_sum_of_values_times_cotangents() -> None:
    lines = traced("""
param a = 3.0
b = 2 * a
c = b^2
minimize c + b
""")
    # |v ct|: a 3 * 26, b 6 * 13, c 36 * 1, the sum 42 * 1
    total = 78 + 78 + 36 + 42
    assert [lines[n].share for n in (1, 2, 3, 4)] == pytest.approx([78 / total, 78 / total, 36 / total, 42 / total])
    assert [lines[n].value for n in (1, 2, 3, 4)] == [3.0, 6.0, 36.0, 42.0]
    assert [lines[n].gradient for n in (1, 2, 3, 4)] == [26.0, 13.0, 1.0, 1.0]


@pytest.mark.parametrize("path", [p for p in EXAMPLES if p.stem != "chars"], ids=lambda path: path.stem)
def test_shares_are_parts_of_one(path: Path) -> None:
    found = trace(dlang.load(path))
    shares = [line.share for line in found.lines]
    assert all(share is not None and 0 <= share <= 1 for share in shares)
    assert sum(share or 0.0 for share in shares) == pytest.approx(1.0)
    assert found.not_finite is None


def test_a_line_in_a_loop_tells_its_last_value_and_how_often() -> None:
    lines = traced("""
param k = 2.0
x = k
for i in 0..4 {
  x = x * k
}
minimize x
""")
    assert (lines[4].value, lines[4].times) == (32.0, 4)
    assert 3 not in lines
    assert lines[1].gradient == 80.0


def test_an_element_that_is_set_counts_once_not_the_array_again_and_again() -> None:
    lines = traced("""
param k = 2.0
xs = zeros(100)
for i in 0..100 { xs[i] = k }
minimize sum(xs)
""")
    assert lines[3].share == pytest.approx(lines[1].share)
    assert lines[3].times == 100


def test_what_runs_in_the_library_counts_for_the_line_that_called_it() -> None:
    lines = traced("""
import stats
data x = [1.0, 2.0, 4.0, 8.0]
param k = 2.0
s = stats.quantile(k * x, 0.3)
minimize s^2
""")
    assert lines[4].value == dlang.loads(
        "import stats\nfn f(k) = stats.quantile(k * [1.0, 2.0, 4.0, 8.0], 0.3)"
    ).function("f")(2.0)
    assert lines[4].share is not None
    assert lines[4].share > 0.3
    assert set(lines) == {2, 3, 4, 5}


def test_a_line_that_only_calls_has_the_value_of_the_call() -> None:
    lines = traced("""
param k = 2.0
fn f(x) = x^2
y = f(k)
minimize y + 1
""")
    assert (lines[3].value, lines[3].gradient) == (4.0, 1.0)


def test_a_term_has_its_own_value_not_the_sum_so_far() -> None:
    lines = traced("""
param k = 2.0
minimize k
minimize k^2
""")
    assert (lines[2].value, lines[3].value) == (2.0, 4.0)


def test_without_an_objective_there_are_values_and_no_shares() -> None:
    lines = traced("x = 2.0\ny = sin(x)\nprint(y)\n")
    assert {line.share for line in lines.values()} == {None}


def test_where_a_value_stops_being_finite_is_told_and_shares_are_not() -> None:
    found = trace(dlang.loads("data x = [1.0, 0.0]\nparam k = 1.0\nminimize sum(log(k * x))\n"))
    assert found.not_finite is not None
    birth = found.not_finite.birth
    assert birth is not None
    assert birth.span is not None
    assert (birth.span.line, birth.primitive, birth.row) == (3, "log", 2)
    assert {line.share for line in found.lines} == {None}
    assert "<- a value became -inf here" in render(found)


def test_a_derivative_that_is_not_finite_is_told_as_one() -> None:
    found = trace(dlang.loads("param k = 1.0\nminimize sqrt(k - 1)\n"))
    assert found.not_finite is not None
    assert found.not_finite.what == "the gradient"
    assert found.faults[0].severity == "warning"
    assert "<- a derivative became inf here" in render(found)


def test_a_run_that_fails_is_traced_as_far_as_it_came() -> None:
    found = trace(dlang.loads("param k = 1.0\nxs = [k, 2.0]\nfor i in 0..3 {\n  print(xs[i])\n}\nminimize k\n"))
    assert found.ended == 4
    assert [each.code for each in found.faults] == ["E0602"]
    assert {line.number: line.value for line in found.lines}[4] == 2.0
    assert "<- the run ended here" in render(found)


def test_a_run_that_is_too_long_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("dlang.trace.trace.MOST_NODES", 50)
    with pytest.raises(DlangError, match="E0612"):
        trace(dlang.loads("param k = 1.0\nx = k\nfor i in 0..100 { x = x * k }\nminimize x\n"))


@pytest.mark.parametrize("width", [20, 30, 40, 60, 80, 120])
@pytest.mark.parametrize(
    "path", [p for p in EXAMPLES if p.stem in ("decay", "vdp", "lynx")], ids=lambda path: path.stem
)
def test_every_line_fits_the_terminal(path: Path, width: int) -> None:
    found = trace(dlang.load(path))
    lines = render(found, width=width).splitlines()
    assert len(lines) == 1 + found.source.text.rstrip("\n").count("\n") + 1
    assert max(map(len, lines)) <= max(width, 24)
    assert render(found, width=width, ascii_only=True).replace("²", "").isascii()


def test_a_run_that_ends_in_the_library_ends_on_the_line_that_called_it() -> None:
    program = dlang.loads("import stats\ndata d = [1.0, 2.0]\nx = stats.quantile(d, 2.0)\nminimize x\n")
    found = trace(program)
    assert found.ended == 3
    assert [line.number for line in found.lines] == [2]
    assert "the run ended here" in render(found)


def test_a_rule_that_fails_on_the_way_back_leaves_the_values() -> None:
    rule = 'vjp g(x; ct) { assert x > 5, "too small"; 2 * x * ct }'
    found = trace(dlang.loads(f"param k = 3.0\nfn g(x) = x^2\n{rule}\nminimize g(k)\n"))
    assert [each.code for each in found.faults] == ["E0605"]
    assert [(line.value, line.gradient, line.share) for line in found.lines if line.number == 4] == [(9.0, None, None)]


def test_what_a_rule_prints_is_not_printed_again(capsys: pytest.CaptureFixture[str]) -> None:
    rule = 'vjp g(x; ct) { print("pulled"); 2 * x * ct }'
    trace(dlang.loads(f"param k = 3.0\nfn g(x) = x^2\n{rule}\nminimize g(k)\n"))
    assert capsys.readouterr().out == ""


def test_a_param_that_is_a_record_or_a_tuple_is_shown_whole_with_its_gradient() -> None:
    lines = traced("""
param r = {a: 1.0, b: [2.0, 3.0]}
param t = (1.0, 3.0)
s = {...r, a: r.a * 2}
minimize r.a * sum(r.b) * 10 + t[0] * t[1] + 0 * s.a
""")
    assert (lines[1].value["a"], list(lines[1].value["b"])) == (1.0, [2.0, 3.0])
    assert (lines[1].gradient["a"], list(lines[1].gradient["b"])) == (50.0, [10.0, 10.0])
    assert (lines[2].value, lines[2].gradient) == ((1.0, 3.0), (3.0, 1.0))
    assert (lines[3].value["a"], list(lines[3].value["b"])) == (2.0, [2.0, 3.0])


def test_a_held_part_of_a_param_is_shown_with_the_others(tmp_path: Path) -> None:
    path = tmp_path / "held.dl"
    path.write_text("param r = {a: 1.0, b: 2.0}\nminimize r.a * r.b * 10\n")
    (first, _) = trace(dlang.load(path, fix=["r.b"])).lines
    assert first.value == {"a": 1.0, "b": 2.0}


def test_the_columns_of_a_data_line_are_shown_all(tmp_path: Path) -> None:
    (tmp_path / "d.csv").write_text("t,y\n1,2\n2,3\n")
    path = tmp_path / "d.dl"
    path.write_text('data t, y from "d.csv"\ndata d from "d.csv" as table\nparam k = 1.0\ny ~ k * t + d.t\n')
    found = trace(dlang.load(path))
    first, second = found.lines[:2]
    assert [list(column) for column in first.value] == [[1.0, 2.0], [2.0, 3.0]]
    assert {name: list(column) for name, column in second.value.items()} == {"t": [1.0, 2.0], "y": [2.0, 3.0]}


@pytest.mark.parametrize("leave", ["if i > 2 { break }", "if i > 2 { break }\n  for j in 0..5 { if j > i { break } }"])
@pytest.mark.parametrize("items", ["0..5", "0..5 by m", "xs"])
def test_a_for_that_may_be_left_early_shows_no_answers_of_its_counting(items: str, leave: str) -> None:
    lines = traced(f"""
param k = 2.0
m = if k > 1 {{ 1 }} else {{ 2 }}
xs = [0, 1, 2, 3]
x = k
for i in {items} {{
  x += k * i
  {leave}
}}
minimize x
""")
    assert 5 not in lines
    assert lines[6].value > 2.0


def test_items_of_a_for_that_are_computed_on_its_line_are_shown() -> None:
    lines = traced("""
param k = 2.0
x = k
for i in k * [1.0, 2.0, 3.0] {
  x += i
  if x > 4 { break }
}
minimize x
""")
    assert list(lines[3].value) == [2.0, 4.0, 6.0]


@pytest.mark.parametrize(
    "derivative",
    [
        "grad(f)(k)",
        "f'(k)",
        "f''(k)",
        "jvp(f, (k,), (1.0,))[1]",
        "vjp(f, k)[1](1.0)",
        "hessian(f)(k)",
        "value_and_grad(f)(k)[0]",
        "f(k)",
    ],
)
def test_a_body_that_runs_for_its_derivative_shows_its_own_values(derivative: str) -> None:
    lines = traced(f"""
param k = 2.0
fn g(x) {{
  w = if x > 1 {{ x^2 }} else {{ x }}
  w * 3
}}
fn f(x) {{
  y = g(x) * x
  s = 0.0
  for i in 0..3 {{
    s += y * i
  }}
  z = s*2
  z
}}
minimize {derivative}
""")
    shown = {number: line.value for number, line in lines.items() if number in (3, 4, 7, 10, 12)}
    known = {3: 4.0, 4: 12.0, 7: 24.0, 10: 72.0, 12: 144.0}
    assert shown == {number: known[number] for number in shown}
    assert {3, 7} <= shown.keys()


def test_a_body_of_one_line_under_a_derivative_shows_its_value_and_counts_for_the_share() -> None:
    lines = traced("param k = 2.0\nfn f(x) = x^3\nminimize f'(k)\n")
    assert (lines[2].value, lines[3].value, lines[1].gradient) == (8.0, 12.0, 12.0)
    assert lines[2].share is not None
    assert lines[2].share > 0.1
