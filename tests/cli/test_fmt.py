"""`difftool fmt` in a process of its own: what it writes, says and returns."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

WRONG, RIGHT = b"x=1\r\n", b"x = 1\n"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A program that is in the layout, one that is not, and one that is none."""
    (tmp_path / "right.dl").write_bytes(RIGHT)
    (tmp_path / "wrong.dl").write_bytes(WRONG)
    (tmp_path / "broken.dl").write_bytes(b"x=(\n")
    return tmp_path


def fmt(folder: Path, *argv: str, stdin: bytes = b"", **environment: str) -> tuple[int, str, str]:
    """The exit code, standard output and standard error of a command."""
    done = subprocess.run(
        [sys.executable, "-m", "dlang", "fmt", *argv],
        input=stdin,
        capture_output=True,
        check=False,
        cwd=folder,
        env={**os.environ, **environment},
        timeout=60,
    )
    assert b"Traceback" not in done.stderr
    return done.returncode, done.stdout.decode(), done.stderr.decode()


def test_files_are_written_where_they_change(folder: Path) -> None:
    before = (folder / "right.dl").stat()
    assert fmt(folder, "right.dl", "wrong.dl") == (0, "right.dl: unchanged\nwrong.dl: reformatted\n", "")
    assert (folder / "wrong.dl").read_bytes() == RIGHT
    after = (folder / "right.dl").stat()
    assert (after.st_mtime_ns, after.st_ino) == (before.st_mtime_ns, before.st_ino)
    assert sorted(each.name for each in folder.iterdir()) == ["broken.dl", "right.dl", "wrong.dl"]


def test_quiet_says_nothing(folder: Path) -> None:
    assert fmt(folder, "--quiet", "wrong.dl") == (0, "", "")
    assert (folder / "wrong.dl").read_bytes() == RIGHT


def test_a_byte_order_mark_is_a_difference(folder: Path) -> None:
    (folder / "mark.dl").write_bytes(b"\xef\xbb\xbf" + RIGHT)
    assert fmt(folder, "--check", "mark.dl")[0] == 1
    assert fmt(folder, "mark.dl") == (0, "mark.dl: reformatted\n", "")
    assert (folder / "mark.dl").read_bytes() == RIGHT


def test_check_writes_nothing_and_fails_where_something_would_change(folder: Path) -> None:
    code, out, err = fmt(folder, "wrong.dl", "--check", "right.dl")
    assert (code, out, err) == (1, "wrong.dl: would be reformatted\nright.dl: unchanged\n", "")
    assert (folder / "wrong.dl").read_bytes() == WRONG
    assert fmt(folder, "--check", "right.dl")[0] == 0


def test_diff_shows_and_writes_nothing(folder: Path) -> None:
    wanted = "--- wrong.dl\n+++ wrong.dl (formatted)\n@@ -1 +1 @@\n-x=1\r\n+x = 1\n"
    assert fmt(folder, "--diff", "wrong.dl", "right.dl") == (0, wanted, "")
    assert (folder / "wrong.dl").read_bytes() == WRONG
    assert fmt(folder, "--diff", "--check", "wrong.dl") == (1, wanted, "wrong.dl: would be reformatted\n")


def test_a_diff_says_that_the_last_line_has_no_end(folder: Path) -> None:
    _, out, _ = fmt(folder, "-", "--diff", stdin=b"x = 1")
    assert out.splitlines()[3:] == ["-x = 1", "\\ No newline at end of file", "+x = 1"]


def test_a_coloured_diff_lets_no_control_character_through(folder: Path) -> None:
    _, out, _ = fmt(folder, "-", "--diff", "--color", "always", stdin=b"x=1 # \x1b[5m\n")
    assert "\x1b[31m-x=1 # \ufffd[5m\x1b[0m\n\x1b[32m+x = 1  # \ufffd[5m\x1b[0m\n" in out


@pytest.mark.parametrize("locale", ["C", "C.UTF-8"])
def test_standard_input_goes_to_standard_output_in_utf_8(folder: Path, locale: str) -> None:
    text = "é=1  # naïve\r\n".encode()
    assert fmt(folder, "-", stdin=text, LC_ALL=locale, PYTHONUTF8="0") == (0, "é = 1  # naïve\n", "")


def test_standard_input_can_be_checked(folder: Path) -> None:
    assert fmt(folder, "-", "--check", stdin=WRONG) == (1, "<stdin>: would be reformatted\n", "")
    assert fmt(folder, "-", "--check", stdin=RIGHT) == (0, "<stdin>: unchanged\n", "")


def test_a_program_with_errors_is_left_alone_and_the_others_are_formatted(folder: Path) -> None:
    code, out, err = fmt(folder, "broken.dl", "wrong.dl")
    assert (code, out) == (1, "wrong.dl: reformatted\n")
    assert err.startswith("error[E0108]: `(` is never closed\n --> broken.dl:1:3\n".replace(" -->", "  -->"))
    assert (folder / "broken.dl").read_bytes() == b"x=(\n"
    assert fmt(folder, "-", stdin=b"x=(\n")[:2] == (1, "")


def test_what_cannot_be_read_is_told(folder: Path) -> None:
    (folder / "latin.dl").write_bytes(b"x = 1 # \xe9\n")
    code, out, err = fmt(folder, "none.dl", ".", "latin.dl", "wrong.dl")
    assert (code, out) == (2, "wrong.dl: reformatted\n")
    assert [line[:12] for line in err.splitlines() if line.startswith("error")] == [
        "error[E0705]",
        "error[E0706]",
        "error[E0707]",
    ]
    assert fmt(folder, "none.dl", "broken.dl")[0] == 1


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may write everything")
def test_a_file_that_may_not_be_written_stays(folder: Path) -> None:
    (folder / "wrong.dl").chmod(0o444)
    code, out, err = fmt(folder, "wrong.dl")
    assert (code, out) == (2, "")
    assert err.startswith("error[E0712]: cannot use the file `wrong.dl`\nnote: permission denied\n")
    assert (folder / "wrong.dl").read_bytes() == WRONG


@pytest.mark.skipif(sys.platform == "win32", reason="permissions of POSIX")
def test_permissions_and_links_stay(folder: Path) -> None:
    (folder / "wrong.dl").chmod(0o750)
    (folder / "link.dl").symlink_to("wrong.dl")
    assert fmt(folder, "link.dl")[0] == 0
    assert (folder / "link.dl").is_symlink()
    assert (folder / "wrong.dl").read_bytes() == RIGHT
    assert (folder / "wrong.dl").stat().st_mode & 0o777 == 0o750


def test_json_has_every_file_and_every_error(folder: Path) -> None:
    code, out, err = fmt(folder, "--json", "--diff", "-", "wrong.dl", "broken.dl", stdin=WRONG)
    assert (code, err) == (1, "")
    found = json.loads(out)
    assert found["schema"] == "difftool.fmt/1"
    assert [(f["file"], f["changed"], f["text"]) for f in found["files"]] == [
        ("<stdin>", True, "x = 1\n"),
        ("wrong.dl", True, None),
    ]
    assert found["files"][1]["diff"].endswith("-x=1\r\n+x = 1\n")
    assert [(e["code"], e["file"]) for e in found["errors"]] == [("E0108", "broken.dl")]
    assert json.loads(fmt(folder, "--json", "right.dl")[1])["files"][0]["diff"] is None


def test_no_file_is_a_fault_of_the_command_line(folder: Path) -> None:
    code, _, err = fmt(folder)
    assert code == 2
    assert err.startswith("error[E0704]: `difftool fmt` needs FILE\n")
