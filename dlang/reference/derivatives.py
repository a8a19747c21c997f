"""The derivative forms."""

from __future__ import annotations

from dlang.reference.core import Entry, Group

__all__ = ["GROUPS"]

OF_THE_ARGUMENT = "`f` gives one Real → a function of the arguments of `f`"

FORMS = Group(
    "Derivative forms",
    "`f` is a function of yours, a built-in, or a function that another form made: forms nest to any "
    "order. `f'`, the derivative of a "
    "function of one Real, is written behind its name; on an array it goes element by element. "
    "`wrt` is the place of an argument, counted from 0, or a tuple of places; it is known before the "
    "program runs. An argument that is "
    "differentiated becomes Real on entry. An argument may be a number, an array, a tuple or a "
    "record, and its derivative has the same parts.",
    (
        Entry(
            "grad",
            f"{OF_THE_ARGUMENT}, which gives what is like the argument; a tuple for several",
            (
                ("grad(fn(x) = sum(x^2))([1, 2, 3])", "[2.0, 4.0, 6.0]"),
                ("grad(fn(x, y) = x * y^2, wrt=1)(2, 3)", "12.0"),
                ("grad(fn(x, y) = x * y^2, wrt=(0, 1))(2, 3)", "(9.0, 12.0)"),
                ("grad(fn(p) = p.a * sum(p.w))({a: 2, w: [1, 2]})", "{a: 3.0, w: [2.0, 2.0]}"),
                (
                    "grad(fn(x) = x^2)([1, 2])",
                    "error[E1003]: `grad` takes a function that gives one Real, and the function gives an array [2]",
                ),
            ),
            note="The cost is that of a few runs of `f`, however many numbers the argument holds.",
        ),
        Entry(
            "value_and_grad",
            f"{OF_THE_ARGUMENT}, which gives a tuple: the value, and the gradient as `grad` gives it",
            (("value_and_grad(fn(x) = sum(x^2))([1, 2])", "(5.0, [2.0, 4.0])"),),
        ),
        Entry(
            "jacobian",
            "`f` gives a number or an array → a function of the arguments of `f`, which gives shape(out) + shape(in)",
            (
                ("jacobian(fn(x) = [x[0] * x[1], x[0]])([2, 3])", "[[3.0, 2.0], [1.0, 0.0]]"),
                ("jacobian(fn(x) = [x, x^2])(3)", "[1.0, 6.0]"),
                ("shape(jacobian(fn(a) = a @ a)(eye(2)))", "(2, 2, 2, 2)"),
            ),
        ),
        Entry(
            "hessian",
            f"{OF_THE_ARGUMENT}, which gives shape(in) + shape(in); for `wrt` a tuple, a tuple of tuples",
            (
                ("hessian(fn(x) = x[0]^2 * x[1])([2, 3])", "[[6.0, 4.0], [4.0, 0.0]]"),
                ("hessian(fn(x) = x^3)(2)", "12.0"),
            ),
        ),
        Entry(
            "hvp",
            "`f` of one argument gives one Real; `v` is like `x` → like `x`",
            (("hvp(fn(x) = x[0]^2 * x[1], [2, 3], [1, 0])", "[6.0, 4.0]"),),
            note="The cost is that of a few gradients.",
        ),
        Entry(
            "jvp",
            "a tuple of arguments, and a tuple of directions like them → (value, tangent)",
            (
                ("jvp(fn(x, y) = x * y, (2, 3), (1, 0))", "(6.0, 3.0)"),
                ("jvp(fn(x) = x^2, ([1, 2],), ([1, 1],))", "([1.0, 4.0], [2.0, 4.0])"),
                (
                    "jvp(fn(x) = x^2, (1,), ([1, 2],))",
                    "error[E1006]: the tangents of `jvp` must be a Real, not an array [2] of Int",
                ),
            ),
            note="Forward mode.",
        ),
        Entry(
            "vjp",
            "the arguments of `f` → (value, pullback): a function from what is like the value to "
            "what is like the argument; of several arguments, a tuple",
            (
                ("{ (y, back) = vjp(fn(x) = x^2, [1, 2]); back([1, 10]) }", "[2.0, 40.0]"),
                ("{ (z, back) = vjp(fn(x, y) = x * y, 2, 3); back(1) }", "(3.0, 2.0)"),
            ),
            note="Reverse mode. The pullback runs `f` again each time it is called.",
        ),
        Entry(
            "stop_gradient",
            "any value → the same",
            (("stop_gradient(3)", "3"),),
            derivative="0: what it gives is a constant to every derivative",
            slopes=(("(fn(x) = x * stop_gradient(x))'(3)", "3.0"),),
        ),
        Entry(
            "checkpoint",
            "a function → a function of the same arguments, with the same values and derivatives",
            (("checkpoint(fn(x) = x^2)(3)", "9"), ("grad(checkpoint(fn(x) = x^2))(3)", "6.0")),
            note="In reverse mode what `f` computes is not kept but computed again: less memory, more time.",
        ),
    ),
)

GROUPS = (FORMS,)
