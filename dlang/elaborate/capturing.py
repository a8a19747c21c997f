"""What functions read from around them, and the random draws that they hand on."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from dlang.diagnostics import Reporter
from dlang.distributions.table import DISTRIBUTIONS
from dlang.elaborate.builtins import BUILTINS
from dlang.elaborate.closures import close
from dlang.elaborate.jumps import fields_read, free_names
from dlang.elaborate.parameters import Parameters
from dlang.elaborate.reaching import Reaching
from dlang.elaborate.values import DRAWS, Frame, Func, ModuleValue, Num, Tup, Value, leaves
from dlang.primitives.table import TABLE
from dlang.source import Span

__all__ = ["Captured", "Capturing"]

Captured = tuple[Frame, str]

LANGUAGE = frozenset((*BUILTINS, *DISTRIBUTIONS, "print", "pi", "inf", "nan"))
"""Names that mean something where nothing binds them."""


class Capturing(Parameters):
    """Knows what is around functions, and the state of random draws."""

    def __init__(self, report: Reporter) -> None:
        super().__init__(report)
        self._mentioned: dict[int, dict[str, None]] = {}
        self._fields: dict[int, dict[tuple[str, str], None]] = {}
        self._reaching = Reaching(self)
        self.running_draws: list[bool] = []
        """For each function that is being elaborated, whether it has drawn without a state to draw from."""
        self._is_seed_given = False
        self.begin_draws(None)

    # ---- names

    def captures(self, func: Func, given: Mapping[str, Value]) -> dict[Captured, None]:
        """Numbers of enclosing frames that a function reads, itself or through functions it can call."""
        found: dict[Captured, None] = {}
        for one in (func, *(v for v in given.values() if isinstance(v, Func))):
            own = {id(frame) for frame in one.group}
            for frame, name in self._reaching.of(one):
                if id(frame) not in own and any(leaf.known is None for leaf in leaves(frame.env[name])):
                    found[frame, name] = None
        return found

    def reads_from(self, func: Func) -> Frame | None:
        """The frame that a function finds names in, if it reads any that is not the language's own.

        One that reads none is the same wherever its text is met: an inner function is elaborated once for all the
        instances of the functions around it. An instance's key holds the frame itself, so that it is not another's.
        """
        return func.frame if any(func.frame.find(name) is not None for name in self.reads(func)) else None

    def behind(self, func: Func, name: str, frame: Frame, value: Value) -> Iterator[tuple[Frame, str, Value]]:
        """What a name gives a function to read: a value, or, if it is a module, those of its members that it reads."""
        if not isinstance(value, ModuleValue):
            yield frame, name, value
            return
        if id(func.body) not in self._fields:
            rules = tuple((rule.parameters, rule.body) for rule in self.rules.get(id(func.body), {}).values())
            self._fields[id(func.body)] = fields_read((func.parameters, func.body, *rules))
        for module, member in self._fields[id(func.body)]:
            place = value.frame.own(member) if module == name else None
            if place is not None:
                yield place[0], member, place[1]

    def is_at_hand(self, frame: Frame, name: str) -> bool:
        """Whether a name of a frame can be read by the function that is being elaborated."""
        here = self.frame
        return frame.build is here.build or (id(frame), name) in here.captured or id(frame) in here.home

    def closed(self, func: Func) -> Func:
        return close(func, self)

    def is_language(self, name: str) -> bool:
        """Whether a name that nothing binds means something all the same."""
        return name in LANGUAGE

    def reads(self, func: Func) -> dict[str, None]:
        """Names that a function's text reads and does not bind."""
        if id(func.body) not in self._mentioned:
            found = free_names(func.parameters, func.body)
            for rule in self.rules.get(id(func.body), {}).values():  # a rule goes where its function goes
                found |= free_names(rule.parameters, rule.body)
            self._mentioned[id(func.body)] = found
        return self._mentioned[id(func.body)]

    # ---- random draws

    def draws(self) -> Tup:
        """The seed of the next draw, and how many were drawn from it before."""
        state = self.frame.env.get(DRAWS)
        if not isinstance(state, Tup):
            if self.running_draws:
                self.running_draws[-1] = True  # the function is elaborated again, and then begins with a state
            state = Tup((self.literal(0), self.literal(0)))
        return state

    def begin_draws(self, seed: int | None) -> None:
        """Begin with a seed that was given, which stands before those of the program, or with 0."""
        self._is_seed_given = seed is not None
        self.frame.env[DRAWS] = Tup((self.literal(seed or 0), self.literal(0)))

    def draw_key(self, span: Span) -> tuple[Num, Num, Num]:
        seed, count = leaves(self.draws())
        after = self.apply(TABLE["add"], count, 1, span=span)
        self.frame.env[DRAWS] = Tup((seed, after))
        return seed, self.literal(0), count

    def reseed(self, seed: Num) -> None:
        before = self.draws()
        self.frame.env[DRAWS] = before if self._is_seed_given else Tup((seed, self.literal(0)))
