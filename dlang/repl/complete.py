"""What may stand where the cursor is: names of the session and of the language, members, fields, commands, files."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator, Sequence

from dlang.distributions.table import DISTRIBUTIONS
from dlang.driver import library
from dlang.driver.definitions import Definition
from dlang.driver.kept import Kept
from dlang.driver.session import Session
from dlang.elaborate.builtins import BUILTINS
from dlang.elaborate.describing import spelled
from dlang.elaborate.members import is_private
from dlang.elaborate.values import Func, ModuleValue, Rec
from dlang.records import record
from dlang.repl.commands import COMMANDS
from dlang.repl.explaining import signature
from dlang.syntax import ast
from dlang.syntax.tokens import CONSTANTS, KEYWORDS, SOFT_KEYWORDS

__all__ = ["Candidate", "completions"]


@record
class Candidate:
    """A word that may stand at the cursor.

    `text` replaces the last `behind` characters before it; `meta` says what it is.
    """

    text: str
    behind: int
    meta: str = ""


_PATH = re.compile(r"""(?:\bfrom|\bimport)\s*"([^"\n]*)$""")
_MEMBER = re.compile(r"([^\W\d]\w*(?:\.[^\W\d]\w*)*)\.(\w*)$")
_WORD = re.compile(r"[^\W\d]\w*$")
_IMPORT = re.compile(r"(?:^|[\n;])\s*import\s+(\w*)$")
_IDENTIFIER = re.compile(r"[^\W\d]\w*")

_OPTIONS = (
    *("--method", "--steps", "--lr", "--momentum", "--nesterov", "--tol", "--time", "--level"),
    *("--set", "--fix", "--save", "--from", "--out", "--plot", "--log", "--quiet"),
)


def completions(session: Session, text: str, options: Sequence[str] = _OPTIONS) -> list[Candidate]:
    """The candidates behind a text, those of the session first.

    Args:
        session: what is known.
        text: what is typed before the cursor.
        options: of `:fit`.
    """
    command = re.match(r"\s*:(\S*)(\s+)?", text)
    if command is not None:
        if command[2] is None:
            found = ((f"{c.name}", c.summary) for c in COMMANDS)
            return _matching(found, command[1])
        return _behind_command(session, command[1], text[command.end() :], options)
    return _in_the_language(session, text)


def _behind_command(session: Session, command: str, rest: str, options: Sequence[str]) -> list[Candidate]:
    match command:
        case "load" | "save" | "save!":
            return list(_files(rest))
        case "set":
            params = (d for d in session.state.names.values() if d.kind == "param")
            return _matching(((d.name, signature(d)) for d in params), rest) if "=" not in rest else []
        case "fit":
            return _matching(((option, "") for option in options), rest.rpartition(" ")[2])
        case "help":
            names = [(c.name, c.summary) for c in COMMANDS] + [(name, "a module") for name in library.modules()]
            return [*_names(session, rest), *_matching(names, rest)]
        case "type" | "grad" | "ir" | "time":
            return _in_the_language(session, rest)
        case _:
            return []


def _in_the_language(session: Session, text: str) -> list[Candidate]:
    line = text.rpartition("\n")[2]
    path = _PATH.search(line)
    if path is not None:
        return list(_files(path[1]))
    if _is_text(line):
        return []
    module = _IMPORT.search(text)
    if module is not None:
        return _matching(((name, "a module of the library") for name in library.modules()), module[1])
    member = _MEMBER.search(text)
    if member is not None:
        return _members(session, member[1].split("."), member[2])
    word = _WORD.search(text)
    prefix = word[0] if word is not None else ""
    if not prefix:
        return [*_arguments(session, text, ""), *_matching(_own(session), "")]
    return [*_arguments(session, text, prefix), *_names(session, prefix), *_typed(session, text, prefix)]


def _is_text(line: str) -> bool:
    """Whether the line ends in a comment or a String."""
    return re.search(r'"|#', re.sub(r'"(?:\\.|[^"\\])*"', "", line)) is not None


def _names(session: Session, prefix: str) -> list[Candidate]:
    own = dict(_own(session))
    found = [(name, BUILTINS[name].signature) for name in BUILTINS if name not in own]
    found += [(name, DISTRIBUTIONS[name].signature) for name in DISTRIBUTIONS if name not in own]
    found += [(word, "") for word in (*KEYWORDS, *SOFT_KEYWORDS, *sorted(CONSTANTS), "print") if word not in own]
    return [*_matching(own.items(), prefix), *_matching(found, prefix)]


def _own(session: Session) -> Iterator[tuple[str, str]]:
    """The names of the session, the newest first."""
    for definition in sorted(session.state.names.values(), key=lambda d: -d.serial):
        yield definition.name, signature(definition)


def _typed(session: Session, text: str, prefix: str) -> list[Candidate]:
    """Names in what is being typed that nothing else knows: parameters, variables of a function."""
    before = text[: len(text) - len(prefix)]
    known = {*session.state.names, *BUILTINS, *DISTRIBUTIONS, *KEYWORDS, *SOFT_KEYWORDS, *CONSTANTS, "print"}
    words = dict.fromkeys(word for word in _IDENTIFIER.findall(before) if word not in known)
    return _matching(((word, "") for word in words), prefix)


def _members(session: Session, chain: Sequence[str], prefix: str) -> list[Candidate]:
    """Members of a module, fields of a record."""
    definition = session.state.names.get(chain[0])
    kept = definition.value if definition is not None else None
    for name in chain[1:]:
        kept = _inside(kept).get(name)
    return _matching(((name, _meta(name, part)) for name, part in _inside(kept).items()), prefix)


def _inside(kept: Kept | None) -> dict[str, Kept]:
    if kept is None:
        return {}
    if isinstance(kept.like, Rec):
        return {name: part for name, part in zip(kept.like.names, kept.parts, strict=True) if name.isidentifier()}
    if isinstance(kept.like, ModuleValue) and kept.frame is not None:
        return {name: part for name, part in kept.frame.env.items() if not is_private(name)}
    return {}


def _meta(name: str, kept: Kept) -> str:
    if isinstance(kept.like, Func):
        return f"{name}({', '.join(parameter.span.text for parameter in kept.like.parameters)})"
    return f"{name}: {spelled(kept.like)}"


def _arguments(session: Session, text: str, prefix: str) -> list[Candidate]:
    """Names of arguments of the call that the cursor is in: `axis=`."""
    name = _called(text)
    definition = session.state.names.get(name)
    if definition is not None:
        names = _parameters(definition)
    elif name in BUILTINS:
        names = [formal.name for formal in BUILTINS[name].formals if formal.default is not None]
    else:
        names = []
    return _matching(((f"{each}=", f"an argument of {name}") for each in names), prefix)


def _parameters(definition: Definition) -> list[str]:
    like = definition.value.like if definition.value is not None else definition.stmt
    return [p.name.text for p in like.parameters] if isinstance(like, (ast.FunctionDef, Func)) else []


def _called(text: str) -> str:
    """The name of the function whose call is open at the end of a text."""
    depth = 0
    for at in range(len(text) - 1, -1, -1):
        if text[at] in ")]}":
            depth += 1
        elif text[at] in "([{":
            if depth == 0:
                word = _WORD.search(text[:at])
                return word[0] if text[at] == "(" and word is not None else ""
            depth -= 1
    return ""


def _files(prefix: str) -> Iterator[Candidate]:
    """Files and folders whose path begins so."""
    folder, _, begin = prefix.rpartition("/")
    place = os.path.expanduser(folder or ("/" if prefix.startswith("/") else "."))  # noqa: PTH111
    try:
        with os.scandir(place) as found:
            entries = sorted(found, key=lambda entry: entry.name)
    except OSError:
        return
    for entry in entries:
        if entry.name.startswith(begin) and (begin or not entry.name.startswith(".")):
            yield Candidate(entry.name + ("/" if entry.is_dir() else ""), len(begin))


def _matching(found: Iterable[tuple[str, str]], prefix: str) -> list[Candidate]:
    return [Candidate(name, len(prefix), meta) for name, meta in found if name.startswith(prefix) and name != prefix]
