"""What elaboration makes of a program: its IR and what the model says of it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

from dlang.diagnostics import Diagnostic
from dlang.ir.nodes import Atom, Block, Module, Var
from dlang.records import record
from dlang.source import Span
from dlang.trees import Tree

__all__ = ["Coded", "Elaborated", "Input", "Parameter", "Report", "Term", "TermKind"]

TermKind = Literal["least squares", "density", "minimize"]


@record(eq=False)
class Coded:
    """Text that was read: `codes`, an int64 array, into `levels`."""

    codes: Any
    levels: tuple[str, ...]


@record
class Input:
    """A datum: real data are inputs of the IR, never constants in it."""

    name: str
    var: Var
    value: Any
    span: Span


@record
class Parameter:
    """A `param`, or a part of one that is a tuple or record: an input `var`, and atoms of the main block for its start
    and bounds.

    `name` leads to the part, `p.w[0]`; `whole` is the name of the param. `given` is what the start came by, as it was
    written there, if it is not the program's own.
    """

    name: str
    var: Var
    start: Atom
    lower: Atom
    upper: Atom
    fixed: bool
    span: Span
    start_span: Span
    bounds_span: Span | None
    whole: str
    given: str | None = None


@record
class Term:
    """A part of the objective.

    `atom` is the residual y - model (a Real or an array) of a least-squares term, else the scalar that joins the sum.
    `observed` is y, as Real, and `fitted` what the model expects of it; both are None for a prior and for `minimize`,
    which hold no observations, and `fitted` for distributions without a mean. `parts` are the observation and the
    parameters of a distribution, by name, and `distribution` is what that is called.
    """

    kind: TermKind
    atom: Atom
    span: Span
    observed: Atom | None = None
    fitted: Atom | None = None
    parts: tuple[tuple[str, Atom], ...] = ()
    distribution: str = ""


@record
class Report:
    """A derived quantity, or a part of one that is a tuple or record."""

    name: str
    atom: Atom
    span: Span


@record
class Elaborated:
    """A checked program.

    `main` runs the file from top to bottom; its params are the inputs' and then the parameters' Vars, and it has no
    results: what it binds is read through the atoms of parameters, terms and reports. `parameter_trees` and
    `report_trees` tell how those are built of their parts: by name, trees of the parts' names.
    """

    module: Module
    main: Block
    inputs: tuple[Input, ...]
    parameters: tuple[Parameter, ...]
    terms: tuple[Term, ...]
    reports: tuple[Report, ...]
    parameter_trees: Mapping[str, Tree]
    report_trees: Mapping[str, Tree]
    warnings: tuple[Diagnostic, ...]
    span: Span
