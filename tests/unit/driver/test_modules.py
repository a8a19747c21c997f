"""Programs of several files: what an import finds, what it gives, and what is wrong with either."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

import dlang
from dlang import driver
from dlang.diagnostics import Diagnostic, DlangError
from dlang.driver.stages import ir_text
from dlang.source import Source

FLOW = "rate = 0.5 * sqrt(4.0)\nfn step(x, h = 0.1) = x + h * rate\n"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "lib").mkdir()
    (tmp_path / "lib" / "flow.dl").write_text(FLOW)
    return tmp_path


def load(folder: Path, text: str, **files: str) -> dlang.Program:
    """The program `main.dl` of a text, beside files of the given stems; `lib__x` is `lib/x.dl`."""
    for name, content in files.items():
        (folder / f"{name.replace('__', '/')}.dl").write_text(content)
    return dlang.loads(text, path=str(folder / "main.dl"))


def printed(folder: Path, text: str, **files: str) -> list[str]:
    return load(folder, text, **files).run().printed


def faults(folder: Path, text: str, **files: str) -> list[Diagnostic]:
    with pytest.raises(DlangError) as caught:
        load(folder, text, **files)
    return list(caught.value.diagnostics)


def told(folder: Path, text: str, **files: str) -> list[tuple[str, str, int]]:
    """(code, file, line) of everything that is reported."""
    found = [(d.code, d.primary) for d in faults(folder, text, **files)]
    return [(code, Path(at.span.source.name).name, at.span.line) for code, at in found if at is not None]


# ---- what an import gives


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ('import "lib/flow.dl"\nprint(flow.step(1.0), flow.rate)', "1.1 1.0"),
        ('import "lib/flow.dl" as f\nprint(f.step(1.0, h=2))', "3.0"),
        ('import "lib/flow.dl"\nstep = flow.step\nprint(step(1.0), 1.0 |> step, 1.0 |> flow.step(0.2))', "1.1 1.1 1.2"),
        ('import "lib/flow.dl"\nfn twice(f, x) = f(f(x))\nprint(twice(flow.step, 1.0))', "1.2000000000000002"),
        ('import "lib/flow.dl"\nprint((fn(x) = flow.step(x) * flow.rate)(1.0))', "1.1"),
        ('import "lib/flow.dl"\nfn f(x, h = flow.rate) = flow.step(x, h)\nprint(f(1.0))', "2.0"),
        ('import "lib/flow.dl"\nfn f(x) {\n  step = flow.step\n  rate = 100.0\n  step(x) + rate\n}\nprint(f(1.0))', "101.1"),
        ('import "lib/flow.dl"\nfn f(n) = if n == 0 { flow.rate } else { flow.step(f(n - 1)) }\nprint(f(2))', "1.2000000000000002"),
        ('fn f(x) = flow.step(x)\nimport "lib/flow.dl"\nprint(f(1.0))', "1.1"),
        ('import "lib/flow.dl"\nx = 0.0\nfor i in 0..3 { x = flow.step(x, flow.rate) }\nprint(x)', "3.0"),
        ('import "lib/flow.dl"\nx = if flow.rate > 0.5 { flow.step(1.0) } else { flow.rate }\nprint(x)', "1.1"),
        ('import "lib/flow.dl"\nfn f(flow) = 2 * flow\nprint(f(3.0))', "6.0"),
    ],
)  # fmt: skip
def test_members_are_values_wherever_values_stand(folder: Path, text: str, wanted: str) -> None:
    assert printed(folder, text) == [wanted]


def test_a_module_knows_its_own_names_only(folder: Path) -> None:
    own = "rate = 2.0\nfn f() = rate\n"
    assert printed(folder, 'import "lib/own.dl"\nrate = 7.0\nprint(own.f(), rate)', lib__own=own) == ["2.0 7.0"]
    assert told(folder, 'import "lib/own.dl"\nrate = 7.0', lib__own="fn f() = rate") == [("E0201", "own.dl", 1)]


def test_a_file_that_is_imported_by_two_routes_is_the_same_and_runs_once(folder: Path) -> None:
    text = 'import "lib/a.dl"\nimport "lib/b.dl" as other\nimport "./lib/../lib/b.dl"\nprint(a.x + other.x + b.x)'
    files = {"lib__a": 'import "b.dl"\nx = b.x\n', "lib__b": 'print("once")\nx = sqrt(4.0)\n'}
    assert printed(folder, text, **files) == ["once", "6.0"]


def test_a_module_runs_where_it_is_imported_and_its_asserts_hold(folder: Path) -> None:
    text = 'print("before")\nimport "lib/m.dl"\nprint("after")'
    assert printed(folder, text, lib__m='print("within")') == ["before", "within", "after"]
    with pytest.raises(DlangError, match="E0605"):
        load(folder, text, lib__m="assert 1 > 2").run()


def test_modules_of_one_name_are_not_confused(folder: Path) -> None:
    (folder / "old").mkdir()
    (folder / "old" / "flow.dl").write_text("rate = 3.0\nfn step(x) = x + sqrt(rate * rate)\n")
    text = 'import "lib/flow.dl"\nimport "old/flow.dl" as old\nprint(flow.step(1.0), old.step(1.0), old.rate)'
    assert printed(folder, text) == ["1.1 4.0 3.0"]


def test_functions_of_modules_are_not_confused_with_what_is_made_of_functions(folder: Path) -> None:
    """The adjoint of `f` is called `f.adjoint`, the program `the.main`."""
    text = """
