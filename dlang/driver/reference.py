"""The reference of built-ins and distributions as Markdown: what the language's tables say of them, and what
`dlang.reference` adds."""

from __future__ import annotations

from textwrap import fill

from dlang.distributions.table import DISTRIBUTIONS
from dlang.elaborate.builtins import BUILTINS
from dlang.reference.core import Case, Density, Entry, Group
from dlang.reference.table import GROUPS

__all__ = ["contents", "names", "page", "section"]


def contents() -> str:
    """A list of the groups and of what is in them, with links."""
    return "\n".join(f"- [{group.title}](#{_anchor(group.title)}): {_names(group)}" for group in GROUPS)


def section(group: Group) -> str:
    """A group: what holds of all its entries, then each with its signature, shapes, edges and derivative."""
    parts = [f"## {group.title}", _wrapped(group.intro), *map(_entry, group.entries)]
    return "\n\n".join(part for part in parts if part)


def names() -> tuple[str, ...]:
    """Everything that has an entry."""
    return tuple(entry.name for group in GROUPS for entry in group.entries)


def page(name: str) -> str:
    """The entry of a built-in or a distribution.

    Raises:
        KeyError: there is none of this name.
    """
    for group in GROUPS:
        for entry in group.entries:
            if entry.name == name:
                return _entry(entry) + "\n"
    raise KeyError(name)


def _names(group: Group) -> str:
    return " ".join(f"[`{entry.name}`](#{_anchor(_signature(entry.name))})" for entry in group.entries)


def _anchor(title: str) -> str:
    """The anchor that GitHub gives a heading."""
    kept = "".join(c for c in title.lower() if c.isalnum() or c in " -_")
    return kept.replace(" ", "-")


def _signature(name: str) -> str:
    return BUILTINS[name].signature if name in BUILTINS else DISTRIBUTIONS[name].signature


def _line(name: str) -> str:
    """What it gives, as a sentence."""
    doc = (BUILTINS[name] if name in BUILTINS else DISTRIBUTIONS[name]).doc
    first = doc.partition(" ")[0].strip(",;").replace("-", "")
    # a word begins a sentence; the name of an argument, or a formula, stays as it is written
    return (doc[0].upper() + doc[1:] if len(first) > 1 and first.isalpha() else doc) + "."


def _entry(entry: Entry) -> str:
    facts = [f"- Shapes: {entry.shapes}."]
    if entry.density is not None:
        facts += _density(entry.density)
    if entry.derivative:
        facts.append(f"- Derivative: {entry.derivative}.")
    parts = [f"### `{_signature(entry.name)}`", _wrapped(" ".join(filter(None, (_line(entry.name), entry.note))))]
    parts += ["\n".join(facts), _shown((*entry.cases, *entry.slopes))]
    return "\n\n".join(parts)


def _wrapped(text: str) -> str:
    return fill(text, 120, break_long_words=False, break_on_hyphens=False)


def _density(density: Density) -> list[str]:
    return [
        f"- Log-density: `{density.log}`, where {density.support}.",
        f"- Parameters: {density.parameters}.",
        f"- Mean: {f'`{density.mean}`' if density.mean else 'none'}.",
    ]


def _shown(cases: tuple[Case, ...]) -> str:
    """Expressions, with their values beside them as comments."""
    width = max(len(expression) for expression, _ in cases)
    lines = [f"{expression:<{width}}   # {value}" for expression, value in cases]
    return "\n".join(["```dl", *lines, "```"])
