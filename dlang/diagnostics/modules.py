"""E09xx: modules: what `import` finds, and what is read from it."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from dlang.diagnostics.core import Diagnostic, Label
from dlang.diagnostics.suggest import did_you_mean
from dlang.source import Span

_MATHEMATICS = frozenset(("numpy", "np", "math", "cmath", "scipy", "jax", "torch", "random"))
"""Modules of other languages whose functions dl has without them."""

_LISTED = 12  # names of a module shown before the rest is counted


def missing_module(at: Span, path: str, near: str | None) -> Diagnostic:
    """E0901: an import of a file that does not exist."""
    return Diagnostic(
        code="E0901",
        title=f"there is no file `{path}`",
        primary=Label(at, "no such file"),
        notes=("a path is relative to the file that names it",),
        help=did_you_mean(near) if near is not None else None,
    )


def unreadable_module(at: Span, path: str, reason: str) -> Diagnostic:
    """E0902: an imported file that cannot be read, or is not UTF-8 text."""
    return Diagnostic(code="E0902", title=f"cannot read `{path}`: {reason}", primary=Label(at, "imported here"))


def unknown_module(at: Span, name: str, known: Collection[str], beside: str | None) -> Diagnostic:
    """E0903: an import of a name that is no module of the standard library; `beside` is a file of that name."""
    near = _near(name, known)
    foreign = beside is None and name in _MATHEMATICS
    mend = did_you_mean(near) if near is not None else None
    if beside is not None:
        mend = f'a file is imported by its path: `import "{beside}"`'
    elif foreign:
        mend = "mathematical functions are built in, and need no prefix: remove the line"
    return Diagnostic(
        code="E0903",
        title=f"the standard library has no module `{name}`",
        primary=Label(at, "no such module"),
        notes=(f"it has {_listed(sorted(known))}",) if known and not foreign else (),
        help=mend,
    )


def import_cycle(chain: Sequence[tuple[str, Span]]) -> Diagnostic:
    """E0904: a file that imports itself, at last; `chain` are the files and the import in each that goes on."""
    file, at = chain[-1]
    names = [name for name, _ in chain]
    first = names[0]
    through = f", through {_listed(names[1:])}" if len(names) > 1 else ""
    labels = tuple(
        Label(span, f"`{following}` is imported here") for (_, span), following in zip(chain, names[1:], strict=False)
    )
    return Diagnostic(
        code="E0904",
        title=f"`{first}` imports itself{through}",
        primary=Label(at, f"`{first}` is imported here, by `{file}`" if len(names) > 1 else "imported here"),
        labels=labels,
        notes=(f"the chain of imports is {' -> '.join([*names, first])}",),
        help="put what both need into a file of its own, and import that",
    )


def not_a_module(at: Span, path: str, places: Sequence[tuple[str, Span]]) -> Diagnostic:
    """E0905: an import of a file that is a model; `places` are its declarations and terms, as (what, where)."""
    return Diagnostic(
        code="E0905",
        title=f"`{path}` is a model and cannot be imported: it has {places[0][0]}",
        primary=Label(at, "imported here"),
        labels=tuple(Label(span, what) for what, span in places),
        notes=("a module may have functions, values and data; parameters, terms and reports belong to the program",),
        help="move the functions that both need into a file of their own, and import that",
    )


def module_needs_name(at: Span, path: str, name: str) -> Diagnostic:
    """E0906: an import of a file whose name no program can write; `name` is one to propose."""
    return Diagnostic(
        code="E0906",
        title=f"the file's name, `{path}`, is no name for a module",
        primary=Label(at, "needs a name"),
        help=f'give it one: `import "{path}" as {name}`',
    )


def unknown_member(at: Span, module: str, name: str, known: Collection[str], note: str | None = None) -> Diagnostic:
    """E0907: a name that a module does not have."""
    near = _near(name, known)
    notes = (note,) if note is not None else ()
    if near is None:
        notes = (*notes, f"it has {_listed(sorted(known))}" if known else "it has no names at all")
    return Diagnostic(
        code="E0907",
        title=f"`{module}` has no `{name}`",
        primary=Label(at, "no such name"),
        notes=notes,
        help=did_you_mean(near) if near is not None else None,
    )


def private_member(at: Span, module: str, name: str, bound: Span) -> Diagnostic:
    """E0908: a name that a module keeps for itself."""
    return Diagnostic(
        code="E0908",
        title=f"`{name}` is private to `{module}`",
        primary=Label(at, "cannot be read from outside"),
        labels=(Label(bound, "bound here"),),
        notes=("a name that begins with `_` is for the file that binds it",),
    )


def module_as_value(at: Span, module: str) -> Diagnostic:
    """E0909: a module where a value is needed."""
    return Diagnostic(
        code="E0909",
        title=f"`{module}` is a module and no value",
        primary=Label(at, "a module"),
        help=f"name what is needed of it: `{module}.name`",
    )


def module_changed(at: Span, module: str, written: str, imported: Span) -> Diagnostic:
    """E0910: an assignment to what belongs to a module."""
    return Diagnostic(
        code="E0910",
        title=f"the values of the module `{module}` cannot be changed",
        primary=Label(at, f"`{written}` would change it"),
        labels=(Label(imported, "imported here"),),
        help="bind a name of this file to the new value",
    )


def _near(name: str, known: Collection[str]) -> str | None:
    from difflib import get_close_matches

    folded = [candidate for candidate in sorted(known) if candidate.casefold() == name.casefold()]
    return next(iter(folded or get_close_matches(name, sorted(known), n=1)), None)


def _listed(names: Sequence[str]) -> str:
    shown = [f"`{name}`" for name in names[:_LISTED]]
    if len(names) > _LISTED:
        return f"{', '.join(shown)} and {len(names) - _LISTED} more"
    return " and ".join([", ".join(shown[:-1]), shown[-1]] if len(shown) > 1 else shown)
