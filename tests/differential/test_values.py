"""Tuples, records, functions and comprehensions are what the text says, and derivatives flow through all of them."""

from __future__ import annotations

import numpy as np
import pytest
from small_programs import codes, printed, slopes

VALUES = {
    "records": ('r = {w: [1.0, 2], "a b": 3}\nprint(r, r.w, r["a b"])', '{w: [1.0, 2.0], "a b": 3} [1.0, 2.0] 3'),
    "a changed field": ("r = {a: 1, b: [1, 2]}\ns = r\ns.b[0] += 5\ns.a = 2.5\nprint(r, s)", "{a: 1, b: [1, 2]} {a: 2.5, b: [6, 2]}"),
    "a record spread": ("r = {a: 1, b: 2}\nprint({...r, b: 3, c: 4}, {b: 0, ...r})", "{a: 1, b: 3, c: 4} {b: 2, a: 1}"),
    "records in records": ("r = {a: {b: {c: [[1, 2]]}}}\nr.a.b.c[0][1] = 7\nprint(r.a.b.c[0, 1])", "7"),
    "records of functions": ("r = {f: fn(x) = 2 * x, n: 1}\nprint(r.f(3), r)", "6 {f: fn(x), n: 1}"),
    "tuples": ("t = (1, (2.5, true), [1])\nprint(t, t[1][0], t[-1], (1,), ())", "(1, (2.5, true), [1]) 2.5 [1] (1,) ()"),
    "an element of a tuple": ("t = ([1, 2], 3)\nu = t\nt[0][1] = 9\nt[1] = true\nprint(t, u)", "([1, 9], true) ([1, 2], 3)"),
    "a default becomes what its annotation says": ("fn f(x: Real = 2) = x\nprint(f(), f(3))", "2.0 3.0"),
    "a parameter that is changed keeps the size of its signature": ("fn h(x: [n]) -> [n] { x = x[1:]; concat(x, [1]) }\nprint(h([1, 2]))", "[2.0, 1.0]"),
    "sizes that agree while running": ("v = [1, 2]\nw = v[v > 0]\nfn f(x: [n], y: [n]) = sum(x * y)\nprint(f(w, [3, 4]))", "11.0"),
    "unpacking": ("(a, (b, c)) = (1, (2, 3))\n(a, b) = (b, a)\nprint(a, b, c)", "2 1 3"),
    "an array unpacks": ("(a, b) = [3, 4]\nprint(a, b)", "3 4"),
    "a tuple through a loop": ("t = (0, 1)\nfor i in 0..5 { t = (t[1], t[0] + t[1]) }\nprint(t)", "(5, 8)"),
    "a record through a branch": ("r = if sum([1]) > 0 { {a: 1, b: 2.0} } else { {a: 2.5, b: 1} }\nprint(r)", "{a: 1.0, b: 2.0}"),
    "ranges": ("r = 2..9 by 3\nprint(r, r[1], len(r), 0..5, (0..3)[2], 5..0 by -1)", "2..9 by 3 5 3 0..5 2 5..0 by -1"),
    "a range that a loop changes": ("r = 0..3\nfor i in 0..2 { r = i..(i + 2) }\nprint(r[0], sum([k for k in r]))", "1 3"),
    "a range as a datum": ("data n = 0..10 by 4\nprint(n, n + 1)", "[0, 4, 8] [1, 5, 9]"),
    "a slice of a tuple": ("t = (1, 2.5, true, [3])\nprint(t[1:], t[:-2], t[::2], t[9:])", "(2.5, true, [3]) (1, 2.5) (1, true) ()"),
    "equal tuples": ('x = sum([1])\nprint((x, 2) == (1, 2.0), (1, 2) == (1, 2, 3), (1, "a") != (1, "b"), ([1, 2], x) == ([1, 3], 1))', "true false true false"),
    "equal records": ("print({a: 1, b: (2, 3)} == {b: (2, 3), a: 1}, {a: 1} == {b: 1}, {a: 1} != {a: 2})", "true false true"),
    "equal shapes": ("a = zeros(2, 3)\nprint(shape(a) == (2, 3), shape(a) == shape(a[0]))", "true false"),
    "records whose fields stand in another order": ("x = sum([1])\nr = if x > 0 { {a: 1, b: 2} } else { {b: 1, a: 2} }\nfor i in 0..2 { r = {b: i, a: 7} }\nprint(r)", "{a: 7, b: 1}"),
    "comprehensions": ("print([x^2 for x in 0..4], [[a * b for b in [1, 2]] for a in [3, 4]])", "[0, 1, 4, 9] [[3, 6], [4, 8]]"),
    "with a condition": ("print([x for x in [1, -2, 3] if x > 0], [i for i in 0..3 if i > 5])", "[1, 3] []"),
    "with a condition that never holds": ("n = 0\nprint([{ n += 1; x / 2 } for x in [1, 2] if 1 > 2], shape([[x, 1.5] for x in 0..3 if false]), n)", "[] (0, 2) 0"),
    "with rows": ("print([sum(row) for row in [[1, 2], [3, 4]]], [row * 2 for row in [[1], [2]] if row[0] > 1])", "[3, 7] [[4]]"),
    "over tuples": ("print([x for x in (1, 2.5)], [f(0.0) for f in (sin, cos)], [i for i in (3, 1, 2) if i > 1])", "[1.0, 2.5] [0.0, 1.0] [3, 2]"),
    "over zip": ("print([a - b for (a, b) in zip([5, 6], 1..3)], [i * x for (i, x) in enumerate([7, 8])])", "[4, 4] [0, 8]"),
    "over zips of zips": ("for (i, (a, b)) in enumerate(zip([1], [2.5])) { print(i, a, b, len(zip([1], [2]))) }", "0 1 2.5 1"),
    "its variable is its own": ("x = 9\ny = [x for x in 0..2]\nprint(x, y)", "9 [0, 1]"),
    "an assignment inside": ("n = 0\nxs = [{ n += x; n } for x in [1, 2, 3]]\nprint(xs, n)", "[1, 3, 6] 6"),
    "elements of unknown size": ("xs = [1, -2, 3]\nys = xs[xs > 0]\nprint([ys * k for k in 1..3], [ys for k in 0..0])", "[[1, 3], [2, 6]] []"),
    "of unknown size, with a condition": ("xs = [1, -2, 3]\nys = xs[xs > 0]\nprint([ys * k for k in 1..5 if k % 2 == 0], [ys for k in 0..3 if k > 5])", "[[2, 6], [4, 12]] []"),
    "of unknown size, in others": ("xs = [1, -2, 3]\nys = xs[xs > 0]\nprint([[ys * k * j for k in ys] for j in ys])", "[[[1, 3], [3, 9]], [[3, 9], [9, 27]]]"),
    "of unknown size, in tuples": ("xs = [1, -2]\nys = xs[xs > 0]\nprint(map(fn(k) { (ys * k, {a: [ys, ys + 0.5]}) }, 1..3))", "([[1], [2]], {a: [[[1.0], [1.5]], [[1.0], [1.5]]]})"),
    "map": ("print(map(sqrt, [1, 4]), [1, 4] |> map(fn(x) { x + 1 }), map(fn(a, b) { a * b }, [1, 2], [3, 4]))", "[1.0, 2.0] [2, 5] [3, 8]"),
    "map over a tuple": ("print(map(fn(x) { x * 2 }, (1, 2.5)))", "(2, 5.0)"),
    "map of several values": ("print(map(fn(x) { (x, {y: x^2}) }, [1, 2, 3]))", "([1, 2, 3], {y: [1, 4, 9]})"),
    "fold": ("print(fold(fn(c, x) { c + x }, 0, [1, 2.5]), 1..=4 |> fold(fn(c, x) { c * x }, 1), fold(max, 0, (3, 5)))", "3.5 24 5"),
    "fold of tuples": ("print(fold(fn((a, b), x) = a, 0, [1]))", ""),
    "scan": ("print(scan(fn(c, x) { c + x }, 0, [1, 2, 3]), scan(fn(c, x) { (c[0] + x, c[1] * x) }, (0, 1), 1..4))", "[1, 3, 6] ([1, 3, 6], [1, 2, 6])"),
    "a closure that outlives its maker": ("fn scaled(k) = fn(x) = k * x\nf = scaled(2)\ng = scaled(2.5)\nprint(f(3), g(3), f(1))", "6 7.5 2"),
    "a closure over a closure": ("fn add(a) { fn inner(b) { fn(c) { a + b + c } }; inner }\nprint(add(1)(2)(3), add([1])(0.5)(1))", "6 [2.5]"),
    "a closure over a function": ("k = 2.0\nfn f(x) = k * x\nfn twice(g) = fn(x) = g(g(x))\nprint(twice(f)(1.0), twice(twice(f))(1.0))", "4.0 16.0"),
    "every pass has its own variable": ("fs = (sin, sin)\nfor i in 1..3 { fs = (fs[1], fn(x) = x * i) }\nprint(fs[0](10), fs[1](10))", "10.0 20.0"),
    "every item of a tuple is its own": ("fs = ()\nfor i in (1, 2) { fs = (fn(x) = x + i, fs) }\nprint(fs[0](0), fs[1][0](0))", "2 1"),
    "a closure over a constant": ("f = sin\nfor i in (1, 2) { if i == 1 { f = fn(x) = x + i } }\nprint(f(0))", "1"),
    "a closure over a String": ('fs = ()\nfor s in ("a", "b") { fs = (fn() = s, fs) }\nprint(fs[0](), fs[1][0]())', "b a"),
    "closures of a map": ("fs = map(fn(k) { fn(x) { x + k } }, (1, 2))\nprint(fs[0](0), fs[1](0), fs)", "1 2 (fn(x), fn(x))"),
    "closures that change places": ("(f, g) = (sin, sin)\nfor i in (1, 2) { h = fn(x) = x + i; (f, g) = (g, h) }\nprint(f(0), g(0))", "1 2"),
    "a function that calls itself": ("fact = fn(n) { if n <= 1 { 1 } else { n * fact(n - 1) } }\nprint(fact(5), map(fact, [3, 4]))", "120 [6, 24]"),
    "a function chosen while running": ("x = sum([3.0])\nf = if x > 2 { sqrt } else { fn(y) = y * x }\nprint(f(16), [f(y) for y in [1, 4]])", "4.0 [1.0, 2.0]"),
    "and the other way": ("x = sum([1.0])\nf = if x > 2 { sqrt } else { fn(y) = y + x }\nprint(f(16), f)", "17.0 fn(y)"),
    "a function that a loop changes": ("f = sin\nfor i in 0..3 { k = i * 1.0; f = fn(x) = x + k }\nprint(f(1))", "3.0"),
    "a String chosen while running": ('x = sum([3])\ns = if x > 2 { "big" } else { "small" }\nprint(s, (s, 1), s == "big", s != "big")', "big (big, 1) true false"),
    "a chosen String for a parameter": ('fn f(s: String) -> String = s\nprint(f(if sum([1]) > 0 { "b" } else { "c" }))', "b"),
    "Strings that a loop changes": ('s = "a"\nfor i in 0..3 { s = if i % 2 == 0 { "even" } else { "odd" } }\nprint(s)', "even"),
    "a function that returns one of two": ("fn pick(n) { if n == 0 { sin } else { fn(x) { x + n } } }\nprint(pick(0)(0.0), pick(2)(1))", "0.0 3.0"),
    "a recursion that returns one of two functions": (
        "fn f(n, v) { if n <= 0 { return fn(x) { x + n } }; g = f(n - 1, v[n:]); fn(x) { 2.0 } }\nk = sum([2])\nprint(f(k, [1, 2, 3])(1.0), f(0 * k, [1])(1.0))",
        "2.0 1.0",
    ),
    "functions that a recursion makes": ("fn f(n, h) { if n == 0 { return h(1.0) }; f(n - 1, fn(z) = z + n) }\nprint(f(3, sin))", "2.0"),
    "printing functions": ("fn f(x, y = 2) = x\nprint(f, sin, fn(a) = a, atan2)", "fn f(x, y) fn sin(x) fn(a) fn atan2(y, x)"),
    "masks of matrices": ("m = [[1, -2], [-3, 4]]\nm[m < 0] = 0\nprint(m, m[m > 0])", "[[1, 0], [0, 4]] [1, 4]"),
    "a mask and what follows": ("m = [[[1, 2], [3, 4]], [[5, 6], [7, 8]]]\nprint(m[[[true, false], [false, true]], 1])", "[2, 8]"),
    "pairs of indexes": ("m = [[1, 2], [3, 4]]\nm[[0, 1], [1, 0]] += 10\nprint(m, m[[0, 1], [0, 1]])", "[[1, 12], [13, 4]] [1, 4]"),
    "an index array of two axes": ("a = [10, 20, 30]\nprint(a[[[0, 1], [2, 0]]])\n", "[[10, 20], [30, 10]]"),
    "assigning to one": ("a = zeros(3)\na[[[0, 1], [2, 0]]] = [[1, 2], [3, 4]]\nprint(a)", "[4.0, 2.0, 3.0]"),
    "assignments in conditions": ("k = 0\nwhile { k += 1; k < 5 } { }\nx = 1\nif x > 0 and { y = 2; y > 1 } { x = 3 }\nprint(k, x)", "5 3"),
    "assignments in the right side of and": ("c = sum([1]) > 0\nx = 1\nb = c and { x = 2.5; x > 1 } or { x = 9; true }\nd = [true, false] and { x += 1; [true, true] }\nprint(b, d, x)", "true [true, false] 3.5"),
    "a skipped assignment": ("n = 0\na = false and { n = 1; true }\nb = sum([1]) > 5 and { n = 2; true }\nprint(n, a, b)", "0 false false"),
    "loops over tuples": ("s = 0\nfor f in (sin, 2, [1, 2]) { s += 1 }\nfor x in (1, 2, 3, 4) { if x == 2 { continue }; if x == 4 { break }; s += 10 * x }\nprint(s)", "43"),
    "a return out of a tuple": ("fn first(t) { for x in t { if x > 1 { return x } }; 0 }\nprint(first((1, 2, 3)), first((0, 1)), first([1, 5]))", "2 0 5"),
}  # fmt: skip
del VALUES["fold of tuples"]


