"""What every compiled module shares: the block of state that a run is given, and how a run is left.

The state is 1 KB that the caller owns; its first words are, at these offsets in bytes, what is named here. A fault
writes its code and jumps back to the entry (`longjmp`): nothing has to be undone, as a run owns no memory but its tape
and frames.
"""

from __future__ import annotations

__all__ = [
    "CODE",
    "DEEP",
    "ENTRY",
    "FAULT",
    "FAULTED",
    "FRAME",
    "FRAME_END",
    "INTERRUPTED",
    "PRELUDE",
    "STACK_END",
    "STATE_SIZE",
    "TAPE",
    "TAPE_END",
    "TAPE_FULL",
    "TAPE_MOST",
    "entry_text",
]

# Offsets in the state; the flag that asks a run to stop is its first word.
CODE, TAPE_END, FRAME_END, STACK_END, TAPE, FRAME, TAPE_MOST = 8, 16, 24, 32, 40, 48, 56
_JUMP = 512
STATE_SIZE = 1024

FAULTED, TAPE_FULL, DEEP, INTERRUPTED = 1, 2, 3, 4
"""Codes of a run that did not end: a fault of the program, the tape is full, calls nest too deep, it was stopped."""

FAULT, ENTRY = "dl.fault", "dl.entry"

PRELUDE = f"""
declare void @longjmp(ptr, i32) noreturn
declare i32 @_setjmp(ptr) returns_twice

define internal void @{FAULT}(ptr %rt, i64 %code) cold noreturn noinline {{
  %at = getelementptr i8, ptr %rt, i64 {CODE}
  store volatile i64 %code, ptr %at
  %jump = getelementptr i8, ptr %rt, i64 {_JUMP}
  call void @longjmp(ptr %jump, i32 1)
  unreachable
}}

!0 = !{{!"branch_weights", i32 1, i32 1000000}}
"""


def entry_text(body: str) -> str:
    """The function that Python calls, `i64 dl.entry(state, slots)`: 0, or the code of a fault.

    Args:
        body: the instructions of `dl.run`, which reads operands from the slots and writes results there.
    """
    return f"""
define internal void @dl.run(ptr noalias %rt, ptr noalias %slots) noinline {{
{body}
}}

define i64 @{ENTRY}(ptr %rt, ptr %slots) {{
  %jump = getelementptr i8, ptr %rt, i64 {_JUMP}
  %left = call i32 @_setjmp(ptr %jump) returns_twice
  %first = icmp eq i32 %left, 0
  br i1 %first, label %run, label %gone
run:
  call void @dl.run(ptr %rt, ptr %slots)
  ret i64 0
gone:
  %at = getelementptr i8, ptr %rt, i64 {CODE}
  %code = load volatile i64, ptr %at
  ret i64 %code
}}
"""
