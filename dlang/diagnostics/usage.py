"""E07xx: faults of the command line. None of them points into a program."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from dlang.diagnostics.core import Diagnostic

__all__ = [
    "bad_option_value",
    "cannot_read_program",
    "conflicting_options",
    "malformed_pair",
    "missing_program",
    "not_utf8",
    "system_refused",
    "unknown_code",
    "unknown_option",
    "unknown_target",
    "unknown_verb",
    "wrong_arguments",
]


def unknown_verb(verb: str, verbs: Iterable[str]) -> Diagnostic:
    """E0701: the first word of the command line is no verb."""
    near = _near(verb, verbs)
    if near is None and Path(verb).suffix == ".dl":
        mend = f"say what to do with the program, e.g. `difftool run {verb}`"
    else:
        mend = f"did you mean `{near}`?" if near else "`difftool --help` lists the verbs"
    return Diagnostic("E0701", f"unknown verb `{verb}`", help=mend)


def unknown_option(option: str, verb: str, options: Iterable[str]) -> Diagnostic:
    """E0702: an option that the verb does not have."""
    near = _near(option, options)
    return Diagnostic(
        "E0702",
        f"`difftool {verb}` has no option `{option}`" if verb else f"unknown option `{option}`",
        help=f"did you mean `{near}`?" if near else f"`{_help(verb)}` lists the options",
    )


def bad_option_value(option: str, found: str, expected: str, choices: Iterable[str] = ()) -> Diagnostic:
    """E0703: an option's value is not of its kind; `expected` completes `expected …`."""
    near = _near(found, choices)
    return Diagnostic(
        "E0703",
        f"`{option}` cannot be `{found}`",
        notes=(f"expected {expected}",),
        help=f"did you mean `{near}`?" if near else None,
    )


def wrong_arguments(verb: str, fault: str) -> Diagnostic:
    """E0704: an argument or an option's value is missing, or there is one too many; `fault` says which."""
    return Diagnostic("E0704", fault, help=f"`{_help(verb)}` shows an example")


def missing_program(path: str, beside: Iterable[str]) -> Diagnostic:
    """E0705: there is no such program file; `beside` are the programs in its folder, as paths."""
    near = _near(path, beside)
    return Diagnostic("E0705", f"no such file `{path}`", help=f"did you mean `{near}`?" if near else None)


def cannot_read_program(path: str, reason: str) -> Diagnostic:
    """E0706: the program file is there but cannot be read, e.g. because it is a folder."""
    return Diagnostic("E0706", f"cannot read `{path}`", notes=(reason,))


def not_utf8(path: str, line: int, byte: int) -> Diagnostic:
    """E0707: the program file is not text in UTF-8; `line` counts from 1, `byte` is the first that does not fit."""
    return Diagnostic(
        "E0707",
        f"`{path}` is not UTF-8 text",
        notes=(f"line {line} has the byte 0x{byte:02x}, which does not fit",),
        help="save the file with the encoding UTF-8",
    )


def malformed_pair(option: str, found: str, example: str) -> Diagnostic:
    """E0708: the value of `--set`, `--at` … is not NAME=VALUE."""
    return Diagnostic(
        "E0708",
        f"`{option}` takes NAME=VALUE, found `{found}`",
        help=f"write for example `{option} {example}`",
    )


def unknown_target(option: str, name: str, kind: str, known: Iterable[str]) -> Diagnostic:
    """E0709: an option names something that the program does not have; `kind` is `parameter`, `function`, …."""
    names = sorted(known)
    near = _near(name, names)
    listed = ", ".join(f"`{each}`" for each in names[:12]) + (", …" if len(names) > 12 else "")
    return Diagnostic(
        "E0709",
        f"`{option} {name}`: the program has no {kind} `{name}`",
        notes=(f"it has {listed}" if names else f"it has no {kind} at all",),
        help=f"did you mean `{near}`?" if near else None,
    )


def unknown_code(code: str, codes: Iterable[str]) -> Diagnostic:
    """E0710: `explain` was asked for a code that does not exist."""
    near = _near(code, codes)
    return Diagnostic(
        "E0710",
        f"no error code `{code}`",
        help=f"did you mean `{near}`?" if near else "`difftool explain` lists the codes",
    )


def conflicting_options(first: str, second: str, reason: str) -> Diagnostic:
    """E0711: two options that cannot be given together."""
    return Diagnostic("E0711", f"`{first}` cannot be given with `{second}`", notes=(reason,))


def system_refused(path: str, reason: str) -> Diagnostic:
    """E0712: the system refused to read or write a file that an option names; `path` may be unknown."""
    return Diagnostic("E0712", f"cannot use the file `{path}`" if path else reason, notes=(reason,) if path else ())


def _near(word: str, known: Iterable[str]) -> str | None:
    from difflib import get_close_matches

    return next(iter(get_close_matches(word, sorted(known), n=1)), None)


def _help(verb: str) -> str:
    return f"difftool {verb} --help" if verb else "difftool --help"
