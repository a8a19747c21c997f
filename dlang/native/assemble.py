"""From the functions that an entry needs to one module of LLVM text."""

from __future__ import annotations

from collections.abc import Mapping, Set

from dlang.ir.nodes import Call, Function
from dlang.ir.ownership import Ownership
from dlang.ir.traits import Traits, statements
from dlang.native import runtime
from dlang.native.callbacks import Callbacks
from dlang.native.emit import Emitter, Signature
from dlang.native.text import Text, type_of
from dlang.records import record
from dlang.types import DType, Type

__all__ = ["Assembled", "assemble"]


@record
class Assembled:
    """A module as text.

    Attributes:
        text: of LLVM.
        callbacks: what the text calls by symbol.
        frame: bytes of frames that a call needs; None where functions call themselves.
        taped: it needs a tape.
        loops: it has loops, and so may have to be interrupted.
    """

    text: str
    callbacks: Callbacks
    frame: int | None
    taped: bool
    loops: bool


def assemble(
    functions: Mapping[str, Function], ownership: Mapping[str, Ownership], entry: str, found: Traits
) -> Assembled:
    """Text of functions, and of the entry that reads operands from slots.

    Raises:
        Unsupported: a construct that machine code is not made of.
    """
    callbacks = Callbacks()
    signatures = {name: Signature(fn, f"fn{k}", found) for k, (name, fn) in enumerate(functions.items())}
    texts, declared, frames, used = [runtime.PRELUDE], set[str](), dict[str, int](), set[str]()
    for name, function in functions.items():
        emitter = Emitter(function, signatures, ownership[name], callbacks)
        texts.append(emitter.function())
        declared |= emitter.text.declared
        used |= emitter.text.used
        frames[name] = emitter.size
    texts += _vector_functions(used, declared)
    texts.append(_entry(signatures[entry]))
    text = "\n".join([*texts[:1], *sorted(declared), *texts[1:]])
    frame = None if found.recursive else _deepest(entry, functions, frames, {})
    loops = "monotonic" in text
    return Assembled(text, callbacks, frame, entry in found.taped, loops)


def _vector_functions(wanted: Set[str], declared: set[str]) -> list[str]:
    """Definitions of functions of our own, and those that these call; what they declare is added."""
    if not wanted:
        return []
    from dlang.native.vector_math import function_text

    found: dict[str, str] = {}
    todo = sorted(wanted)
    while todo:
        name = todo.pop()
        if name not in found:
            found[name], more, used = function_text(name)
            declared |= more
            todo += sorted(used)
    return list(found.values())


def _deepest(name: str, functions: Mapping[str, Function], frames: Mapping[str, int], known: dict[str, int]) -> int:
    """Bytes of the frames that lie above each other where calls nest deepest."""
    if name not in known:
        callees = {s.callee for s in statements(functions[name].block) if isinstance(s, Call)}
        below = max((_deepest(callee, functions, frames, known) for callee in callees), default=0)
        known[name] = frames[name] + below
    return known[name]


def _entry(signature: Signature) -> str:
    """Read the operands from the slots, call, write the results: all params, then all results, 8 bytes each."""
    text = Text()
    text.lines = []
    given = ["ptr %rt", f"ptr {_word(text, runtime.FRAME)}"]
    given += [f"ptr {_word(text, runtime.TAPE)}"] * signature.taped + ["i64 0"] * signature.recursive
    for k, type_ in enumerate(signature.params):
        at = text.at("%slots", 8 * k)
        given.append(f"{type_of(type_)} {_read(text, at, type_)}")
    first = len(signature.params)
    for k, type_ in enumerate(signature.results, start=first):
        if not type_.is_scalar:
            place_at = text.at("%slots", 8 * k)
            given.append(f"ptr {text.op(f'load ptr, ptr {place_at}')}")
    call = f"call {signature.kind} @{signature.name}({', '.join(given)})"
    whole = text.op(call) if signature.returned else ""
    if not signature.returned:
        text.line(call)
    place = int(signature.taped)
    for k, type_ in enumerate(signature.results, start=first):
        if type_.is_scalar:
            piece = whole
            if len(signature.returned) > 1:
                piece = text.op(f"extractvalue {signature.kind} {whole}, {place}")
            place += 1
            if type_.dtype is DType.BOOL:
                piece = text.op(f"zext i1 {piece} to i64")
            kind = "double" if type_.dtype is DType.REAL else "i64"
            text.line(f"store {kind} {piece}, ptr {text.at('%slots', 8 * k)}")
    text.line("ret void")
    return runtime.entry_text("\n".join(text.lines))


def _word(text: Text, offset: int) -> str:
    return text.op(f"load ptr, ptr {text.at('%rt', offset)}")


def _read(text: Text, at: str, type_: Type) -> str:
    if not type_.is_scalar:
        return text.op(f"load ptr, ptr {at}")
    if type_.dtype is DType.BOOL:
        return text.op(f"icmp ne i64 {text.op(f'load i64, ptr {at}')}, 0")
    return text.op(f"load {type_of(type_)}, ptr {at}")