@pytest.mark.parametrize("name", VALUES)
def test_values_are_what_the_text_says(name: str) -> None:
    text, expected = VALUES[name]
    assert printed(text) == [expected]


def test_each_element_is_made_once() -> None:
    """Also the first one, from which a comprehension learns a size that only running knows."""
    head = "xs = [1, -2, 3]\nys = xs[xs > 0]\n"
    assert printed(head + "z = [{ print(k); ys * k } for k in 1..3]") == ["1", "2"]
    assert printed(head + "z = [{ print(k); ys * k } for k in 0..5 if k % 2 == 1]") == ["1", "3"]
    assert printed(head + "z = [{ print(k); ys * k } for k in 0..0]") == []


SLOPES = {
    "a record's fields": ("r = {a: x, b: [y, x]}\nr.b[0] *= r.a\nminimize r.b[0] + r.a^2", [5.0 + 4.0, 2.0]),
    "a tuple in a loop": ("t = (x, y)\nfor i in 0..2 { t = (t[1], t[0] * t[1]) }\nminimize t[1]", [25.0, 20.0]),
    "a closure": ("fn scaled(k) = fn(z) = k * z^2\nminimize scaled(x)(y)", [25.0, 20.0]),
    "a closure in a record": ("r = {f: fn(z) = x * z}\nfn use(q) = q.f(q.f(1.0))\nminimize use(r) + y", [4.0, 1.0]),
    "a chosen function": ("f = if x > 1 { fn(z) = z * y } else { sin }\nminimize f(x)", [5.0, 2.0]),
    "a chosen function in a loop": ("f = sin\ns = 0.0\nfor i in 0..3 { s += f(x); k = i * y; f = fn(z) = k * z }\nminimize s - sin(x)", [5.0, 2.0]),
    "a comprehension": ("minimize sum([x * i + y^2 for i in 0..4])", [6.0, 40.0]),
    "a comprehension with a condition": ("minimize sum([x * i for i in 0..6 if i % 2 == 1]) + y", [9.0, 1.0]),
    "a comprehension with a condition that never holds": ("minimize sum([x for i in 0..6 if 2 > 3]) + y", [0.0, 1.0]),
    "nested comprehensions": ("m = [[x^i * y^j for j in 0..3] for i in 0..2]\nminimize m[1, 2] + m[0, 1]", [25.0, 21.0]),
    "map": ("minimize sum(map(fn(a, b) { a * b * x }, [1.0, 2.0], [y, y]))", [15.0, 6.0]),
    "fold": ("minimize fold(fn(c, a) { c * a }, 1.0, [x, y, x])", [20.0, 4.0]),
    "scan": ("minimize sum(scan(fn(c, a) { c * a }, x, [y, y]))", [30.0, 2 * (1 + 2 * 5.0)]),
    "scan of a record": ("s = scan(fn(c, a) { {p: c.p * a, q: c.q + c.p} }, {p: x, q: 0.0}, [y, y])\nminimize sum(s.q)", [1 + 1 + 5.0, 2.0]),
    "a mask of a matrix": ("m = [[x, -y], [-x, y]]\nm[m < 0] = 0.0\nminimize sum(m * m)", [4.0, 10.0]),
    "an index array of two axes": ("a = [x, y]\nminimize sum(a[[[0, 1], [1, 1]]] * [[1, 2], [3, 4]])", [1.0, 9.0]),
    "pairs of indexes, assigned": ("m = zeros(2, 2)\nm[[0, 1], [1, 0]] = [x, y]\nminimize m[0, 1] * m[1, 0]", [5.0, 2.0]),
    "zip": ("s = 0.0\nfor (a, b) in zip([x, y], [y, 1.0]) { s += a * b }\nminimize s", [5.0, 3.0]),
    "elements of unknown size, some of them": ("v = [x, -1.0, y]\nw = v[v > 0]\nminimize sum([w * k for k in 0..3 if k > 0])", [3.0, 3.0]),
    "elements of unknown size": ("v = [x, -1.0, y]\nw = v[v > 0]\nminimize sum([sum(w * k) for k in 1..3])", [3.0, 3.0]),
}  # fmt: skip


