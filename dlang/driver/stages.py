"""The representations between a program and what runs, as text."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dlang.diagnostics import DlangError, usage
from dlang.driver.model import GRADIENT, OBJECTIVE
from dlang.ir.nodes import Block, Function, Module
from dlang.ir.printer import print_function, print_module
from dlang.passes.adjoint import adjoint
from dlang.passes.pipeline import derivative
from dlang.passes.policy import KEEP_ALL, Policy
from dlang.recursion import deep_recursion

if TYPE_CHECKING:
    from dlang.driver.program import Program

__all__ = ["adjoint_text", "ir_text", "llvm_text"]


def ir_text(program: Program) -> str:
    """The program's IR: its functions, then the file itself as `main`."""
    elaborated = program.elaborated
    results = [t.atom for t in elaborated.terms] + [r.atom for r in elaborated.reports]
    block = Block(elaborated.main.params, elaborated.main.body, tuple(results))
    parts = [print_module(elaborated.module)] if elaborated.module else []
    return "\n".join([*parts, print_function(Function("main", block))])


def adjoint_text(program: Program) -> str:
    """The IR of the objective and its gradient in the free parameters, by reverse mode, after all passes.

    Raises:
        DlangError: E0407, E0408, the program has no objective or no parameter.
    """
    return print_module(_gradient(program, KEEP_ALL))


def llvm_text(program: Program) -> str:
    """The same as the native engine hands it to LLVM.

    Raises:
        DlangError: E0407, E0408; E0716, it does not take the program.
    """
    from dlang.native.evaluate import text_of
    from dlang.native.unsupported import Unsupported

    module = _gradient(program, Policy(lean=True))
    try:
        with deep_recursion():
            return text_of(module, GRADIENT)
    except Unsupported as construct:
        raise DlangError(usage.not_native(construct.what, construct.span)) from None


def _gradient(program: Program, policy: Policy) -> Module:
    free, model = program.objective("grad").free, program.model
    positions = [len(model.shared) + k for k in free]
    with deep_recursion():
        return derivative(
            lambda: adjoint(model.slice(OBJECTIVE), OBJECTIVE, positions, policy=policy), GRADIENT, policy=policy
        )
