"""The wheel holds all that is needed, and works without the checkout."""

from __future__ import annotations

import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent.parent

PROGRAM = """data t, y from "table.csv"
param a = 1.0
param b = 0.0
y ~ a + b * t
"""


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel, built from the checkout with the build tools at hand, as no network is needed for that."""
    folder = tmp_path_factory.mktemp("wheel")
    build = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)]
    subprocess.run(build, cwd=ROOT, capture_output=True, check=True)
    (built,) = folder.glob("*.whl")
    return built


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the package and nothing else."""
    folder = tmp_path_factory.mktemp("site")
    pip = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--no-index", "--target", str(folder)]
    subprocess.run([*pip, str(wheel)], capture_output=True, check=True)
    return folder


def test_the_wheel_holds_grammar_pages_library_page_and_licence(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        names = set(archive.namelist())
        entry_points = next(archive.read(name).decode() for name in names if name.endswith("entry_points.txt"))
    pages = {path.relative_to(ROOT).as_posix() for path in (ROOT / "dlang" / "diagnostics" / "explain").glob("*.md")}
    library = {path.relative_to(ROOT).as_posix() for path in (ROOT / "dlang" / "library").glob("*.dl")}
    page = {path.relative_to(ROOT).as_posix() for path in (ROOT / "dlang" / "graph" / "page").iterdir()}
    assert "dlang/library/stats.dl" in library
    assert "dlang/graph/page/page.js" in page
    assert {"dlang/grammars/dl.lark", "dlang/py.typed"} | pages | library | page <= names
    assert any(name.endswith("licenses/LICENSE") for name in names)
    assert {name.partition("/")[0] for name in names if ".dist-info/" not in name} == {"dlang"}
    assert [name for name in names if name.startswith("dlang/grammars/") and not name.endswith(".lark")] == []
    for command in ("difftool", "difflang"):
        assert f"{command} = dlang.cli.app:main" in entry_points
    assert "[pygments.lexers]\ndl = dlang.highlight:DlLexer" in entry_points


def test_the_installed_package_runs_a_program_in_another_folder(installed: Path, tmp_path: Path) -> None:
    (tmp_path / "line.dl").write_text(PROGRAM)
    (tmp_path / "table.csv").write_text("t,y\n0,1\n1,3\n2,5\n")
    environment = {**os.environ, "PYTHONPATH": str(installed), "XDG_CACHE_HOME": str(tmp_path / "cache")}

    def python(*argv: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, *argv], capture_output=True, encoding="utf-8", cwd=tmp_path, env=environment, check=False
        )

    assert python("-c", "import dlang; print(dlang.__file__)").stdout.startswith(str(installed))
    run = python("-m", "dlang", "run", "line.dl")
    assert (run.returncode, run.stdout, run.stderr) == (0, "objective  20\n", "")
    (tmp_path / "median.dl").write_text("import stats\nprint(stats.quantile([3, 1, 7], 0.5))\n")
    run = python("-m", "dlang", "run", "median.dl")
    assert (run.returncode, run.stdout, run.stderr) == (0, "3.0\n", "")
    explain = python("-m", "dlang", "explain", "E0201")
    assert (explain.returncode, explain.stdout.splitlines()[0]) == (0, "E0201: unknown name")
