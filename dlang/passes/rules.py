"""Derivative rules of the program's own, where a derivative meets them."""

from __future__ import annotations

from collections.abc import Sequence

from dlang.diagnostics import DlangError
from dlang.ir.derived import source_name
from dlang.ir.nodes import Block, Call, Module, Rule, Ruled
from dlang.ir.walk import free_vars

__all__ = ["jvp_rule", "vjp_rule"]


def jvp_rule(module: Module, definition: Ruled, call: Call, mask: Sequence[int]) -> Rule:
    """The rule for tangents of a function that is called, and whose arguments `mask` move.

    Raises:
        DlangError: E1015, the function reads something that moves and that the rule has no seed for; E1017, there is
            only a rule for cotangents.
    """
    if definition.jvp is None:
        from dlang.diagnostics import derivatives as faults

        raise DlangError(faults.only_vjp_rule(call.span, source_name(definition.of)))
    _refuse_others(module, definition.of, definition.jvp, call, mask)
    return definition.jvp


def vjp_rule(module: Module, of: str, rule: Rule, call: Call, mask: Sequence[int]) -> Rule:
    """The rule for cotangents of a function that is called, and whose arguments `mask` move.

    Raises:
        DlangError: E1015, the function reads something that moves and that the rule has no cotangent for.
    """
    _refuse_others(module, of, rule, call, mask)
    return rule


def _refuse_others(module: Module, of: str, rule: Rule, call: Call, mask: Sequence[int]) -> None:
    block = module[of].block
    read = free_vars(Block((), block.body, block.results))
    for i in mask:
        if i not in rule.wrt and block.params[i] in read:
            from dlang.diagnostics import derivatives as faults

            raise DlangError(faults.rule_reads_other(call.span, source_name(of), block.params[i].hint))
