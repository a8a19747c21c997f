"""A session: lines that are run one by one, each over what those before it have left."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from dlang.diagnostics import Diagnostic, DlangError
from dlang.driver import questions
from dlang.driver.definitions import mentions
from dlang.driver.kept import Kept
from dlang.driver.session import Session
from dlang.elaborate.values import Num, Rec, Str, Tup
from dlang.fit.program import fit_program
from dlang.source import Source
from dlang.syntax.parse import parse, parse_expression


class Lines:
    """A session with what its lines printed, gave and were warned of."""

    def __init__(self, folder: Path = Path()) -> None:
        self.session = Session(folder)
        self.printed: list[str] = []
        self.warnings: list[Diagnostic] = []
        self.count = 0

    def __call__(self, *lines: str) -> Any:
        """Run lines; the value of the last one that has one."""
        shown: list[Any] = []
        for line in lines:
            self.count += 1
            self.session.run(
                Source("<repl>", line, self.count),
                self.printed.append,
                lambda outcome: (
                    self.warnings.extend(outcome.warnings),
                    shown.append(plain(outcome.value)) if outcome.value else None,
                ),
            )
        return shown[-1] if shown else None

    def fails(self, line: str) -> list[str]:
        """The codes of the errors of a line."""
        with pytest.raises(DlangError) as caught:
            self(line)
        return [each.code for each in caught.value.diagnostics]


def plain(kept: Kept) -> Any:
    """A kept value as Python has it."""
    match kept.like:
        case Num():
            return kept.number.tolist() if hasattr(kept.number, "tolist") else kept.number
        case Str(text=text):
            return text
        case Tup():
            return tuple(map(plain, kept.parts))
        case Rec(names=names):
            return dict(zip(names, map(plain, kept.parts), strict=True))
        case like:
            return type(like).__name__


@pytest.fixture
def lines(tmp_path: Path) -> Lines:
    return Lines(tmp_path)


def test_an_expression_has_its_value_and_an_assignment_has_none(lines: Lines) -> None:
    assert lines("1 + 2") == 3
    assert lines("x = 4") is None
    assert lines("x / 8") == 0.5


def test_every_statement_of_a_line_is_shown(lines: Lines) -> None:
    found: list[Any] = []
    lines.session.run(Source("<repl>", "x = 2; x; x^2"), print, lambda o: found.append(o.value and plain(o.value)))
    assert found == [None, 2, 4]


def test_a_line_runs_once(lines: Lines) -> None:
    lines('fn loud() { print("called"); 1 }', "x = loud()", "x + x", "x")
    assert lines.printed == ["called"]


def test_random_draws_go_on_from_line_to_line(lines: Lines) -> None:
    together = Lines()("(rand(), rand(), rand())")
    first, second = lines("a = rand()", "a"), lines("b = rand()", "b")
    assert (first, second, lines("rand()")) == together
    assert lines("a") == first


def test_a_seed_begins_the_draws_anew(lines: Lines) -> None:
    first = lines("seed(7)", "rand()")
    assert lines("rand()") != first
    assert lines("seed(7)", "rand()") == first


def test_functions_see_the_variable_as_it_is_when_they_are_called(lines: Lines) -> None:
    lines("x = 2", "fn f(y) = x * y")
    assert lines("f(10)") == 20
    assert lines("x = 3", "f(10)") == 30


def test_functions_see_the_new_function(lines: Lines) -> None:
    lines("fn g(x) = x + 1", "fn f(x) = g(x) * 10")
    assert lines("f(1)") == 20
    assert lines("fn g(x) = x + 2", "f(1)") == 30


def test_a_function_without_a_name_sees_the_new_value_of_a_variable(lines: Lines) -> None:
    lines("x = 1.0", "g = fn(y) = y + x")
    assert lines("x = 100.0", "g(1)") == 101.0


def test_a_closure_keeps_what_was_its_own(lines: Lines) -> None:
    lines("c = 0.0", "fn scaled(k) = fn(x) = k * x + c", "double = scaled(2.0)", "triple = scaled(3.0)")
    assert lines("c = 1.0", "(double(10), triple(10))") == (21.0, 31.0)


def test_a_closure_of_a_closure_is_kept(lines: Lines) -> None:
    lines("fn add(a) = fn(b) = fn(c) = 100 * a + 10 * b + c", "f = add(1)", "g = f(2)")
    assert lines("g(3)") == 123


def test_a_function_in_a_record_can_be_called_later(lines: Lines) -> None:
    lines("fn make(k) = {k: k, f: fn(x) = k * x}", "r = make(3.0)")
    assert lines("h = r.f", "h(2)") == 6.0


def test_a_closure_over_a_loop_variable_keeps_its_pass(lines: Lines) -> None:
    lines("f = fn(x) = x", "for i in 0..3 { f = fn(x) = x + i }")
    assert lines("f(10)") == 12


def test_functions_may_call_each_other_whichever_came_first(lines: Lines) -> None:
    lines("fn even(n) = if n == 0 { true } else { odd(n - 1) }")
    assert [each.title for each in lines.warnings] == ["unknown name `odd`"]
    assert lines("fn odd(n) = if n == 0 { false } else { even(n - 1) }", "even(10)") is True


def test_functions_of_one_text_are_not_warned_of(lines: Lines) -> None:
    text = "fn even(n) = if n == 0 { true } else { odd(n - 1) }\nfn odd(n) = if n == 0 { false } else { even(n - 1) }"
    assert lines(text, "odd(3)") is True
    assert lines.warnings == []


def test_the_types_of_a_function_are_checked_once_all_that_it_reads_is_there(lines: Lines) -> None:
    lines("fn half(x: Real) = g(x)[0] / 2")
    lines("fn g(x) = [x, x]")
    assert lines("half(3.0)") == 1.5
    assert lines.fails("fn wrong(x: Real) = g(x) + [1, 2, 3]") == ["E0302"]


def test_what_is_unknown_is_an_error_where_the_function_is_called(lines: Lines) -> None:
    lines("fn f(x) = wieght * x")
    with pytest.raises(DlangError) as caught:
        lines("f(1)")
    (told,) = caught.value.diagnostics
    assert (told.code, told.primary.span.text, told.primary.span.line) == ("E0201", "wieght", 1)


def test_an_unknown_name_is_likened_to_all_of_the_session(lines: Lines) -> None:
    lines("temperature = 3")
    with pytest.raises(DlangError) as caught:
        lines("temprature + 1")
    assert caught.value.diagnostics[0].help == "did you mean `temperature`?"


@pytest.mark.parametrize(
    ("line", "value"),
    [
        ("v = (1, 2.0, true)", (1, 2.0, True)),
        ('v = {w: [1.0, 2.0], s: "text"}', {"w": [1.0, 2.0], "s": "text"}),
        ("v = [[1, 2], [3, 4]]", [[1, 2], [3, 4]]),
        ("v = [1.0, 2.0] > 1.5", [False, True]),
        ('v = "text"', "text"),
        ("v = 0..3", "RangeValue"),
        ("v = normal(0.0, 1.0)", "Dist"),
        ("v = zeros(0)", []),
        ("v = sin", "BuiltinValue"),
        ("v = grad(sin)", "Derivative"),
    ],
)
def test_a_value_of_every_kind_comes_back(line: str, value: Any, lines: Lines) -> None:
    assert lines(line, "v") == value
    assert lines("w = v", "w") == value


def test_kept_values_can_be_worked_with(lines: Lines) -> None:
    lines("r = 0..4", "d = normal(1.0, 2.0)", "s = sin'", "n = 3")
    assert lines("[i * i for i in r]") == [0, 1, 4, 9]
    assert lines("mean(d)") == 1.0
    assert lines("s(0.0)") == 1.0
    assert lines("zeros(n)") == [0.0, 0.0, 0.0]  # an Int decides a shape


def test_parts_of_a_variable_can_be_changed(lines: Lines) -> None:
    lines("a = [1, 2, 3]", "b = a", "a[0] = 10", "a += 1", "r = {w: 1.0}", "r.w = 5.0")
    assert lines("a") == [11, 3, 4]
    assert lines("b") == [1, 2, 3]
    assert lines("r") == {"w": 5.0}


def test_a_variable_may_be_made_of_itself_through_a_function(lines: Lines) -> None:
    lines("x = 1", "fn next(d) = x + d", "x = next(1)", "x = next(1)")
    assert lines("x") == 3


def test_a_variable_may_take_the_name_of_a_function_and_back(lines: Lines) -> None:
    lines("fn f(x) = x + 1", "f = f(1)")
    assert lines("f") == 2
    assert lines("fn f(x) = x + 2", "f(1)") == 3


def test_a_variable_may_hide_a_built_in(lines: Lines) -> None:
    assert lines("mean = 3", "mean + 1") == 4


def test_derivatives_of_the_sessions_functions(lines: Lines) -> None:
    lines("k = 3.0", "fn f(x) = k * x^2")
    assert lines("f'(2)") == 12.0
    assert lines("grad(f)(2.0)") == 12.0
    assert lines("value_and_grad(f)(2.0)") == (12.0, 12.0)


def test_a_pullback_is_kept(lines: Lines) -> None:
    lines("fn f(x) = x^3", "(y, back) = vjp(f, 2.0)")
    assert lines("(y, back(1.0))") == (8.0, 12.0)


def test_a_rule_of_the_users_own_belongs_to_the_function_of_that_time(lines: Lines) -> None:
    lines("fn f(x) = x^2", "jvp f(x; dx) = 100 * dx")
    assert lines("f'(1.0)") == 100.0
    assert lines("fn f(x) = x^3", "f'(1.0)") == 3.0


def test_a_rule_that_is_not_linear_is_refused(lines: Lines) -> None:
    lines("fn f(x) = x^2", "jvp f(x; dx) = 2 * x * dx * dx")
    assert lines.fails("f'(1.0)") == ["E1016"]


def test_a_module_of_the_library(lines: Lines) -> None:
    lines("import stats")
    assert lines("stats.quantile([1.0, 2.0, 3.0], 0.5)") == 2.0
    assert lines("q = stats.quantile", "q([1.0, 2.0, 3.0], 0.5)") == 2.0


def test_a_solver_of_the_library_brings_its_rules(lines: Lines) -> None:
    lines("import roots", "fn root2(c) = roots.root(fn(x) = x^2 - c, 0.0, 10.0)")
    assert lines("root2'(4.0)") == pytest.approx(0.25)


def test_a_module_runs_once(lines: Lines, tmp_path: Path) -> None:
    (tmp_path / "loud.dl").write_text('print("loud")\nk = rand()\nfn f(x) = k * x\n')
    lines('import "loud.dl" as loud')
    k = lines("loud.k")
    assert lines("loud.f(2.0)") == 2 * k
    assert lines.printed == ["loud"]


def test_an_error_leaves_everything_as_it_was(lines: Lines) -> None:
    lines("x = 1")
    assert lines.fails("x = 2; y = 3; undefined") == ["E0201"]
    assert lines("x") == 1
    assert lines.fails("y") == ["E0201"]


def test_lines_before_the_one_that_fails_are_kept(lines: Lines) -> None:
    assert lines.fails("x = 2\ny = undefined\nz = 3") == ["E0201"]
    assert lines("x") == 2
    assert lines.fails("z") == ["E0201"]


def test_a_failure_while_running_leaves_everything_as_it_was(lines: Lines) -> None:
    lines("a = [1, 2, 3]", "x = 1", "rand()")
    state = lines.session.state
    assert lines.fails("x = a[len(a) + x]") == ["E0602"]
    assert lines.fails("x = rand(); assert false") == ["E0605"]
    assert lines.session.state is state


def test_an_interruption_leaves_everything_as_it_was(lines: Lines) -> None:
    def interrupt(line: str) -> None:
        raise KeyboardInterrupt

    state = lines.session.state
    with pytest.raises(KeyboardInterrupt):
        lines.session.run(Source("<repl>", "x = 1; print(x)"), interrupt)
    assert lines.session.state is state


def test_errors_point_into_the_line_of_an_earlier_entry(lines: Lines) -> None:
    lines("x = 1", "fn f(v) {\n  v[5]\n}")
    with pytest.raises(DlangError) as caught:
        lines("f([1.0, 2.0])")
    (told,) = caught.value.diagnostics
    assert (told.primary.span.source.name, told.primary.span.line) == ("<repl>", 3)
    assert "<repl>:3:" in str(caught.value)


def test_arity_is_checked_against_the_function_as_it_is_now(lines: Lines) -> None:
    lines("fn g(x) = x", "fn f(x) = g(x)", "fn g(x, y) = x + y")
    assert lines.fails("f(1)") == ["E0212"]


def test_a_nan_is_told_once_where_it_was_born(lines: Lines) -> None:
    lines("x = log(-1)")
    assert [each.code for each in lines.warnings] == ["E0601"]
    assert np.isnan(lines("x"))
    assert len(lines.warnings) == 1


def test_a_name_that_only_some_paths_bind_is_not_kept_in_silence(lines: Lines) -> None:
    lines("x = nan", "if x > 0 { q = 1 }")
    assert [each.code for each in lines.warnings] == ["E0203"]
    assert lines.fails("q") == ["E0201"]


def test_a_branch_that_is_not_taken_leaves_a_name_as_it_was(lines: Lines) -> None:
    lines("x = 1.5", "fn f(y) = y", "g = fn(y) = y", "if x > 2 { g = fn(y) = 2 * y; x = 7.5 }")
    assert lines("(x, g(3))") == (1.5, 3)
    assert lines("if x < 2 { g = fn(y) = 2 * y; x = 7.5 }", "(x, g(3))") == (7.5, 6)
    assert lines.warnings == []


def test_a_loop_changes_what_was_bound(lines: Lines) -> None:
    assert lines("s = 0", "for i in 0..4 { s += i }", "s") == 6
    assert lines("n = 5", "while n > 1 { n -= 2 }", "n") == 1


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("x + f(y, k=z)", "f x y z"),
        ("r.w = a[i]", "a i r"),
        ("x = x.y", "x"),
        ("(a, b[i]) = c", "b c i"),
        ("fn f(x, n = m) { y = x + g(y); fn h(u) = u + v; h(y) }", "g m v"),
        ("g = fn(x) = x * k", "k"),
        ("[x * k for (x, y) in zip(xs, ys) if y > c]", "c k xs ys zip"),
        ("for i in n { s += i * t }", "i n s t"),
        ("jvp f(x; dx) = dx * k", "f k"),
        ("fn f(x: [n]) = x", ""),
        ("{x: y, ...z}", "y z"),
    ],
)
def test_a_line_mentions_what_it_may_read_from_outside(text: str, names: str) -> None:
    assert sorted(mentions(*parse(Source("<repl>", text)).statements)) == names.split()


def test_a_name_inside_a_function_is_not_that_of_the_session(lines: Lines) -> None:
    lines("param k = 1.0", "report x = [1.0][int(k)]", "fn f(x) { k = 2 * x; k }")
    assert lines("f(3)") == 6
    assert lines("y = f(3)", "minimize y + k^2") is None
    assert lines.session.state.names["y"].formula is None


# ---- models


DECAY = (
    "t = linspace(0, 5, 6)",
    "data y = [1.02, 0.71, 0.52, 0.36, 0.24, 0.18]",
    "param a in 0..inf = 1.0",
    "param k in 0..inf = 0.3",
    "fn signal(t) = a * exp(-k * t)",
    "y ~ signal(t)",
    "report half_life = log(2) / k",
)


def test_a_model_is_built_up_line_by_line(lines: Lines) -> None:
    lines(*DECAY)
    result = fit_program(lines.session.program())
    assert result.verdict == "converged"
    assert result.parameters["k"].value == pytest.approx(0.35, abs=0.03)
    assert list(result.reports) == ["half_life"]


def test_a_parameter_has_the_value_of_its_start(lines: Lines) -> None:
    lines(*DECAY)
    assert lines("k") == 0.3
    assert lines("half_life") == pytest.approx(np.log(2) / 0.3)
    assert lines("signal(0)") == 1.0


def test_a_parameter_that_was_moved_is_there_on_lines_and_starts_as_before(lines: Lines) -> None:
    lines(*DECAY)
    lines.session.moved_to({"k": 0.5})
    assert lines("k") == 0.5
    assert lines.session.program().parameters[1].start == 0.3


def test_a_start_that_was_set_holds_on_lines_and_in_the_model(lines: Lines) -> None:
    lines(*DECAY)
    lines.session.moved_to({"k": 0.5})
    lines.session.set_start("k", "0.7")
    assert lines("k") == 0.7
    assert lines.session.program().parameters[1].start == 0.7


@pytest.mark.parametrize(
    ("name", "text", "code"),
    [("kk", "1", "E0709"), ("k", "x", "E0703"), ("k", "[1, 2]", "E0714"), ("k", "-1", "E0713"), ("k.w", "1", "E0709")],
)
def test_a_start_that_does_not_fit_is_refused_and_the_old_one_stays(
    name: str, text: str, code: str, lines: Lines
) -> None:
    lines(*DECAY)
    with pytest.raises(DlangError) as caught:
        lines.session.set_start(name, text)
    assert [each.code for each in caught.value.diagnostics] == [code]
    assert lines("k") == 0.3


def test_a_new_declaration_forgets_what_was_set_and_fitted(lines: Lines) -> None:
    lines(*DECAY)
    lines.session.set_start("k", "0.7")
    lines.session.moved_to({"k": 0.8})
    assert lines("param k in 0..inf = 0.2", "k") == 0.2
    assert lines.session.program().parameters[1].start == 0.2


def test_a_part_of_a_parameter_can_be_set(lines: Lines) -> None:
    lines("param p = {w: [1.0, 2.0], b: 0.5}")
    lines.session.set_start("p.w", "[3, 4]")
    assert lines("p") == {"w": [3.0, 4.0], "b": 0.5}


def test_a_random_start_is_drawn_once(lines: Lines) -> None:
    start = lines("param w = randn(3)", "w")
    assert lines("w") == start
    assert lines("minimize sum((w - 1)^2)") is None
    assert lines.session.program().parameters[0].start.tolist() == start


def test_a_declaration_replaces_the_one_before(lines: Lines) -> None:
    lines(*DECAY, "param k in 0..1 = 0.2", "report half_life = log(3) / k", "data y = [1.0, 0.7, 0.5, 0.4, 0.3, 0.2]")
    program = lines.session.program()
    assert [(p.name, p.start, p.upper) for p in program.parameters] == [("a", 1.0, np.inf), ("k", 0.2, 1.0)]
    assert list(program.run().reports.values()) == [pytest.approx(np.log(3) / 0.2)]


def test_a_term_of_the_same_data_replaces_the_one_before_and_another_joins_it(lines: Lines) -> None:
    lines("param a = 1.0", "data y = [1.0, 3.0]", "y ~ a", "y ~ 2 * a", "minimize a^2")
    assert lines.session.program().value() == 1.0 + 1.0 + 1.0


def load(lines: Lines, text: str, file: str = "mn.dl") -> None:
    lines.session.run(Source(file, text), lines.printed.append, file=Path(file))


def test_a_second_load_of_a_file_replaces_its_terms_and_no_others(lines: Lines) -> None:
    text = "param a = 3.0\ndata y = [1.0]\nminimize a^2\ny ~ a"
    load(lines, text)
    lines("minimize 10 * a")
    load(lines, "minimize 100 * a", "other.dl")
    for _ in range(2):
        load(lines, text)
        assert lines.session.program().value() == 9 + 4 + 30 + 300
    load(lines, "param a = 3.0")
    assert lines.session.program().value() == 330


def test_a_file_that_cannot_be_read_again_leaves_its_terms(lines: Lines) -> None:
    load(lines, "param a = 3.0\nminimize a^2")
    with pytest.raises(DlangError):
        load(lines, "param a = 3.0\nminimize (a^2")
    assert lines.session.program().value() == 9


@pytest.mark.parametrize(
    "text",
    ["param a = 3.0\ndata y = [1.0, 2.0]\ny ~ a\ny ~ 2 * a", "param a = 0.3\na ~ normal(0, 1)\na ~ normal(1, 2)"],
)
def test_terms_of_one_text_may_have_the_same_left_side_and_a_later_one_replaces_them(text: str, lines: Lines) -> None:
    from dlang import driver

    load(lines, text)
    there = driver.load(Source("mn.dl", text), folder=Path()).value_and_grad()
    assert repr(lines.session.program().value_and_grad()) == repr(there)
    again = Lines()
    again(text)
    assert repr(again.session.program().value_and_grad()) == repr(there)
    *head, _, last = text.split("\n")
    lines(last)
    there = driver.load(Source("mn.dl", "\n".join([*head, last])), folder=Path()).value_and_grad()
    assert repr(lines.session.program().value_and_grad()) == repr(there)


def test_what_no_term_needs_is_no_part_of_the_model(lines: Lines) -> None:
    lines(*DECAY, "param idle = 3.0")
    assert [p.name for p in lines.session.program().parameters] == ["a", "k"]


@pytest.mark.parametrize("line", ["k = 3", "y = 3", "k += 1"])
def test_parameters_and_data_cannot_be_assigned(line: str, lines: Lines) -> None:
    lines(*DECAY)
    assert lines.fails(line) == ["E0207"]
    assert lines("k") == 0.3


def test_a_start_outside_its_bounds_is_no_declaration(lines: Lines) -> None:
    assert lines.fails("param a in 0..1 = 2.0") == ["E0402"]
    assert lines.fails("a") == ["E0201"]


def test_terms_that_do_not_mix_are_refused_when_they_are_written(lines: Lines) -> None:
    lines(*DECAY)
    assert len(lines.fails("k ~ normal(0, 1)")) == 1
    assert len(lines.session.state.terms) == 1


def test_data_are_read_once(lines: Lines, tmp_path: Path) -> None:
    (tmp_path / "d.csv").write_text("x,who\n1,ann\n2,bob\n")
    lines('data x, who from "d.csv"')
    (tmp_path / "d.csv").unlink()
    assert lines("x") == [1.0, 2.0]
    assert lines("levels(who)") == ("ann", "bob")


def test_a_whole_table_is_a_record(lines: Lines, tmp_path: Path) -> None:
    (tmp_path / "d.csv").write_text("x,two words\n1,3\n2,4\n")
    lines('data d from "d.csv" as table')
    assert lines('d["two words"] + d.x') == [4.0, 6.0]


# ---- questions


def asked(lines: Lines, question: Any, text: str) -> Any:
    return question(lines.session, parse_expression(Source("<repl>", text)))


@pytest.mark.parametrize(
    ("text", "type_"),
    [
        ("1", "Int"),
        ("x", "Real"),
        ("[x, 1]", "[2]"),
        ("[[1, 2], [3, 4]]", "[2, 2] Int"),
        ('{w: x, s: "a"}', "{w: Real, s: String}"),
        ("(x > 1, 0..3)", "(Bool, range)"),
        ("f", "fn f(y)"),
        ("normal(x, 1)", "distribution normal"),
        ('print("never")', "no value"),
    ],
)
def test_the_type_of_an_expression_is_told_without_running_it(text: str, type_: str, lines: Lines) -> None:
    lines("x = 2.5", "fn f(y) = x * y")
    assert asked(lines, questions.type_of, text) == type_
    assert lines.printed == []


def test_the_gradient_of_an_expression_is_in_what_it_depends_on(lines: Lines) -> None:
    lines("x = 3", "y = [1.0, 2.0]", "other = 7.0", "param k = 2.0", "fn f(v) = k * sum(v^2)")
    slope = asked(lines, questions.gradient_of, "x^2 + f(y)")
    assert slope.value == 19.0
    assert {name: np.asarray(g).tolist() for name, g in slope.gradient.items()} == {"x": 6.0, "y": [4.0, 8.0], "k": 5.0}
    assert slope.at["x"] == 3.0


def test_the_gradient_is_in_fields_of_records_and_not_in_what_closures_hold(lines: Lines) -> None:
    lines("fn make(k) = fn(x) = k * x", "h = make(3.0)", "k = 7.0", "r = {n: 3, v: (1.5, 2)}")
    assert asked(lines, questions.gradient_of, "h(r.n) + k^2 + r.v[0]").gradient == {
        "k": 14.0,
        "r.n": 3.0,
        "r.v[0]": 1.0,
    }


def test_an_int_that_decides_a_shape_is_left_an_int(lines: Lines) -> None:
    lines("n = 3", "c = 2.0")
    assert asked(lines, questions.gradient_of, "sum(c * ones(n))").gradient == {"c": 3.0}


def test_a_gradient_of_what_is_no_number_is_refused(lines: Lines) -> None:
    with pytest.raises(DlangError):
        asked(lines, questions.gradient_of, "[1.0, 2.0]")


def test_the_ir_of_an_expression_is_what_it_needs(lines: Lines) -> None:
    lines("x = 2.5", "fn f(y) = x * y", "fn g(y) = y")
    text = asked(lines, questions.ir_of, "f(3)")
    assert "fn main(" in text
    assert "mul" in text
    assert "fn g" not in text


def test_an_expression_can_be_prepared_and_computed_often(lines: Lines) -> None:
    lines("x = 2.5")
    compute = asked(lines, questions.prepared, "x + rand()")
    assert compute() == compute()
    before = lines.session.state
    assert lines.session.state is before


def test_what_a_line_costs_does_not_depend_on_the_lines_before_it(lines: Lines) -> None:
    """Counted, not timed: the definitions that stand in front of a line."""
    from dlang.driver.definitions import needed

    lines(*(f"x{k} = {k}.0" for k in range(50)), *(f"fn f{k}(x) = x + x{k}" for k in range(50)))
    assert list(needed(lines.session.state, {"f7", "x9"})) == ["x7", "f7", "x9"]


# ---- formulas


def test_what_is_computed_from_a_parameter_is_a_formula_in_the_model(lines: Lines) -> None:
    lines("param k = 1.0", "tau = exp(k)", "tau += 1", "(a, b) = (2 * tau, k)", "minimize (a - 10)^2 + b^2")
    value, gradient = lines.session.program().value_and_grad({"k": 0.5})
    tau = np.exp(0.5) + 1
    assert value == pytest.approx((2 * tau - 10) ** 2 + 0.25)
    assert gradient["k"] == pytest.approx(2 * (2 * tau - 10) * 2 * np.exp(0.5) + 1.0)


def test_on_a_line_it_has_the_value_that_it_had(lines: Lines) -> None:
    lines("param k = 1.0", "tau = 2 * k", "report twice = tau")
    lines.session.moved_to({"k": 3.0})
    assert lines("(k, tau, twice)") == (3.0, 2.0, 6.0)


def test_a_formula_keeps_what_names_stood_for(lines: Lines) -> None:
    lines("param k = 1.0", "x = 2.0", "fn f(v) = x * v", "tau = f(k)", "x = 100.0", "fn f(v) = 0.0 * v", "minimize tau")
    assert lines.session.program().value() == 2.0


def test_a_formula_follows_a_parameter_that_is_declared_anew(lines: Lines) -> None:
    lines("param k = 1.0", "tau = 2 * k", "param k in 0..10 = 4.0", "minimize tau")
    assert lines.session.program().value() == 8.0


def test_a_formula_with_draws_has_the_same_ones(lines: Lines) -> None:
    lines("param k = 1.0", "rand()", "noisy = k * rand()", "rand()", "minimize noisy")
    assert lines.session.program().value() == lines("noisy")


def test_a_loop_over_a_parameter_is_a_formula(lines: Lines) -> None:
    lines("param k = 2.0", "s = 0.0", "for i in 0..3 { s += k^i }", "minimize s")
    assert lines.session.program().value_and_grad() == (7.0, {"k": 5.0})


def test_the_gradient_of_a_formula_is_in_the_parameter(lines: Lines) -> None:
    lines("param k = 2.0", "tau = k^2")
    assert asked(lines, questions.gradient_of, "3 * tau").gradient == {"k": 12.0}


def test_a_formula_of_a_report_keeps_what_that_was_computed_from(lines: Lines) -> None:
    lines("param a = 3.0", "v = a", "report k = 2 * v", "report l = 5 * k", "v = k + l", "minimize v")
    value, gradient = lines.session.program().value_and_grad()
    assert (value, float(gradient["a"])) == (36.0, 12.0)
    assert lines.session.program().run().reports == {"k": 72.0, "l": 360.0}


def test_a_report_may_read_another_one(lines: Lines) -> None:
    lines("param k = 2.0", "report a = 2 * k", "report b = a + 1", "report a = 3 * k", "minimize k^2")
    assert lines("b") == 7.0
    assert dict(lines.session.program().run().reports) == {"a": 6.0, "b": 7.0}


EXAMPLES = Path(__file__).parents[3] / "examples"


@pytest.mark.parametrize("path", sorted(EXAMPLES.glob("*.dl")), ids=lambda path: path.stem)
def test_an_example_has_the_same_objective_and_gradient_in_a_session(path: Path) -> None:
    from dlang import driver

    source = Source(str(path), path.read_text(encoding="utf-8"))
    session = Session(path.parent)
    session.run(source, lambda line: None, file=path)
    there, here = driver.load(source, folder=path.parent), session.program()
    assert here.value_and_grad()[0] == there.value_and_grad()[0]
    for name, gradient in there.gradient().items():
        assert repr(here.gradient()[name]) == repr(gradient)