@pytest.mark.parametrize("name", SLOPES)
def test_derivatives_flow_through_values_of_every_kind(name: str) -> None:
    text, expected = SLOPES[name]
    found = slopes(f"param x = 2.0\nparam y = 5.0\n{text}")
    np.testing.assert_allclose(found.gradient, expected, rtol=1e-13)


REFUSED = {
    "a default that is not what its annotation says": ("fn f(x: Int = 2.5) = x\nprint(f())", ["E0311"]),
    "a default of another size": ("fn f(n: [k], m: [k] = [1, 2]) = m\nprint(f([1, 2, 3]))", ["E0316"]),
    "sizes that differ while running": (
        "v = [1, 2]\nw = v[v > 0]\nfn f(x: [n], y: [n]) = 1\nprint(f(w, [1, 2, 3]))",
        ["E0605"],
    ),
    "a number that is not the size of its name": ("fn f(n: Int, x: [n]) = n\nprint(f(2, [1, 2, 3]))", ["E0316"]),
    "a result of another size than the number says": ("fn g(n: Int) -> [n] = [1.0, 2, 3]\nprint(g(2))", ["E0316"]),
    "fewer points than none, met when running": (
        "n = 0\nfor i in 0..4 { n -= 1 }\nprint(linspace(0, 1, n))",
        ["E0605"],
    ),
    "a field that is not there": ("r = {a: 1}\nprint(r.b)", ["E0330"]),
    "assigning to a field that is not there": ("r = {a: 1}\nr.b = 2", ["E0330"]),
    "a field twice": ("fn unused() { {a: 1, a: 2} }", ["E0333"]),
    "a field of a number": ("r = 1\nprint(r.b)", ["E0301"]),
    "a record indexed by a number": ("r = {a: 1}\nprint(r[0])", ["E0301"]),
    "a tuple indexed by a String": ('t = (1, 2)\nprint(t["a"])', ["E0301"]),
    "spreading a number": ("r = {...3, a: 1}", ["E0301"]),
    "records that differ in a branch": ("x = sum([1])\nr = if x > 0 { {a: 1} } else { {b: 1} }\nprint(r)", ["E0308"]),
    "an array of tuples": ("print([(i, i) for i in 0..3])", ["E0301"]),
    "unpacking too few": ("for (a, b) in [1, 2] { print(a) }", ["E0301"]),
    "zip of unequal lengths": ("for (a, b) in zip([1], [1, 2]) { print(a) }", ["E0332"]),
    "zip of unequal lengths, met when running": (
        "x = [1, 2, 3]\nfor (a, b) in zip(x[x > 1], x) { print(a) }",
        ["E0605"],
    ),
    "rows of unlike sizes": ("print([zeros(n) for n in (1, 2)])", ["E0302"]),
    "rows of unlike sizes, met when running": ("x = [1, 5]\nprint([x[x > n] for n in (0, 2)])", ["E0605"]),
    "a slice of a tuple that is not known": ("t = (1, 2)\nk = sum([1])\nprint(t[k:])", ["E0310"]),
    "the trace of a vector": ("print(trace([1, 2]))", ["E0301"]),
    "map without a function": ("print(map([1], [2]))", ["E0307"]),
    "a mask of another shape": ("m = [[1, 2], [3, 4]]\nprint(m[[[true, false]]])", ["E0302"]),
    "a function that grows": ("f = sin\nfor i in 0..3 { g = f; f = fn(x) = g(x) }", ["E0331"]),
    "an assignment after a capture": ("fn f() { k = 1.0; g = fn(x) = k * x; k = 2.0; g }\nprint(f()(1))", ["E0205"]),
    "elements of unknown size of a tuple, with a condition": (
        "x = [1, 2]\ny = x[x > 1]\nprint([y for k in (0, 3) if k > sum(y)])",
        ["E0310"],
    ),
    "elements of several sizes": ("x = [1, 2]\ny = x[x > 0]\nprint([y[:k] for k in 1..3])", ["E0605"]),
    "elements that would be repeated": ("print([[x + y for x in [1, 2] if x > y] for y in [0, 1]])", ["E0605"]),
    "an array of functions": ("print(map(fn(k) { fn(x) { x * k } }, [1, 2]))", ["E0301"]),
    "an array of chosen Strings": ('print(map(fn(k) { if k > 1 { "a" } else { "b" } }, [1, 2]))', ["E0301"]),
    "an array of ranges": ("print(map(fn(k) { (k, 0..k) }, [1, 2]))", ["E0301"]),
    "a scan of functions": ("print(scan(fn(c, k) { if k > 1 { sin } else { c } }, cos, [1, 2]))", ["E0301"]),
    "a scan of functions over a tuple": ("print(scan(fn(c, k) { sin }, cos, (1, 2)))", ["E0301"]),
    "a fold that begins with another type": ("print(fold(fn(c, x) { [c, x] }, 0, [1, 2]))", ["E0309"]),
    "elements without a value": ("print([{ x = i } for i in 0..2])", ["E0218"]),
    "an option that running chooses": (
        'print(convolve([1.0], [1.0], mode=if sum([1]) > 0 { "full" } else { "same" }))',
        ["E0310"],
    ),
    "a message that running chooses": ('x = sum([1])\nassert x < 0, if x > 0 { "more" } else { "less" }', ["E0605"]),
    "a recursion that makes functions": (
        "fn f(g, n) = if n == 0 { g } else { f(fn(x) = g(x) + 1, n - 1) }\nprint(f(sin, 3)(0.0))",
        ["E0401"],
    ),
    "printing a zip": ("print(zip([1], [2]))", ["E0334"]),
    "printing a zip in a tuple": ("print((zip([1], [2]), 3))", ["E0334"]),
    "a field that running chooses": (
        'r = {a: 1, b: 2}\ns = if sum([1]) > 0 { "a" } else { "b" }\nprint(r[s])',
        ["E0310"],
    ),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_cannot_be_is_refused(name: str) -> None:
    text, expected = REFUSED[name]
    assert codes(text) == expected


def test_whole_numbers_of_a_table_index() -> None:
    head = "param x = 2.0\nparam y = 5.0\nsite = [0.0, 1.0, 1.0]\n"
    assert slopes(head + "mu = [x, y]\nminimize sum(mu[int(site)])").gradient.tolist() == [1.0, 2.0]
    assert codes("print(int([1.0, 2.5]))") == ["E0611"]
    assert codes("print(int(nan))") == ["E0611"]
    assert printed("print(int(3), int(true), int(-4.0), int(floor(2.7)))") == ["3 1 -4 2"]
