"""The tree's own rules. This module imports nothing of ours, so that it runs whatever is broken."""

import ast
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
SOURCES = ("platform", "tenants", "search", "workers")
MODULE_LINES = 400
FUNCTION_LINES = 50


def packages() -> set[str]:
    """Dotted names of the packages directly below the namespace."""
    return {f"gongkai.{init.parent.name}" for root in SOURCES for init in (ROOT / root).glob("gongkai/*/__init__.py")}


def modules() -> list[Path]:
    """Every module of the product, migrations left out."""
    found = [path for root in SOURCES for path in (ROOT / root).rglob("*.py")]
    return [path for path in found if "migrations" not in path.parts]


@pytest.mark.parametrize("root", SOURCES)
def test_no_package_marker_stands_above_the_packages(root: str) -> None:
    assert not (ROOT / root / "__init__.py").exists()
    assert not (ROOT / root / "gongkai" / "__init__.py").exists()


def test_every_package_has_its_marker_and_a_sentence() -> None:
    missing = []
    for path in modules():
        init = path.parent / "__init__.py"
        if not init.exists() or not ast.get_docstring(ast.parse(init.read_text("utf8"))):
            missing.append(str(path.parent.relative_to(ROOT)))
    assert not sorted(set(missing))


def test_nothing_importable_is_called_platform() -> None:
    names = [path for path in ROOT.rglob("platform*") if ".venv" not in path.parts and ".git" not in path.parts]
    clashes = [p for p in names if p.stem == "platform" and (p.suffix == ".py" or (p / "__init__.py").exists())]
    assert not clashes


def test_the_standard_library_keeps_its_platform() -> None:
    code = "import platform; assert platform.system()"
    subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=True)


def test_the_lists_of_packages_agree_with_the_disk() -> None:
    tool = tomllib.loads((ROOT / "pyproject.toml").read_text("utf8"))["tool"]
    lists = {
        "coverage": tool["coverage"]["run"]["source_pkgs"],
        "import-linter": tool["importlinter"]["root_packages"],
        "layers": tool["importlinter"]["contracts"][0]["layers"],
    }
    for name, listed in lists.items():
        assert set(listed) == packages(), name


def test_modules_stay_small() -> None:
    long = {str(p.relative_to(ROOT)): len(p.read_text("utf8").splitlines()) for p in modules()}
    assert not {name: lines for name, lines in long.items() if lines > MODULE_LINES}


def test_functions_stay_small() -> None:
    long = {}
    for path in modules():
        for node in ast.walk(ast.parse(path.read_text("utf8"))):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.end_lineno is not None:
                lines = node.end_lineno - node.lineno + 1
                if lines > FUNCTION_LINES:
                    long[f"{path.relative_to(ROOT)}:{node.name}"] = lines
    assert not long


def test_imports_stand_at_the_top() -> None:
    inner = []
    for path in modules():
        for function in ast.walk(ast.parse(path.read_text("utf8"))):
            if isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef):
                inner += [
                    f"{path.relative_to(ROOT)}:{node.lineno}"
                    for node in ast.walk(function)
                    if isinstance(node, ast.Import | ast.ImportFrom)
                ]
    assert not inner


def test_only_the_edge_commits() -> None:
    """One transaction a request, job or command, committed at its edge (`docs/patterns.md`)."""
    allowed = {"uow.py", "current.py", "outbox.py", "migrate.py"}
    found = []
    for path in modules():
        for node in ast.walk(ast.parse(path.read_text("utf8"))):
            if isinstance(node, ast.Call) and ast.unparse(node.func).endswith(".commit"):
                found += [f"{path.relative_to(ROOT)}:{node.lineno}"] if path.name not in allowed else []
    assert not found
