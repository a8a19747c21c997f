"""What runs again says nothing again: which functions get a silent form, and what it is called."""

from __future__ import annotations

from ir_programs import Program

from dlang.graph.naming import call_title
from dlang.ir.nodes import Adjoint, Assert, Block, Call, Function, Literal, Print, Var
from dlang.passes.silence import silenced
from dlang.passes.tangent import Tangents
from dlang.types import REAL


def calling(name: str, *callees: str, prints: bool = False) -> Function:
    """A function that calls others one after the other, and prints before that if so."""
    x, p = Var(REAL, "x"), Program()
    if prints:
        p.body.append(Print(("here", x)))
    found = p.apply("sin", x)
    for callee in callees:
        out = Var(REAL)
        p.body.append(Call((out,), callee, (found,)))
        found = out
    return p.function([x], found, name=name)


def test_a_function_that_says_nothing_stays_itself() -> None:
    tangents = Tangents({"f": calling("f", "g"), "g": calling("g")})
    assert silenced(tangents, "f") == "f"
    assert set(tangents.module) == {"f", "g"}


def test_a_function_that_calls_one_which_prints_calls_the_silent_form_of_that() -> None:
    tangents = Tangents({"f": calling("f", "g", "h"), "g": calling("g", prints=True), "h": calling("h")})
    made = tangents.module[silenced(tangents, "f")]
    assert [s.callee for s in made.block.body if isinstance(s, Call)] == ["g.run_again", "h"]
    assert not any(isinstance(s, Print) for s in tangents.module["g.run_again"].block.body)
    assert any(isinstance(s, Print) for s in tangents.module["g"].block.body)


def test_functions_that_call_each_other_and_assert_get_silent_forms_that_do() -> None:
    def asserting(name: str, callee: str) -> Function:
        plain = calling(name, callee)
        body = (Assert(Literal(True), "it holds"), *plain.block.body)
        return plain.with_block(Block(plain.block.params, body, plain.block.results))

    tangents = Tangents({"f": asserting("f", "g"), "g": asserting("g", "f")})
    assert silenced(tangents, "f") == "f.run_again"
    (back,) = (s for s in tangents.module["g.run_again"].block.body if isinstance(s, Call))
    assert back.callee == "f.run_again"


def test_the_derivative_of_a_silent_form_stands_for_a_derivative() -> None:
    tangents = Tangents({"g": calling("g", prints=True)})
    name = tangents.defined(Adjoint("g", (0,), (0,)))
    made = tangents.module[silenced(tangents, name)]
    assert made.definition == Adjoint("g.run_again", (0,), (0,))


def test_people_read_the_name_of_the_function_itself() -> None:
    assert call_title("f.run_again.adjoint_0") == call_title("f.adjoint_0") == "adjoint of f"
    assert call_title("f.2.run_again") == "f"
