"""Reals and Bools in registers, one or several side by side: the same instructions at every width."""

from __future__ import annotations

from collections.abc import Callable

from dlang.native.text import Text, real

__all__ = ["PURE", "WIDTH", "Lanes"]

WIDTH = 8
"""Reals in a vector: the best width with AVX2 too, where it is two registers (NATIVE measurements of the IR form)."""

PURE = "nounwind willreturn memory(none)"
"""Attributes of a function that only its arguments decide."""


class Lanes:
    """Writes instructions on registers of some width; rules of primitives are written with it.

    Args:
        text: of the function.
        width: 1, or the number of elements in a vector.
        leave: emits the jump out of the run where a condition holds; only of scalars.
    """

    def __init__(self, text: Text, width: int = 1, leave: Callable[[str], None] | None = None) -> None:
        self.text = text
        self.width = width
        self._leave = leave
        self.real = "double" if width == 1 else f"<{width} x double>"
        self.bit = "i1" if width == 1 else f"<{width} x i1>"
        self.int = "i64" if width == 1 else f"<{width} x i64>"

    def c(self, value: float) -> str:
        """A constant, in every lane."""
        return real(value) if self.width == 1 else f"splat (double {real(value)})"

    def k(self, value: int) -> str:
        """A whole constant, in every lane."""
        return str(value) if self.width == 1 else f"splat (i64 {value})"

    def f(self, operation: str, *args: str) -> str:
        """An operation on Reals: `fadd`, `fsub`, `fmul`, `fdiv`, `fneg`."""
        return self.text.op(f"{operation} {self.real} {', '.join(args)}")

    def i(self, operation: str, *args: str) -> str:
        """An operation on whole numbers: `add`, `and`, `shl`, …"""
        return self.text.op(f"{operation} {self.int} {', '.join(args)}")

    def fma(self, a: str, b: str, c: str) -> str:
        """a b + c, rounded once."""
        return self.intrinsic("fma", a, b, c)

    def compare(self, order: str, a: str, b: str) -> str:
        """A comparison of Reals, ordered (`olt`) or true for a NaN too (`ult`)."""
        return self.text.op(f"fcmp {order} {self.real} {a}, {b}")

    def logic(self, operation: str, a: str, b: str) -> str:
        """`and`, `or`, `xor` of conditions."""
        return self.text.op(f"{operation} {self.bit} {a}, {b}")

    def select(self, cond: str, a: str, b: str, kind: str | None = None) -> str:
        """a where a condition holds, else b."""
        kind = kind or self.real
        return self.text.op(f"select {self.bit} {cond}, {kind} {a}, {kind} {b}")

    def cast(self, operation: str, value: str, kind: str, to: str) -> str:
        """A conversion: `bitcast`, `fptosi`, …"""
        return self.text.op(f"{operation} {kind} {value} to {to}")

    def intrinsic(self, name: str, *args: str) -> str:
        """A function of LLVM's own on Reals."""
        suffix = "f64" if self.width == 1 else f"v{self.width}f64"
        return self.text.call(self.real, f"llvm.{name}.{suffix}", [(self.real, a) for a in args])

    def function(self, name: str, *args: str) -> str:
        """A function that is not arithmetic: of libm for a scalar, of our own for a vector where there is one."""
        if self.width == 1:
            return self.text.call("double", name, [("double", a) for a in args], PURE)
        from dlang.native.vector_math import VECTOR_MATH

        if name in VECTOR_MATH:
            self.text.used.add(name)
            return self.text.op(f"call {self.real} @dl.{name}({self.real} {args[0]})")
        found = "poison"
        for k in range(self.width):
            lane = [self.text.op(f"extractelement {self.real} {a}, i64 {k}") for a in args]
            one = self.text.call("double", name, [("double", a) for a in lane], PURE)
            found = self.text.op(f"insertelement {self.real} {found}, double {one}, i64 {k}")
        return found

    def fault_if(self, cond: str) -> None:
        """Leave the run where a condition holds."""
        assert self._leave is not None
        self._leave(cond)
