"""Functions of a program, called from outside and differentiated there."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from functools import partial
from itertools import count
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np

from dlang import trees
from dlang.diagnostics import Diagnostic, DlangError, Reporter, models, usage
from dlang.driver.flat import element_names
from dlang.driver.model import Model
from dlang.driver.sources import numeric_array
from dlang.driver.taped import Taped
from dlang.driver.traced import Traced, places_of, value_of
from dlang.driver.wording import Wording, said
from dlang.elaborate.models import Elaborator
from dlang.elaborate.values import Num, Str, Value, leaves
from dlang.ir.nodes import Block, Function, Module, Var
from dlang.ir.verify import verify
from dlang.passes.adjoint import adjoint
from dlang.passes.pipeline import derivative
from dlang.passes.policy import Policy
from dlang.passes.split import quiet, slice_function, without_asserts, without_prints
from dlang.passes.tangent import tangent
from dlang.recursion import deep_recursion
from dlang.source import Span
from dlang.trees import Tree
from dlang.types import REAL

if TYPE_CHECKING:
    from dlang.diagnostics.births import Birth

__all__ = ["FunctionValue"]

ENTRY = "the.entry"

Argument: TypeAlias = int | str
"""One of a function's arguments, by position or by name."""


class FunctionValue:
    """A dl function. Call it with floats and arrays, and tuples and dicts of them for tuples and records; parameters of
    the program are at their starts.

    A float or array argument is Real; a Python int given for a parameter annotated Int, or one whose value decides a
    shape, stays Int and has no derivative.
    """

    def __init__(self, name: str, elaborator: Elaborator, model: Model, wording: Wording) -> None:
        known = elaborator.functions()
        if name not in known:
            raise DlangError(usage.unknown_target(said(wording.function, name), name, "function", known))
        self.name, self.wording = name, wording
        self._func, self._elaborator, self._model = known[name], elaborator, model
        self._cache: dict[tuple[object, ...], Taped] = {}
        self._traced: dict[object, Traced] = {}

    def __repr__(self) -> str:
        return f"<{self.name}({', '.join(self.parameters)})>"

    @property
    def parameters(self) -> tuple[str, ...]:
        """Names of the function's parameters."""
        return tuple(p.name.text for p in self._func.parameters)

    @property
    def places(self) -> dict[str, Span]:
        """Where the parameters are named."""
        return {p.name.text: p.name.span for p in self._func.parameters}

    # ---- calling

    def __call__(self, *args: Any, **named: Any) -> Any:
        """The function's value: a float or array, or a tuple or dict of them."""
        return self.value_at(*self._trace(args, named))

    def value_at(self, traced: Traced, values: Sequence[Any]) -> Any:
        """The value at a traced point."""
        found = self._compiled(traced, "value", lambda _: (traced.module, ENTRY))(*traced.leading, *values)
        results = (found,) if traced.count == 1 else tuple(found or ())
        return trees.map_leaves(lambda part: results[part] if isinstance(part, int) else part, traced.result)

    def value_and_grad(self, wrt: Argument | Sequence[Argument] = 0) -> Callable[..., tuple[float, Any]]:
        """A function that gives the value, a Real scalar, and the gradient in the arguments `wrt`.

        Arguments are named, or counted from 0; several give a tuple of gradients.
        """
        many = not isinstance(wrt, (int, str))
        names = [self._argument(each) for each in (wrt if not isinstance(wrt, (int, str)) else (wrt,))]

        def run(*args: Any, **named: Any) -> tuple[float, Any]:
            traced, values = self._trace(args, named)
            chosen = [k for name in names for k in self._positions(traced, name)]
            value, slopes = self.reverse(traced, values, chosen)
            pieces = {traced.names[k]: slope for k, slope in zip(chosen, slopes, strict=True)}
            gradient = tuple(traced.built(name, pieces) for name in names)
            return value, gradient if many else gradient[0]

        return run

    def grad(self, wrt: Argument | Sequence[Argument] = 0) -> Callable[..., Any]:
        """A function that gives the gradient in the arguments `wrt`, by name or position."""
        both = self.value_and_grad(wrt)
        return lambda *args, **named: both(*args, **named)[1]

    def jvp(self, primals: Sequence[Any], tangents: Sequence[Any]) -> tuple[Any, Any]:
        """The value and its tangent, for tangents of every real argument."""
        traced, values = self._trace(tuple(primals), {})
        given = [each for t in tangents for each in trees.leaves(trees.map_leaves(partial(self._real, "tangent"), t))]
        shapes = [np.shape(v) for v in values]
        if [np.shape(t) for t in given] != shapes:
            raise self._misfit(
                f"its real arguments are {_shown(shapes)}, and the tangents {_shown(map(np.shape, given))}"
            )
        return self.forward(traced, values, list(range(len(traced.names))), given)

    def vjp(self, *args: Any) -> tuple[Any, Callable[[Any], Any]]:
        """The value, and the pullback: from a cotangent of the value to those of the real arguments."""
        traced, values = self._trace(args, {})
        self._need_one(traced)
        chosen = list(range(len(traced.names)))
        value = self.value_at(traced, values)

        def pullback(cotangent: Any) -> Any:
            given = self._real("cotangent", cotangent)
            if np.shape(given) != np.shape(value):
                raise self._misfit(
                    f"its value is {_shown([np.shape(value)])}, and the cotangent {_shown([np.shape(given)])}"
                )
            pieces = dict(zip(traced.names, self._pulled(traced, values, chosen, given), strict=True))
            real = [name for name in traced.arguments if traced.positions(name)]
            pulled = tuple(traced.built(name, pieces) for name in real)
            return pulled[0] if len(pulled) == 1 else pulled

        return value, pullback

    def jacobian(self, wrt: Argument = 0) -> Callable[..., Any]:
        """A function that gives the array of shape(out) + shape(argument `wrt`); the cheaper mode is chosen."""
        name = self._argument(wrt)

        def run(*args: Any, **named: Any) -> Any:
            traced, values = self._trace(args, named)
            self._need_one(traced)
            positions = self._positions(traced, name)
            return traced.built(name, {traced.names[k]: self._jacobian(traced, values, k) for k in positions})

        return run

    def _jacobian(self, traced: Traced, values: Sequence[Any], k: int) -> Any:
        """The derivative of the value in the k-th of the real numbers and arrays."""
        value = self.value_at(traced, values)
        inputs, outputs = int(np.size(values[k])), int(np.size(value))
        shape = (*np.shape(value), *np.shape(values[k]))
        if inputs < outputs:
            columns = [self.forward(traced, values, [k], [direction])[1] for direction in _units(np.shape(values[k]))]
            return np.stack([np.ravel(c) for c in columns], axis=1).reshape(shape) + 0.0  # -0.0 says nothing here
        rows = [self._pulled(traced, values, [k], ct)[0] for ct in _units(np.shape(value))]
        return np.stack([np.ravel(r) for r in rows]).reshape(shape) + 0.0

    # ---- derivatives at a traced point

    def reverse(self, traced: Traced, values: Sequence[Any], wrt: Sequence[int]) -> tuple[float, list[Any]]:
        """Value and gradient by reverse mode."""
        self._need_scalar(traced)
        fn = self._compiled(
            traced,
            ("reverse", *wrt),
            lambda policy: adjoint(traced.module, ENTRY, self._at(traced, wrt), policy=policy),
        )
        value, *gradient = fn(*traced.leading, *values)
        return value, gradient

    def forward(
        self, traced: Traced, values: Sequence[Any], wrt: Sequence[int], tangents: Sequence[Any]
    ) -> tuple[Any, Any]:
        """Value and tangent by forward mode."""
        self._need_one(traced)
        fn = self._compiled(traced, ("forward", *wrt), lambda _: tangent(traced.module, ENTRY, self._at(traced, wrt)))
        value, slope = fn(*traced.leading, *values, *tangents)
        return value, slope

    def hessian_product(
        self, traced: Traced, values: Sequence[Any], wrt: Sequence[int], direction: Sequence[Any]
    ) -> list[Any]:
        """Second derivatives in `wrt` along a direction: reverse mode over forward mode."""
        self._need_scalar(traced)

        def make(policy: Policy) -> tuple[Module, str]:
            module, made = tangent(traced.module, ENTRY, self._at(traced, wrt))
            block = module[made].block
            slope = slice_function(made, module, block.body, block.params, block.results[1:])
            return adjoint(slope, made, self._at(traced, wrt), policy=policy)

        return list(self._compiled(traced, ("hvp", *wrt), make)(*traced.leading, *values, *direction))[1:]

    def birth(
        self,
        traced: Traced,
        values: Sequence[Any],
        wrt: Sequence[int] | None,
        direction: Sequence[Any] | None = None,
        *,
        forward: bool = False,
    ) -> Birth | None:
        """Where what is not finite was born: in the value, in the gradient in `wrt`, or in the Hessian's product.

        With `forward` it is, for a direction, in the derivative along it.
        """
        from dlang.driver.replays import Replays  # loaded where something is not finite

        replays = Replays(self._model)
        given = [*traced.leading[len(self._model.program.inputs) :], *values]
        if forward and wrt is not None and direction is not None:
            return replays.in_tangent(traced.whole, ENTRY, given, self._at(traced, wrt), direction)
        if wrt is None:
            return replays.in_function(traced.whole, ENTRY, given)
        return replays.in_function(traced.whole, ENTRY, given, self._at(traced, wrt), direction)

    def _pulled(self, traced: Traced, values: Sequence[Any], wrt: Sequence[int], cotangent: Any) -> tuple[Any, ...]:
        self._need_one(traced)

        def make(policy: Policy) -> tuple[Module, str]:
            return adjoint(traced.module, ENTRY, self._at(traced, wrt), seeded=True, policy=policy)

        fn = self._compiled(traced, ("pulled", *wrt), make)
        return tuple(fn(*traced.leading, *values, cotangent)[1:])

    @staticmethod
    def _at(traced: Traced, wrt: Sequence[int]) -> list[int]:
        return [len(traced.leading) + k for k in wrt]

    def _need_one(self, traced: Traced) -> None:
        results = traced.module[ENTRY].block.results
        if len(results) != 1 or not results[0].type.is_real:
            found = "several values" if len(results) > 1 else "no Real"
            raise DlangError(models.function_not_scalar(self._func.span, self.name, found))

    def _need_scalar(self, traced: Traced) -> None:
        self._need_one(traced)
        type_ = traced.module[ENTRY].block.results[0].type
        if not type_.is_scalar:
            raise DlangError(models.function_not_scalar(self._func.span, self.name, f"an array {type_}"))

    def _compiled(
        self, traced: Traced, key: object, make: Callable[[Policy], tuple[Module, str]]
    ) -> Callable[..., Any]:
        if (id(traced), key) not in self._cache:
            self._cache[id(traced), key] = Taped(
                lambda policy: derivative(lambda: make(policy), ENTRY, policy=policy), self._model.settings
            )
        compiled = self._cache[id(traced), key]
        return lambda *args: compiled(ENTRY, *args)

    def _argument(self, wrt: Argument) -> str:
        """The name of an argument that is given by name or by position."""
        names = self.parameters
        if isinstance(wrt, int) and not isinstance(wrt, bool) and -len(names) <= wrt < len(names):
            return names[wrt]
        if wrt in names:
            return str(wrt)
        raise DlangError(self.no_argument(said(self.wording.wrt, wrt), str(wrt), "argument", names))

    def no_argument(self, given: str, name: str, kind: str, known: Iterable[str]) -> Diagnostic:
        """E0709: the function has no argument of a name, or none of its kind."""
        return usage.unknown_target(given, name, kind, known, f"`{self.name}`")

    def _positions(self, traced: Traced, name: str) -> list[int]:
        """Where what an argument is of stands among the real numbers and arrays."""
        found = traced.positions(name) if name in traced.arguments else []
        if not found:
            raise self._misfit(f"there is no derivative in `{name}`, which is not Real in this call, or not given")
        return found

    def _misfit(self, fault: str) -> DlangError:
        return DlangError(models.wrong_call(self._func.span, f"{self.name}({', '.join(self.parameters)})", fault))

    @staticmethod
    def _real(what: str, value: Any) -> Any:
        """A number, or nested sequences of numbers, as a float or a float64 array."""
        number = numeric_array(what, value)
        return np.asarray(number, dtype=np.float64) if isinstance(number, np.ndarray) else float(number)

    # ---- tracing

    def trace(self, args: Sequence[Any], named: dict[str, Any]) -> tuple[Traced, list[Any]]:
        """The function for these arguments, and the real ones among them, as floats and float64 arrays.

        Raises:
            DlangError: the arguments do not fit, or the function does not elaborate for them.
        """
        return self._trace(tuple(args), named)

    def _trace(self, args: tuple[Any, ...], named: dict[str, Any]) -> tuple[Traced, list[Any]]:
        given = self._by_name(args, named)
        kept = self._elaborator.sizing.names(self._func) | {
            p.name.text for p in self._func.parameters if p.annotation is not None and p.annotation.dtype == "Int"
        }
        values = {
            name: trees.unflatten(
                value, (self._leaf(part, each, name in kept) for part, each in trees.named_leaves(name, value))
            )
            for name, value in given.items()
        }
        flat = [pair for name, value in values.items() for pair in trees.named_leaves(name, value)]
        key = (
            tuple((n, v if _fixed(v) else np.shape(v)) for n, v in flat),
            repr([trees.map_leaves(lambda _: 0, value) for value in values.values()]),
        )
        if key not in self._traced:
            self._traced[key] = self._elaborated(values)
        return self._traced[key], [v for _, v in flat if not _fixed(v)]

    def _leaf(self, name: str, value: Any, kept: bool) -> Any:
        """A number or array of an argument, as Real unless it is a Bool, a String, or an Int that is kept."""
        if kept and isinstance(value, (int, np.integer)) and not isinstance(value, bool):
            if not -(2**63) <= value < 2**63:
                raise self._misfit(f"`{name}` is {value}, which does not fit the 64 bits of an Int")
            return int(value)
        return value if isinstance(value, (bool, str)) else self._real(name, value)

    def _by_name(self, args: tuple[Any, ...], named: dict[str, Any]) -> dict[str, Any]:
        names = self.parameters
        known = dict(zip(names, args, strict=False))
        faults: list[Diagnostic] = []
        if len(args) > len(names):
            faults += self._misfit(f"{len(args)} arguments were given").diagnostics
        for name in named:
            if name not in names:
                faults.append(self.no_argument(said(self.wording.argument, name), name, "argument", names))
        given = {**known, **named}
        missing = [p.name.text for p in self._func.parameters if p.default is None and p.name.text not in given]
        if missing:
            faults += self._misfit(f"it lacks its argument `{missing[0]}`").diagnostics
        if faults:
            raise DlangError(*faults)
        return {name: given[name] for name in names if name in given}

    def _elaborated(self, values: dict[str, Tree]) -> Traced:
        el = self._elaborator
        flat = [pair for name, value in values.items() for pair in trees.named_leaves(name, value)]
        variables = {n: Var(REAL.with_shape(tuple(np.shape(v))), n) for n, v in flat if not _fixed(v)}
        build = el.frame.build
        span = self._func.span
        arguments: list[tuple[str | None, Value, Any]] = []
        for name, value in values.items():
            known = (
                Str(v) if isinstance(v, str) else Num(build.ref(variables.get(n, v)))
                for n, v in trees.named_leaves(name, value)
            )
            arguments.append((name, value_of(value, known), span))
        outer, el.report = el.report, Reporter()
        try:
            with el.forgotten(), deep_recursion():
                result = el.call_value(self._func, arguments, span, span)
                el.report.raise_if_errors()
                body = without_asserts(quiet(Block((), tuple(build.outermost), ())).body)
        finally:
            el.report = outer
        results = [leaf.atom for leaf in leaves(result)]
        program = self._model.program
        leading = [*(i.var for i in program.inputs), *(p.var for p in program.parameters)]
        params = [*leading, *variables.values()]
        functions = without_prints(el.module)
        module = slice_function(ENTRY, functions, body, params, results)
        verify(module, after=f"tracing `{self.name}`")
        fixed = (*(i.value for i in program.inputs), *self._model.start_values)
        types = tuple(v.type for v in variables.values())
        named = {
            name: trees.unflatten(value, (n if n in variables else None for n, _ in trees.named_leaves(name, value)))
            for name, value in values.items()
        }
        try:
            built = places_of(result, count())
        except ValueError as error:
            raise self._misfit(f"its value is {error}, which Python has no value for") from None
        entry = Function(ENTRY, Block(tuple(params), tuple(body), tuple(results)), span)
        return Traced(module, fixed, tuple(variables), types, named, built, {**functions, ENTRY: entry})

    def names_of(self, traced: Traced, wrt: Sequence[int]) -> tuple[str, ...]:
        """Flat names of the real arguments at positions `wrt`."""
        pairs = [(traced.names[k], [n or 0 for n in traced.types[k].shape]) for k in wrt]
        return tuple(each for name, shape in pairs for each in element_names(name, shape))


def _fixed(value: Any) -> bool:
    """Whether an argument is known to the instance: Ints that were kept, Bools and Strings."""
    return isinstance(value, (int, str))


def _shown(shapes: Iterable[tuple[int, ...]]) -> str:
    return ", ".join(f"an array {list(shape)}" if shape else "a number" for shape in shapes) or "none"


def _units(shape: tuple[int, ...]) -> list[Any]:
    """Every unit direction of a shape."""
    if not shape:
        return [1.0]
    return [row.reshape(shape) for row in np.eye(int(np.prod(shape)))]
