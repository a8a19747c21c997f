"""Values that outlive the program which made them: a session keeps them between its lines.

A number is kept as what running gave, everything else as it is built. A function is kept as its text with the values
of the frames that it closes over; what it reads of the session's own names is not kept, but found where the next line
has it. So a function sees what a name of the session stands for when it is called.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from dlang.elaborate.models import Elaborator
from dlang.elaborate.program import Coded
from dlang.elaborate.values import Absent, Choice, Frame, Func, ModuleValue, Num, Rec, Tup, Value, placeholder
from dlang.ir.builder import Builder
from dlang.ir.nodes import Atom
from dlang.records import field, record, replace
from dlang.source import Span
from dlang.trees import written

__all__ = ["FILE", "Keeper", "Kept", "KeptFrame", "Thawer", "texts"]


@record(frozen=False, eq=False)
class KeptFrame:
    """The names that a function closes over, or those of a module, inside those of `parent`."""

    name: str
    module: str
    parent: KeptFrame | None = None
    env: dict[str, Kept] = field(default_factory=dict)


FILE = KeptFrame("", "")
"""Stands for the session's own names, whatever they are by then."""


@record(frozen=False, eq=False)
class Kept:
    """A value as it is kept.

    `like` is the value with its numbers left out, `number` what running gave for a number or an array, `levels` the
    words of a column of text, and `frame` what a function or a module finds names in.
    """

    like: Value
    parts: tuple[Kept, ...] = ()
    number: Any = None
    levels: tuple[str, ...] | None = None
    frame: KeptFrame | None = None

    def leaves(self) -> Iterator[Kept]:
        """The numbers in it, those of functions aside, in order."""
        if isinstance(self.like, Num):
            yield self
        for part in self.parts:
            yield from part.leaves()


class Keeper:
    """Takes values of an elaboration, of which it needs the numbers that running gives: `fill` brings them.

    Args:
        elaborator: what made the values.
        late: whether a name of the session is looked up when a function that reads it is called.
        modules: the frames of modules that are kept already, by `id` of their frames in this elaboration.
    """

    def __init__(self, elaborator: Elaborator, late: Callable[[str], bool], modules: Mapping[int, KeptFrame]) -> None:
        self.atoms: list[Atom] = []
        self._filled: list[Kept] = []
        self._choices: list[Kept] = []
        self._elaborator, self._late, self._modules = elaborator, late, modules
        self._file = elaborator.frame
        self._frames: dict[int, KeptFrame] = {}

    def keep(self, value: Value) -> Kept:
        """The value as it will be kept once its numbers are known."""
        match value:
            case Num():
                kept = Kept(placeholder(value.type), levels=self._elaborator.levels.get(value.atom))
                self.atoms.append(value.atom)
                self._filled.append(kept)
                return kept
            case Func():
                bare = replace(value, frame=_NOWHERE, group=(), kept=(), static=(), late=False)
                return Kept(bare, frame=self._frame(value.frame))
            case ModuleValue():
                return Kept(ModuleValue(value.name, _NOWHERE), frame=self._frame(value.frame))
            case _ if value.parts:
                parts = tuple(self.keep(part) for part in value.parts)
                kept = Kept(value.with_parts([part.like for part in parts]), parts)
                self._choices += [kept] if isinstance(value, Choice) else []
                return kept
            case _:
                return Kept(value)

    def fill(self, numbers: Sequence[Any]) -> None:
        """What running gave for `atoms`."""
        for kept, number in zip(self._filled, numbers, strict=True):
            kept.number = number
            shape = getattr(number, "shape", ())
            assert isinstance(kept.like, Num)
            if kept.like.type.shape != shape:
                kept.like = placeholder(kept.like.type.with_shape(tuple(shape)))
        for kept in self._choices:  # running has chosen
            chosen = kept.parts[1 + int(kept.parts[0].number)]
            kept.like, kept.parts, kept.frame = chosen.like, chosen.parts, chosen.frame

    def _frame(self, frame: Frame) -> KeptFrame:
        root = frame.root
        if root is self._file:
            own = {} if frame is root else {name: v for name, v in frame.env.items() if not self._late(name)}
            return self._made(frame, own, FILE) if own else FILE
        if id(root) in self._modules:
            return self._modules[id(root)]
        if root.parent is None:  # a module that is met for the first time: all of it is kept, not what one reads of it
            frame = root
        parent = None if frame.parent is None else frame.parent
        return self._made(frame, frame.env, None if parent is None else self._frame(parent))

    def _made(self, frame: Frame, env: Mapping[str, Value], parent: KeptFrame | None) -> KeptFrame:
        if id(frame) not in self._frames:
            made = self._frames[id(frame)] = KeptFrame(frame.name, frame.module, parent)
            for name, value in env.items():
                if not name.startswith("%") and not isinstance(value, Absent):
                    made.env[name] = self.keep(value)
        return self._frames[id(frame)]


