"""The tables in the form in which the scanner and the parser run them.

Named tuples, not dataclasses: every start of every command imports them, and they cost an eighth.
"""

from __future__ import annotations

import re
import sys
from typing import NamedTuple

from dlang.syntax.foreign import FOREIGN
from dlang.syntax.grammar import Compiled
from dlang.syntax.tokens import EOF

__all__ = ["Lexicon", "Rule", "Tables", "decode"]


class Lexicon(NamedTuple):
    """What the scanner runs: one pattern for every token, and the kinds of fixed texts.

    `pattern` skips white space and comments, then matches one of its named groups: a kind, `SIGN`
    (look up in `signs`), `FOREIGN`, `EOF` or `STRANGE` (any other character).
    """

    pattern: re.Pattern[str]
    words: dict[str, str]
    signs: dict[str, str]


class Rule(NamedTuple):
    """A rule: how many symbols it takes, where it leads, and what it builds (see `grammar.Compiled`)."""

    size: int
    gotos: dict[int, int]
    action: str | None
    plan: tuple[int | None, ...]


class Tables(NamedTuple):
    """An LALR automaton: `actions[state][kind]` is the state to shift to, or `~rule` to reduce by.

    `gotos[nonterminal][state]` is where a reduction to it leads; `starts` gives each start rule's first state.
    """

    lexicon: Lexicon
    actions: list[dict[str, int]]
    rules: list[Rule]
    gotos: dict[str, dict[int, int]]
    starts: dict[str, int]


def decode(compiled: Compiled) -> Tables:
    """Tables from what the cache holds.

    Raises:
        LookupError, TypeError, ValueError, re.error: the data are not tables.
    """
    terminals = [sys.intern(name) for name in compiled["terminals"]]
    lookaheads = [[terminals[index] for index in lookahead] for lookahead in compiled["lookaheads"]]
    by_index: list[dict[int, int]] = [{} for _ in compiled["nonterminals"]]
    actions: list[dict[str, int]] = []
    for state, (shifts, reductions, gotos) in enumerate(compiled["states"]):
        row: dict[str, int] = {}
        for rule, lookahead in zip(reductions[::2], reductions[1::2], strict=True):
            row.update(dict.fromkeys(lookaheads[lookahead], ~rule))
        for terminal, successor in zip(shifts[::2], shifts[1::2], strict=True):
            row[terminals[terminal]] = successor
        for nonterminal, successor in zip(gotos[::2], gotos[1::2], strict=True):
            by_index[nonterminal][state] = successor
        actions.append(row)
    for _, end in compiled["starts"].values():
        actions[end][EOF] = end  # to shift the end of the text is to accept it
    return Tables(
        lexicon=_lexicon(compiled),
        actions=actions,
        rules=[
            Rule(size, by_index[nonterminal], action, tuple(plan))
            for nonterminal, size, action, plan in compiled["rules"]
        ],
        gotos=dict(zip(compiled["nonterminals"], by_index, strict=True)),
        starts={name: first for name, (first, _) in compiled["starts"].items()},
    )


def _lexicon(compiled: Compiled) -> Lexicon:
    signs = compiled["signs"]
    own = dict(compiled["patterns"])
    fixed = "|".join(re.escape(sign) for sign in sorted(signs, key=len, reverse=True) if len(sign) > 1)
    single = "".join(re.escape(sign) for sign in signs if len(sign) == 1)
    foreign = "|".join(entry.pattern for entry in FOREIGN)
    groups = (
        # names come first because most tokens are names; they begin like nothing else
        ("NAME", own.pop("NAME")),
        ("FOREIGN", foreign),
        ("SIGN", fixed),
        *own.items(),
        ("MARK", f"[{single}]"),
        ("EOF", r"\Z"),
        ("STRANGE", "."),
    )
    skipped = "|".join(compiled["skipped"])
    tokens = "|".join(f"(?P<{kind}>{regexp})" for kind, regexp in groups)
    return Lexicon(
        pattern=re.compile(f"(?:{skipped})*(?:{tokens})"),
        words={text: sys.intern(kind) for text, kind in compiled["words"].items()},
        signs={text: sys.intern(kind) for text, kind in signs.items()},
    )