import "lib/f.dl" as m
import "lib/the.dl"
param a = 2.0
fn f(x) { for i in 0..3 { x = x * m.adjoint(x) }
 x }
minimize f(a) + the.main(a) + the.entry(a)
"""
    loops = "fn adjoint(x) { y = 0.0\n for i in 0..4 { y += x }\n y }\n"
    entries = "fn main(x) = { y = 0.0\n for i in 0..2 { y += x^2 }\n y }\nfn entry(x) = main(main(x))\n"
    program = load(folder, text, lib__f=loops, lib__the=entries)
    # x -> 4 x^2 three times is 4^7 x^8; main is 2 x^2, entry 8 x^4
    value, gradient = program.value_and_grad()
    assert value == pytest.approx(4**7 * 2**8 + 8 + 128)
    assert gradient["a"] == pytest.approx(8 * 4**7 * 2**7 + 8 + 256)
    assert program.check_gradient().passed


def test_a_modules_function_keeps_its_sizes_known(folder: Path) -> None:
    text = 'import "lib/m.dl"\nfn f(n) = m.line(n)\nx = [1.0, 2.0, 3.0] + f(3)\nprint(x, shape(x)[0])'
    assert printed(folder, text, lib__m="fn line(count) = zeros(count) + 1\n") == ["[2.0, 3.0, 4.0] 3"]
    assert "E0302" in {d.code for d in faults(folder, text.replace("f(3)", "f(4)"))}


def test_data_of_a_module_come_from_beside_it_and_are_its_own(folder: Path) -> None:
    (folder / "lib" / "table.csv").write_text("t,y\n1,2\n3,5\n")
    (folder / "table.csv").write_text("t,y\n10,20\n")
    reads = 'data t, y from "table.csv"\ndata n = 3\nfn total() = sum(y) + n\n'
    text = 'import "lib/m.dl"\ndata y from "table.csv"\ndata n = 1\nprint(m.total(), m.t, y, n)'
    assert printed(folder, text, lib__m=reads) == ["10.0 [1.0, 3.0] [20.0] 1"]
    path = str(folder / "main.dl")
    assert dlang.loads(text, path=path, data={"n": 2, "y": [0.5]}).run().printed == ["10.0 [1.0, 3.0] [0.5] 2"]
    with pytest.raises(DlangError, match="E0709"):
        dlang.loads(text, path=path, data={"t": [1.0]})


def test_a_fault_of_a_modules_data_is_told_with_its_file(folder: Path) -> None:
    found = faults(folder, 'import "lib/m.dl"', lib__m='data t from "none.csv"\n')
    assert [(d.code, d.primary is not None and d.primary.span.source.name) for d in found] == [
        ("E0501", str(folder / "lib" / "m.dl"))
    ]


def test_values_and_gradients_go_through_modules(folder: Path) -> None:
    text = """
