"""From `grammars/dl.lark` to plain tables, with Lark. Only a missing or stale cache brings us here.

The tables are JSON values (see `Compiled` for their shape): what Lark's LALR analysis found, minus everything that
needs Lark to be read.
"""

from __future__ import annotations

import os.path
from collections.abc import Iterable
from typing import Any, TypedDict

from dlang.diagnostics.core import InternalError

__all__ = ["FORMAT", "STARTS", "Compiled", "compile_grammar", "grammar_text"]

FORMAT = 2
"""Of the tables; to be raised with every change of this file that alters what it makes."""

STARTS = ("program", "expression")
"""The rules that a text can be an instance of."""

_RAW = ("NEWLINE", "LBRACE")
"""Terminals that the scanner sees and the rules do not: the post-lexer replaces them."""


class Compiled(TypedDict):
    """The tables as JSON holds them.

    Terminals and nonterminals are written as indexes into their lists. A rule is `[nonterminal, size, action,
    plan]`: `action` is None for a rule that hands on its one child, "" for one that only groups, else the name of the
    builder's action. Its plan says what the action gets, in order: a child (its index), a group's members (`~index`),
    or None (an optional part that is absent). A state is `[shifts, reductions, gotos]`: `terminal, state` pairs,
    `rule, lookahead set` pairs, `nonterminal, state` pairs, each list flat.
    """

    words: dict[str, str]
    signs: dict[str, str]
    patterns: list[tuple[str, str]]
    skipped: list[str]
    terminals: list[str]
    nonterminals: list[str]
    rules: list[tuple[int, int, str | None, list[int | None]]]
    lookaheads: list[list[int]]
    states: list[tuple[list[int], list[int], list[int]]]
    starts: dict[str, tuple[int, int]]


def grammar_text() -> str:
    """The text of the grammar: inside the package in a wheel, beside it in a checkout.

    Raises:
        InternalError: the installation has lost its grammar.
    """
    package = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))  # noqa: PTH100, PTH120 (pathlib costs start-up)
    for folder in (package, os.path.dirname(package)):  # noqa: PTH120
        try:
            with open(f"{folder}/grammars/dl.lark", encoding="utf-8") as file:  # noqa: PTH123
                return file.read()
        except FileNotFoundError:
            continue
    raise InternalError(f"grammars/dl.lark is neither in nor beside {package}")


class _KeepRaw:
    """What Lark needs to know about our post-lexer: which terminals to keep that no rule names."""

    always_accept = _RAW

    def process(self, stream: Iterable[Any]) -> Iterable[Any]:
        """Nothing: the parser that Lark builds is never run."""
        return stream


def compile_grammar(text: str) -> Compiled:
    """The tables of a grammar in Lark's notation.

    Raises:
        InternalError: the grammar has a conflict.
    """
    from lark import Lark
    from lark.exceptions import GrammarError
    from lark.lexer import PatternStr

    try:
        lark = Lark(text, parser="lalr", lexer="basic", start=list(STARTS), postlex=_KeepRaw())
    except GrammarError as error:
        raise InternalError(f"the grammar cannot be compiled: {error}") from error
    by_rank = sorted(lark.terminals, key=lambda t: (-t.priority, -t.pattern.max_width, -len(t.pattern.value), t.name))
    fixed = {t.pattern.value: t.name for t in by_rank if isinstance(t.pattern, PatternStr)}
    regular = [(t.name, t.pattern.to_regexp()) for t in by_rank if not isinstance(t.pattern, PatternStr)]
    tables = _parse_tables(lark)
    tables["words"] = {text: kind for text, kind in fixed.items() if text.isidentifier()}
    tables["signs"] = {text: kind for text, kind in fixed.items() if not text.isidentifier()}
    tables["patterns"] = [(kind, regexp) for kind, regexp in regular if kind not in lark.ignore_tokens]
    tables["skipped"] = [regexp for kind, regexp in regular if kind in lark.ignore_tokens]
    return tables


def _parse_tables(lark: Any) -> Compiled:
    """Rules, states and starts; the lexical part is left empty."""
    from lark.parsers.lalr_analysis import Shift

    table = lark.parser.parser._parse_table
    nonterminals = list(dict.fromkeys(rule.origin.name for rule in lark.rules))
    is_nonterminal = set(nonterminals)
    terminals = sorted({s for row in table.states.values() for s in row if s not in is_nonterminal})
    terminal_index = {name: index for index, name in enumerate(terminals)}
    nonterminal_index = {name: index for index, name in enumerate(nonterminals)}
    rule_index = {rule: index for index, rule in enumerate(lark.rules)}
    lookahead_index: dict[tuple[int, ...], int] = {}
    states: list[tuple[list[int], list[int], list[int]]] = []
    numbers = _numbers(table, Shift)
    for state in numbers:
        shifts: list[int] = []
        gotos: list[int] = []
        reductions: dict[int, list[int]] = {}
        for symbol, (action, argument) in sorted(table.states[state].items()):
            if action is not Shift:
                reductions.setdefault(rule_index[argument], []).append(terminal_index[symbol])
            elif symbol in is_nonterminal:
                gotos += (nonterminal_index[symbol], numbers[argument])
            else:
                shifts += (terminal_index[symbol], numbers[argument])
        flat: list[int] = []
        for rule, lookahead in sorted(reductions.items()):
            flat += (rule, lookahead_index.setdefault(tuple(lookahead), len(lookahead_index)))
        states.append((shifts, flat, gotos))
    return Compiled(
        words={},
        signs={},
        patterns=[],
        skipped=[],
        terminals=terminals,
        nonterminals=nonterminals,
        rules=[_rule(rule, nonterminal_index) for rule in lark.rules],
        lookaheads=[list(lookahead) for lookahead in lookahead_index],
        states=states,
        starts={start: (numbers[table.start_states[start]], numbers[table.end_states[start]]) for start in STARTS},
    )


def _numbers(table: Any, shift: Any) -> dict[int, int]:
    """New numbers for Lark's states, in the order in which they are reached: Lark's own differ from run to run."""
    numbers: dict[int, int] = {}
    pending = [table.start_states[start] for start in STARTS]
    for state in pending:
        if state not in numbers:
            numbers[state] = len(numbers)
            pending += [argument for _, (action, argument) in sorted(table.states[state].items()) if action is shift]
    return numbers


def _rule(rule: Any, nonterminal_index: dict[str, int]) -> tuple[int, int, str | None, list[int | None]]:
    """One rule as data, with what Lark's tree builder would do as a plan."""
    plan: list[int | None] = []
    absent = _absent_before(rule)
    for index, symbol in enumerate(rule.expansion):
        plan += [None] * absent[index]
        if not symbol.is_term and symbol.name.startswith("_"):
            plan.append(~index)
        elif not (symbol.is_term and symbol.filter_out):
            plan.append(index)
    plan += [None] * absent[-1]
    name = rule.alias or rule.origin.name
    action: str | None = "" if name.startswith("_") else name
    if rule.options.expand1 and not rule.alias and len(plan) == 1 and plan[0] is not None and plan[0] >= 0:
        action = None
    return nonterminal_index[rule.origin.name], len(rule.expansion), action, plan


def _absent_before(rule: Any) -> list[int]:
    """How many absent optional parts stand before each symbol of a rule, and after the last."""
    absent = [0]
    for is_absent in rule.options.empty_indices or (False,) * len(rule.expansion):
        if is_absent:
            absent[-1] += 1
        else:
            absent.append(0)
    return absent
