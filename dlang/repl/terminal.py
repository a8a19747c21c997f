"""The session on a terminal: prompts, editing over several lines, colours, completion and history.

The door to prompt_toolkit, which is loaded only here.
"""

from __future__ import annotations

import sys
from asyncio import CancelledError
from collections.abc import Callable, Iterable
from functools import partial

from prompt_toolkit import PromptSession
from prompt_toolkit.completion import CompleteEvent, Completer, Completion
from prompt_toolkit.document import Document
from prompt_toolkit.enums import DEFAULT_BUFFER
from prompt_toolkit.filters import completion_is_selected, has_completions, has_focus
from prompt_toolkit.formatted_text import StyleAndTextTuples
from prompt_toolkit.history import InMemoryHistory
from prompt_toolkit.key_binding import KeyBindings, KeyPressEvent
from prompt_toolkit.lexers import Lexer
from prompt_toolkit.output import ColorDepth
from prompt_toolkit.styles import Style

from dlang.repl.colours import STYLE, pieces
from dlang.repl.complete import completions
from dlang.repl.history import history
from dlang.repl.reading import Entry
from dlang.repl.shell import Shell
from dlang.syntax.unfinished import INDENT, OpenLines, is_unfinished
from dlang.version import __version__

__all__ = ["begin"]

GREETING = f"difftool {__version__}. `:help` lists the commands, Ctrl-D leaves."
PROMPT, MORE = "dl> ", "  > "


def begin(shell: Shell, file: str | None, *, colour: bool, quiet: bool = False) -> None:
    """Greet, load a file, and answer until the user leaves."""
    if not quiet:
        sys.stdout.write(GREETING + "\n")
    if file is not None:
        _guarded(partial(shell.open, file))
    prompt = _prompt(shell, colour)
    line = 1
    while not shell.is_over:
        try:
            text = prompt.prompt()
        except (KeyboardInterrupt, CancelledError):  # the latter where Ctrl-C comes before the prompt is up
            continue
        except EOFError:
            break
        if text.strip():
            _guarded(partial(shell.enter, Entry(line, text)))
        line += text.count("\n") + 1


def _guarded(action: Callable[[], None]) -> None:
    """Run until it ends or Ctrl-C is pressed; the session goes on."""
    try:
        action()
        sys.stdout.flush()
    except KeyboardInterrupt:
        sys.stdout.write("\ninterrupted\n")
        sys.stdout.flush()


def _prompt(shell: Shell, colour: bool) -> PromptSession[str]:
    return PromptSession(
        [("class:prompt", PROMPT)],
        multiline=True,
        prompt_continuation=[("class:more", MORE)],
        lexer=_Lexer() if colour else None,
        style=Style.from_dict(STYLE if colour else {}),
        color_depth=None if colour else ColorDepth.DEPTH_1_BIT,
        completer=_Completer(shell),
        complete_while_typing=False,
        history=history() or InMemoryHistory(),
        key_bindings=_keys(),
        enable_suspend=True,
        include_default_pygments_style=False,
    )


class _Lexer(Lexer):
    """Colours lines by the language's own patterns."""

    def lex_document(self, document: Document) -> Callable[[int], StyleAndTextTuples]:
        lines = document.lines
        return lambda number: list(pieces(lines[number])) if number < len(lines) else []


class _Completer(Completer):
    """Offers what is in scope."""

    def __init__(self, shell: Shell) -> None:
        self._shell = shell

    def get_completions(self, document: Document, complete_event: CompleteEvent) -> Iterable[Completion]:
        for each in completions(self._shell.session, document.text_before_cursor):
            yield Completion(each.text, -each.behind, display_meta=each.meta)


def _keys() -> KeyBindings:
    keys = KeyBindings()

    is_typing = has_focus(DEFAULT_BUFFER)  # and not searching the history

    @keys.add("enter", filter=is_typing & ~completion_is_selected)
    def _(event: KeyPressEvent) -> None:
        """Run what is whole; else begin the next line, indented."""
        buffer = event.current_buffer
        document = buffer.document
        is_last_line = "\n" not in document.text_after_cursor.rstrip()
        if document.text.lstrip().startswith(":") or (is_last_line and not is_unfinished(document.text)):
            buffer.validate_and_handle()
        else:
            _new_line(event)

    @keys.add("enter", filter=is_typing & completion_is_selected)
    def _(event: KeyPressEvent) -> None:
        """Take the completion that is selected."""
        event.current_buffer.complete_state = None

    @keys.add("escape", "enter", filter=is_typing)
    def _(event: KeyPressEvent) -> None:
        _new_line(event)

    @keys.add("tab", filter=is_typing & ~has_completions)
    def _(event: KeyPressEvent) -> None:
        """Complete; at the beginning of a line, indent."""
        buffer = event.current_buffer
        if buffer.document.current_line_before_cursor.strip() or buffer.document.line_count == 1:
            buffer.start_completion(insert_common_part=True)
        else:
            buffer.insert_text(" " * INDENT)

    @keys.add("}", filter=is_typing)
    @keys.add("]", filter=is_typing)
    @keys.add(")", filter=is_typing)
    def _(event: KeyPressEvent) -> None:
        """Close a bracket; at the beginning of a line, one level further out."""
        buffer = event.current_buffer
        before = buffer.document.current_line_before_cursor
        if len(before) >= INDENT and not before.strip():
            buffer.delete_before_cursor(INDENT)
        buffer.insert_text(event.data)

    return keys


def _new_line(event: KeyPressEvent) -> None:
    lines = OpenLines()
    for line in event.current_buffer.document.text_before_cursor.split("\n"):
        lines.add(line)
    event.current_buffer.insert_text("\n" + " " * lines.indent)