import "lib/flow.dl"
param h = 0.3
param x = [1.0, 2.0]
minimize sum(flow.step(x, h)^2)
report end = flow.rate * h
"""
    program = load(folder, text)
    value, gradient = program.value_and_grad()
    moved = np.array([1.3, 2.3])
    assert value == pytest.approx(np.sum(moved**2))
    np.testing.assert_allclose(gradient["x"], 2 * moved)
    assert gradient["h"] == pytest.approx(2 * np.sum(moved))
    assert program.run().reports == {"end": 0.3}


# ---- the Python API


def test_a_text_without_a_path_imports_from_the_current_folder(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(folder)
    assert dlang.loads('import "lib/flow.dl"\nprint(flow.rate)').run().printed == ["1.0"]
    monkeypatch.chdir(folder / "lib")
    assert dlang.loads('import "flow.dl"\nprint(flow.rate)').run().printed == ["1.0"]


def test_a_loaded_file_imports_from_its_own_folder(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (folder / "main.dl").write_text('import "lib/flow.dl"\nprint(flow.rate)')
    monkeypatch.chdir("/")
    assert dlang.load(folder / "main.dl").run().printed == ["1.0"]


def test_functions_of_modules_are_functions_of_the_program(folder: Path) -> None:
    program = load(folder, 'import "lib/flow.dl" as f\nimport stats\nfn square(x) = f.step(x)^2')
    step = program.function("f.step")
    assert step(1.0, 0.5) == 1.5
    assert step.grad("h")(1.0, 0.5) == 1.0
    assert program.function("square")(1.0) == pytest.approx(1.21)
    assert program.function("stats.quantile")(np.array([1.0, 3.0]), 0.5) == 2.0
    for name in ("f.rate", "f.stpe", "g.step", "f", "stats._kernel", "f.step.x", ""):
        with pytest.raises(DlangError, match="E0709"):
            program.function(name)


# ---- what is wrong


def test_the_errors_of_all_files_are_told_in_one_go_each_with_its_file(folder: Path) -> None:
    (folder / "lib" / "broken.dl").write_text("fn f(x) = = 1\n")
    text = 'import "lib/broken.dl"\nimport "lib/names.dl"\nprint(nmaes, broken.f(1), names.f(2))'
    names = 'import "deep.dl"\nfn f(x) = y\nfn g(x: Real) -> [2] = x\n'
    codes = sorted(told(folder, text, lib__names=names, lib__deep="fn h(x: Rael) = z\n"))
    assert codes == [
        ("E0101", "broken.dl", 1),
        ("E0201", "deep.dl", 1),
        ("E0201", "main.dl", 3),
        ("E0201", "names.dl", 2),
        ("E0311", "names.dl", 3),
        ("E0315", "deep.dl", 1),
    ]


def test_a_file_that_cannot_be_imported_is_told_at_every_import_of_it(folder: Path) -> None:
    text = 'import "lib/a.dl"\nimport "lib/model.dl"\nprint(model.f(1), a.f(1))'
    files = {"lib__a": 'import "model.dl"\nfn f(x) = model.f(x)\n', "lib__model": "param a = 1.0\nfn f(x) = x\n"}
    assert told(folder, text, **files) == [("E0905", "a.dl", 1), ("E0905", "main.dl", 2)]


@pytest.mark.parametrize(
    "line", ["param a = 1.0", "x = 1.0\nx ~ 2.0", "minimize 1.0", "maximize 1.0", "report a = 1.0"]
)
def test_a_model_is_no_module(folder: Path, line: str) -> None:
    found = faults(folder, 'import "lib/m.dl"', lib__m=line)
    assert [d.code for d in found] == ["E0905"]
    assert found[0].labels[0].span.source.name == str(folder / "lib" / "m.dl")


def test_a_program_that_its_module_imports_is_a_cycle(folder: Path) -> None:
    text = 'param a = 1.0\nimport "lib/m.dl"\nminimize m.f(a)'
    (folder / "main.dl").write_text(text)
    found = faults(folder, text, lib__m='import "../main.dl"\nfn f(x) = x\n')
    assert [d.code for d in found] == ["E0904"]
    assert found[0].notes[0].endswith(" -> ".join(str(folder / each) for each in ("main.dl", "lib/m.dl", "main.dl")))


def test_a_cycle_does_not_hide_other_errors(folder: Path) -> None:
    files = {"lib__a": 'import "b.dl"\nfn f(x) = y\n', "lib__b": 'import "a.dl"\nfn f(x) = z\n'}
    assert sorted(told(folder, 'import "lib/a.dl"', **files)) == [
        ("E0201", "a.dl", 2), ("E0201", "b.dl", 2), ("E0904", "b.dl", 1)
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("stem", "proposed"),
    [("2d-flow", "m2d_flow"), ("for", "for_module"), ("a b", "a_b"), ("...", "m"), ("flow.old", "flow_old")],
)
def test_a_file_whose_stem_is_no_name_needs_one(folder: Path, stem: str, proposed: str) -> None:
    (folder / f"{stem}.dl").write_text("x = 1\n")
    found = faults(folder, f'import "{stem}.dl"')
    assert [d.code for d in found] == ["E0906"]
    assert found[0].help == f'give it one: `import "{stem}.dl" as {proposed}`'
    assert printed(folder, f'import "{stem}.dl" as {proposed}\nprint({proposed}.x)') == ["1"]


def test_a_stem_is_compared_in_nfc(folder: Path) -> None:
    (folder / "e\u0301tat.dl").write_text("x = 1\n")
    assert printed(folder, 'import "e\u0301tat.dl"\nprint(\u00e9tat.x)') == ["1"]


def test_a_word_that_is_a_keyword_only_in_its_place_is_a_name(folder: Path) -> None:
    assert printed(folder, 'import "data.dl"\nprint(data.x)', data="x = 1\n") == ["1"]


def test_an_import_inside_a_function_or_a_block_is_told_so_and_nothing_else(folder: Path) -> None:
    text = 'fn f(x) {\n  import "lib/flow.dl"\n  flow.step(x)\n}\nif true { import stats }\nprint(f(1.0))'
    assert told(folder, text) == [("E0217", "main.dl", 2), ("E0217", "main.dl", 5)]


@pytest.mark.parametrize(
    ("text", "codes"),
    [
        ('import "lib/flow.dl"\nfn flow(x) = x', ["E0206"]),
        ('import "lib/flow.dl"\nimport "lib/flow.dl"', ["E0206"]),
        ('import "lib/flow.dl"\nparam flow = 1.0\nminimize flow', ["E0206"]),
        ('flow = 1\nimport "lib/flow.dl"', ["E0206"]),
        ('import "lib/flow.dl"\nflow = 1', ["E0207"]),
        ('import "lib/flow.dl"\nfor flow in 0..3 { }', ["E0207"]),
        ('import "lib/flow.dl"\nflow += 1', ["E0910"]),
        ('import "lib/flow.dl"\nflow.rate[0] = 1', ["E0910"]),
        ('import "lib/flow.dl"\nflow[0] = 1', ["E0910"]),
        ('import "lib/flow.dl" as pi', ["E0209"]),
        ('print(flow.rate)\nimport "lib/flow.dl"', ["E0202"]),
        ('import "lib/flow.dl"\nprint(flow.step.x)', ["E0301"]),
        ('import "lib/flow.dl"\nprint(flow.rate(1))', ["E0306"]),
        ('import "lib/flow.dl"\nx = [flow]', ["E0909"]),
        ('import "lib/flow.dl"\nx = flow["rate"]', ["E0909"]),
        ('import "lib/flow.dl"\nfn f(x) = x\nprint(f(flow))', ["E0909"]),
        ('import "lib/flow.dl"\nfn f() = flow', ["E0909"]),
        ('import "lib/flow.dl"\nx = flow.sqrt(2)', ["E0907"]),
        ('import "lib/flow.dl"\nx = flow.step()', ["E0212"]),
        ('import "lib/flow.dl"\nx = flow.step(1, x=2)', ["E0214"]),
        ('import "lib/flow.dl"\nx = flow.step(1, y=2)', ["E0213"]),
    ],
)
def test_a_misuse_of_a_module_is_told_once(folder: Path, text: str, codes: list[str]) -> None:
    assert [code for code, _, _ in told(folder, text)] == codes


def test_what_a_module_imports_is_its_own(folder: Path) -> None:
    found = faults(folder, 'import "lib/a.dl"\nprint(a.flow.rate)', lib__a='import "flow.dl"\nx = flow.rate\n')
    assert [(d.code, d.title) for d in found] == [("E0907", "`a` has no `flow`")]
    assert found[0].notes == ("what a module imports is its own; import it here too", "it has `x`")


@pytest.mark.parametrize(
    ("path", "code", "text"),
    [
        ("lib/flow", "E0901", "did you mean `lib/flow.dl`?"),
        ("lib/Flow.dl", "E0901", "did you mean `lib/flow.dl`?"),
        ("flow.dl", "E0901", ""),
        ("lib/flow.dl/x.dl", "E0901", ""),
        ("nowhere/flow.dl", "E0901", ""),
        ("", "E0902", "folder"),
        ("lib", "E0902", "folder"),
        ("latin.dl", "E0902", "UTF-8 text (line 2)"),
        ("\\u{0}.dl", "E0902", "null"),
        ("x" * 5000 + ".dl", "E0902", "too long"),
    ],
)
def test_a_file_that_is_not_there_or_no_program_is_told_so(folder: Path, path: str, code: str, text: str) -> None:
    (folder / "latin.dl").write_bytes(b"x = 1\n# \xe9t\xe9\n")
    found = faults(folder, f'import "{path}" as m\nprint(m.x)')
    assert [d.code for d in found] == [code]
    assert text in f"{found[0].title} {found[0].help}"


@pytest.mark.parametrize(
    ("name", "mend"),
    [
        ("stat", "did you mean `stats`?"),
        ("scipy", "mathematical functions are built in, and need no prefix: remove the line"),
        ("tools", 'a file is imported by its path: `import "tools.dl"`'),
        ("qqq", None),
    ],
)
def test_an_unknown_library_module_is_told_with_the_likely_mend(folder: Path, name: str, mend: str | None) -> None:
    (fault,) = faults(folder, f"import {name}\nx = {name}.f(1)", tools="fn f(x) = x")
    assert (fault.code, fault.help) == ("E0903", mend)


def test_an_error_in_a_call_of_a_modules_function_shows_both_files(folder: Path) -> None:
    (fault,) = faults(folder, 'import "lib/flow.dl"\nprint(flow.step([1, 2], [1, 2, 3]))')
    assert fault.primary is not None
    assert (fault.code, fault.primary.span.source.name) == ("E0302", str(folder / "lib" / "flow.dl"))
    assert fault.labels[-1].text == "in this call of `flow.step`"
    assert fault.labels[-1].span.source.name == str(folder / "main.dl")


def test_a_misuse_of_the_library_is_a_fault_of_the_call(folder: Path) -> None:
    found = faults(folder, 'import stats\nfn f(x) = stats.quantile(x, "half")\nprint(f([1.0, 2.0]))')
    assert [(d.code, d.primary is not None and d.primary.span.line) for d in found] == [("E0301", 2)]
    assert [label.span.source.name for label in found[0].labels] == ["<library>/stats.dl"]


def test_faults_of_functions_that_the_library_calls_are_their_own(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (folder / "lib" / "hof.dl").write_text(
        "# A.\n\n# B.\nfn twice(f, x) = _once(f, _once(f, x)) + sum(x + [1, 2]) + sum(x + [1, 2, 3, 4])\nfn _once(f, x) = f(x)\n"
    )
    monkeypatch.setattr("dlang.driver.library.FOLDER", folder / "lib")
    text = 'import hof\nfn f(x) {\n  y = x + [1, 2]\n  z = x["a"]\n  sum(y) + z\n}\nfn g(x) = hof.twice(f, x)\nprint(g([1.0, 2.0, 4.0]))'
    found = faults(folder, text)
    assert [(d.code, d.primary is not None and d.primary.span.line) for d in found] == [
        ("E0302", 3),
        ("E0301", 4),
        ("E0302", 7),
    ]
    assert {d.labels[-1].text for d in found[:2]} == {"in this call of `hof.twice`"}
    assert {label.span.source.name for d in found[:2] for label in d.labels} == {str(folder / "main.dl")}
    assert found[2].primary is not None
    assert found[2].primary.text == "in this call of `hof.twice`"


def test_a_failure_in_a_module_while_running_names_its_file(folder: Path) -> None:
    program = load(folder, 'import "lib/m.dl"\nprint(m.at([1, 2], 5))', lib__m="fn at(x, i) = x[i + 0 * len(x)]\n")
    with pytest.raises(DlangError) as caught:
        program.run()
    (fault,) = caught.value.diagnostics
    assert fault.primary is not None
    assert (fault.code, fault.primary.span.source.name) == ("E0602", str(folder / "lib" / "m.dl"))


# ---- many files, odd files


def test_a_chain_of_many_imports_is_followed(folder: Path) -> None:
    count = 1500
    for k in range(count):
        (folder / f"m{k}.dl").write_text(f'import "m{k + 1}.dl"\nx = m{k + 1}.x + 1\n')
    (folder / f"m{count}.dl").write_text("x = 0\n")
    assert printed(folder, 'import "m0.dl"\nprint(m0.x)') == [str(count)]


def test_line_ends_and_a_byte_order_mark_are_accepted(folder: Path) -> None:
    (folder / "m.dl").write_bytes(b"\xef\xbb\xbfx = 1\r\nfn f(x) = x\r\n")
    assert printed(folder, 'import "m.dl"\nprint(m.f(m.x))') == ["1"]


def test_a_link_to_a_file_is_the_file(folder: Path) -> None:
    try:
        (folder / "same.dl").symlink_to(folder / "lib" / "flow.dl")
    except OSError:
        pytest.skip("no symbolic links here")
    program = load(folder, 'import "same.dl"\nimport "lib/flow.dl"\nprint(same.step(1.0), flow.step(1.0))')
    assert [name for name in ir_text(program).split() if name.startswith("flow.step.2")] == []


def test_an_empty_file_is_a_module_without_names(folder: Path) -> None:
    (fault,) = faults(folder, 'import "m.dl"\nprint(m.x)', m="# nothing yet\n")
    assert (fault.code, fault.notes) == ("E0907", ("it has no names at all",))


def test_check_reports_errors_of_modules(folder: Path) -> None:
    (folder / "lib" / "m.dl").write_text("fn f(x) = y\n1 + 2\nx = 1\n")
    source = Source(str(folder / "main.dl"), 'import "lib/m.dl"\n')
    assert sorted(d.code for d in driver.check(source, folder=folder)[0]) == ["E0201", "W0221"]
