"""`difftool repl` on a terminal, driven key by key."""

from __future__ import annotations

import stat
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from terminal import Terminal

UP, CTRL_C, CTRL_D, CTRL_R, ALT_ENTER = "\x1b[A", "\x03", "\x04", "\x12", "\x1b\r"
PASTE = "\x1b[200~{}\x1b[201~"


@pytest.fixture
def begin(tmp_path: Path) -> Iterator[Callable[..., Terminal]]:
    """Begins sessions in a folder, with a cache of their own; each is at its first prompt."""
    begun: list[Terminal] = []

    def start(*argv: str, **env: str) -> Terminal:
        terminal = Terminal("repl", *argv, cwd=tmp_path, env={"XDG_CACHE_HOME": str(tmp_path / "cache"), **env})
        begun.append(terminal)
        terminal.wait("leaves.")
        terminal.wait("dl>")
        return terminal

    yield start
    for each in begun:
        each.__exit__()


def answer(terminal: Terminal, keys: str, wanted: str) -> str:
    """Press keys, wait for a text, and then for the next prompt; all that came."""
    terminal.send(keys)
    before = terminal.wait(wanted)
    return before + wanted + terminal.wait("dl>")


def test_a_line_is_answered(begin: Callable[..., Terminal]) -> None:
    terminal = begin()
    answer(terminal, "1 + 2\r", "\n3\n")
    answer(terminal, "x = 20\r", "x = 20")
    answer(terminal, "x + 1\r", "\n21\n")


def test_a_function_is_typed_over_several_lines_that_are_indented(begin: Callable[..., Terminal]) -> None:
    terminal = begin()
    terminal.send("fn f(x) {\r")
    terminal.wait("  >")
    terminal.send("y = x^2\r")
    terminal.wait("  >")
    answer(terminal, "y + 1\r}\r", "}")
    answer(terminal, "f(3)\r", "\n10\n")
    answer(terminal, ":help f\r", "  y = x^2\n")


def test_alt_enter_begins_a_line_although_the_statement_is_whole(begin: Callable[..., Terminal]) -> None:
    terminal = begin()
    terminal.send(f"x = 5{ALT_ENTER}")
    terminal.wait("  >")
    answer(terminal, "x * 2\r", "\n10\n")


def test_several_statements_can_be_pasted(begin: Callable[..., Terminal]) -> None:
    terminal = begin()
    terminal.send(PASTE.format("fn g(x) {\n  x + 1\n}\na = g(1)\nif a > 1 { a }\nelse { 0 }"))
    terminal.wait("else")
    answer(terminal, "\r", "\n2\n")


def test_tab_completes_and_shows_signatures(begin: Callable[..., Terminal]) -> None:
    terminal = begin()
    terminal.send("softm\t")
    terminal.wait("softmax")
    answer(terminal, "([0, 0])\r", "\n[0.5, 0.5]\n")
    answer(terminal, "fn longest(a, b = 2) = a; fn longer(x) = x\r", "x")
    terminal.send("longe\t")
    terminal.wait("longest(a, b = 2)")
    terminal.send(CTRL_C)
    terminal.wait("dl>")


def test_ctrl_c_drops_the_line_that_is_typed(begin: Callable[..., Terminal]) -> None:
    terminal = begin()
    terminal.send("nonsense (")
    terminal.wait("nonsense (")
    terminal.send(CTRL_C)
    terminal.wait("dl>")
    answer(terminal, "1 + 1\r", "\n2\n")


@pytest.mark.parametrize(
    "line",
    [
        "while true {}",
        "print(0); for i in 0..1000000000 { i }",
        "fn f(n) = if n < 0 { 0 } else { f(n + 1) }; while true { f(9.0e9) }",
    ],
)
def test_ctrl_c_stops_what_runs_and_the_session_lives_on(line: str, begin: Callable[..., Terminal]) -> None:
    terminal = begin()
    answer(terminal, "x = 7\r", "7")
    terminal.send(f'x = 8; print("begun"); {line}\r')
    terminal.wait("\nbegun\n")
    terminal.send(CTRL_C)
    terminal.wait("interrupted\n")
    terminal.wait("dl>")
    answer(terminal, "x\r", "\n7\n")


