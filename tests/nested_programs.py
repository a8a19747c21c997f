"""Random programs whose objective holds derivatives of itself.

The objective of a program of `programs()` becomes a function of the parameters, and what is minimized is made of the
function's value, gradient, products of its Hessian and derivatives of those, each of which dl can say in several ways.
"""

from __future__ import annotations

import re

from programs import HEAD, Program

__all__ = ["VECTORS", "nested"]

VECTORS = "vp = 0.9\nvq = -0.7\nvw = [0.2, 0.6, -0.4]\n"
"""A direction for the parameters."""


def nested(program: Program, last: str) -> str:
    """The program with its objective as the function `objective(p, q, w)`, and other terms, which may call it."""
    body = program.dl.removeprefix(HEAD)
    body = re.sub(r"^minimize (.*)$", r"total = 0.0 + \1", body, flags=re.MULTILINE)
    body = re.sub(r"^y ~ (.*)$", r"total += sum((y - (\1))^2)", body, flags=re.MULTILINE)
    inside = "".join(f"  {line}\n" for line in body.splitlines())
    return f"{HEAD}{VECTORS}fn objective(p, q, w) {{\n{inside}  total\n}}\n{last}\n"
