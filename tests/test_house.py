"""The house's own rules that no linter knows: sizes, words, and that a scenario's names stay in its folder."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).parents[1]
SOURCES = sorted(p for folder in ("bot", "handlers", "tools") for p in (ROOT / folder).rglob("*.py"))
LONGEST_FILE = 300
TABLES = {ROOT / "bot/core/events.py"}  # one row after another: every kind a ledger can hold, read by searching
LONGEST_FUNCTION = 50
NOT_WORDS = re.compile(r"(^|_)(manager|helper|util|utils|misc)(_|$|s$)", re.IGNORECASE)


def functions(path: Path) -> Iterator[tuple[str, int]]:
    """Name and length of every function, its docstring left out."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            documented = ast.get_docstring(node) is not None and len(node.body) > 1
            start = node.body[1].lineno if documented else node.lineno
            yield node.name, (node.end_lineno or start) - start + 1


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: str(path.relative_to(ROOT)))
def test_files_and_functions_stay_small_enough_to_read(path: Path) -> None:
    assert path in TABLES or len(path.read_text(encoding="utf-8").splitlines()) <= LONGEST_FILE
    assert [(name, lines) for name, lines in functions(path) if lines > LONGEST_FUNCTION] == []


def test_every_file_says_what_it_decides_in_at_most_ten_lines() -> None:
    silent = [
        str(path.relative_to(ROOT))
        for path in SOURCES
        if path.read_text(encoding="utf-8").strip()
        and not 0 < len((ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))) or "").splitlines()) <= 24
    ]

    assert silent == []


def test_no_file_is_named_for_nothing() -> None:
    assert [str(p) for p in SOURCES if NOT_WORDS.search(p.stem)] == []


def scenario_names() -> set[str]:
    """Names only a scenario knows: services, metrics, alerts of the shipped ones."""
    names: set[str] = set()
    for path in (ROOT / "bot/playground/scenarios").glob("*/scenario.yaml"):
        told = yaml.safe_load(path.read_text(encoding="utf-8"))
        names |= {service["name"] for service in told["services"]}
        names |= {alert["alert"] for alert in told.get("alerts", ())}
        names |= {name for key, name in (told.get("metrics") or {}).items() if isinstance(name, str)}
        names.add(told["namespace"])
    return names


def test_no_name_of_a_scenario_occurs_outside_the_playground() -> None:
    names = scenario_names()
    assert len(names) > 10
    places = [p for p in SOURCES if "playground" not in p.parts] + sorted((ROOT / "runbooks").glob("*.md"))
    found = {
        (str(path.relative_to(ROOT)), name)
        for path in places
        for name in names
        if re.search(rf"(?<![\w-]){re.escape(name)}(?![\w-])", path.read_text(encoding="utf-8"))
    }

    assert found == set()


def test_no_test_patches_what_it_tests() -> None:
    patching = re.compile(r"mock\.patch|@patch\b|monkeypatch\.setattr\(")
    own = Path(__file__)

    assert [str(p) for p in (ROOT / "tests").rglob("*.py") if p != own and patching.search(p.read_text())] == []
