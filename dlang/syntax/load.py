"""The tables of this installation: from the cache where it has them, else compiled and kept."""

from __future__ import annotations

import zlib
from functools import cache
from typing import cast

from dlang import cache as on_disk
from dlang.syntax.grammar import FORMAT, Compiled, compile_grammar, grammar_text
from dlang.syntax.tables import Tables, decode
from dlang.version import __version__

__all__ = ["tables"]


@cache
def tables() -> Tables:
    """The tables that the scanner and the parser run.

    Raises:
        InternalError: the grammar is missing or wrong.
    """
    text = grammar_text()
    key = f"grammar-{__version__}-{FORMAT}-{len(text)}-{zlib.crc32(text.encode()):08x}"
    stored = on_disk.load(key)
    if stored is not None:
        try:
            return decode(cast(Compiled, stored))
        except (LookupError, TypeError, ValueError):
            pass  # whole, and still no tables: another program's file
    compiled = compile_grammar(text)
    on_disk.store(key, compiled)
    return decode(compiled)