class Thawer:
    """Brings kept values back into an elaboration: their numbers are inputs of its IR, Ints and Bools known outright.

    The names of the session are those of the frame in which it is made. With `as_real`, single Ints are brought back
    as Reals, to be differentiated in; `base` is one that has modules of the same elaboration. `modules` has the frames
    of modules that it brought back, by `id`; `named` the inputs that are of values themselves, not of what functions
    among them close over, with their names.
    """

    def __init__(self, elaborator: Elaborator, *, as_real: bool = False, base: Thawer | None = None) -> None:
        self._elaborator, self._as_real, self._base = elaborator, as_real, base
        self._frames: dict[int, Frame] = {id(FILE): elaborator.frame}
        self.modules: dict[int, KeptFrame] = {}
        self.named: dict[Atom, str] = {}
        self._depth = 0

    def value(self, kept: Kept, name: str, span: Span) -> Value:
        """A value; `name` is what its numbers are called, and `span` where it came from."""
        match kept.like:
            case Num():
                number = kept.number if kept.levels is None else Coded(kept.number, kept.levels)
                if self._as_real and type(number) is int:
                    number = float(number)
                made = self._elaborator.from_outside(name, number, span)
                if not self._depth:
                    self.named[made.atom] = name
                return made
            case Func() | ModuleValue() if kept.frame is not None:
                return replace(kept.like, frame=self._frame(kept.frame, span))
            case like if kept.parts:
                keys = like.names if isinstance(like, Rec) else range(len(kept.parts))
                inside = [written(key) for key in keys] if isinstance(like, (Rec, Tup)) else [""] * len(kept.parts)
                pairs = zip(kept.parts, inside, strict=True)
                return like.with_parts([self.value(part, name + way, span) for part, way in pairs])
            case like:
                return like

    def _frame(self, kept: KeptFrame, span: Span) -> Frame:
        if self._base is not None and kept.parent is None and kept is not FILE:
            return self._base._frame(kept, span)
        if id(kept) not in self._frames:
            parent = None if kept.parent is None else self._frame(kept.parent, span)
            frame = Frame(self._elaborator.frame.build, parent, kept.name, module=kept.module)
            self._frames[id(kept)] = frame
            if kept.parent is None:
                self.modules[id(frame)] = kept
            self._depth += 1
            for name, value in kept.env.items():
                frame.env[name] = self.value(value, name, span)
            self._depth -= 1
        return self._frames[id(kept)]


def texts(kept: Kept) -> Iterator[Func]:
    """The functions in a value, and those that they close over; modules are left out."""
    todo, seen = [kept], set[int]()
    while todo:
        item = todo.pop()
        todo.extend(item.parts)
        if isinstance(item.like, Func):
            yield item.like
            frame = item.frame
            while frame is not None and frame.parent is not None and id(frame) not in seen:
                seen.add(id(frame))
                todo.extend(frame.env.values())
                frame = frame.parent


_NOWHERE = Frame(Builder())
