"""The standard library: which modules it has, where they are, and their reference."""

from __future__ import annotations

from pathlib import Path

from dlang.source import Source
from dlang.syntax.documentation import Documentation, documentation

__all__ = ["FOLDER", "modules", "names", "reference"]

FOLDER = Path(__file__).parent.parent / "library"
"""Where it is: a file a module."""


def modules() -> tuple[str, ...]:
    """The names of its modules, in order."""
    return tuple(sorted(path.stem for path in FOLDER.glob("*.dl")))


def names() -> tuple[str, ...]:
    """Everything that has a reference: modules, and functions as `stats.kde`."""
    found: list[str] = []
    for module in modules():
        found += [module, *(f"{module}.{entry.name}" for entry in _documented(module).entries)]
    return tuple(found)


def reference(name: str) -> str:
    """What `stats`, or `stats.quantile`, is, as Markdown: the doc comments, a heading above each.

    Raises:
        KeyError: the library has no such module or function.
    """
    module = name.partition(".")[0]
    # The name is compared with names that exist, never made into a path: it may come from a command line.
    if module not in modules():
        raise KeyError(name)
    found = _documented(module)
    parts = [f"## {module}", found.text] if name == module else []
    for entry in found.entries:
        if name in (module, f"{module}.{entry.name}"):
            parts += [f"### `{module}.{entry.signature}`", entry.text]
    if not parts:
        raise KeyError(name)
    return "\n\n".join(parts) + "\n"


def _documented(module: str) -> Documentation:
    path = FOLDER / f"{module}.dl"
    return documentation(Source(path.name, path.read_text(encoding="utf-8")))