def test_ctrl_d_and_quit_leave(begin: Callable[..., Terminal]) -> None:
    first, second = begin(), begin()
    first.send(CTRL_D)
    assert first.end() == 0
    second.send(":quit\r")
    assert second.end() == 0


def test_an_error_is_shown_in_colours_and_the_session_goes_on(begin: Callable[..., Terminal]) -> None:
    terminal = begin()
    answer(terminal, "undefnd\r", "not defined here\n")
    assert "\x1b[1;31merror[E0201]\x1b[0m" in terminal.raw
    answer(terminal, "1 // 0\r", "error[E0604]")
    answer(terminal, "2\r", "\n2\n")
    terminal.send(CTRL_D)
    assert terminal.end() == 0


def test_what_is_typed_has_the_colours_of_its_kind(begin: Callable[..., Terminal]) -> None:
    terminal = begin()
    answer(terminal, 'while false { print("x") }\r', "}")
    assert "35;1mwhile" in terminal.raw or "1;35mwhile" in terminal.raw
    assert '32m"x"' in terminal.raw


@pytest.mark.parametrize(("argv", "env"), [((), {"NO_COLOR": "1"}), (("--color", "never"), {})])
def test_without_colours_there_are_none(
    argv: tuple[str, ...], env: dict[str, str], begin: Callable[..., Terminal]
) -> None:
    terminal = begin(*argv, **env)
    answer(terminal, "while false { 1 }\r", "}")
    answer(terminal, "undefnd\r", "not defined here\n")
    assert "[1;31m" not in terminal.raw
    assert ";35" not in terminal.raw


def test_the_history_is_kept_for_the_next_session_and_for_nobody_else(
    begin: Callable[..., Terminal], tmp_path: Path
) -> None:
    first = begin()
    answer(first, "40 + 2\r", "\n42\n")
    first.send(CTRL_D)
    assert first.end() == 0
    kept = tmp_path / "cache" / "difftool" / "history"
    assert stat.S_IMODE(kept.stat().st_mode) == 0o600
    second = begin()
    answer(second, f"{UP}\r", "\n42\n")
    second.send(f"{CTRL_R}40 +")
    second.wait("40 + 2")
    answer(second, "\r\r", "\n42\n")


def test_a_history_that_cannot_be_written_is_done_without(begin: Callable[..., Terminal], tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    terminal = begin(XDG_CACHE_HOME=str(tmp_path / "file"))
    answer(terminal, "1 + 1\r", "\n2\n")
    answer(terminal, f"{UP}\r", "\n2\n")


def test_a_file_is_loaded_and_its_names_told(begin: Callable[..., Terminal], tmp_path: Path) -> None:
    (tmp_path / "p.dl").write_text("x = 1\nfn f(y) = x + y\n")
    terminal = begin("p.dl")
    assert "p.dl: f, x\n" in terminal.text
    answer(terminal, "f(2)\r", "\n3\n")


def test_a_narrow_terminal_is_filled_no_further(tmp_path: Path) -> None:
    with Terminal("repl", cwd=tmp_path, env={"XDG_CACHE_HOME": str(tmp_path / "cache")}, columns=40) as terminal:
        terminal.wait("dl>")
        shown = answer(terminal, "linspace(0, 1, 1001)\r", "# [1001]\n")
        assert "[0.0, 0.001, …, 0.999, 1.0]" in shown or "…" in shown
        assert max(len(line) for line in shown.splitlines() if "0.0" in line) <= 40


def test_a_dumb_terminal_gets_neither_prompts_nor_escapes(tmp_path: Path) -> None:
    with Terminal("repl", cwd=tmp_path, env={"TERM": "dumb", "XDG_CACHE_HOME": str(tmp_path / "cache")}) as terminal:
        terminal.send("1 + 2\r")
        terminal.wait("\n3\n")
        terminal.send("undefnd\r")
        terminal.wait("not defined here\n")
        terminal.send('print("begun"); while true {}\r')
        terminal.wait("\nbegun\n")
        terminal.send(CTRL_C)
        terminal.wait("interrupted\n")
        terminal.send("3 + 4\r")
        terminal.wait("\n7\n")
        terminal.send(CTRL_D)
        assert terminal.end() == 1
        assert "\x1b" not in terminal.raw
        assert "dl>" not in terminal.text
