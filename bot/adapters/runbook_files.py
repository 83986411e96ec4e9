"""Reads runbook folders into a `Corpus`, and lints them for `midwatch runbooks lint`. What they mean is core's.

A page without front matter is for people and for the search alone. A broken page stops the process that would
reason with it, naming file and key: a runbook that silently vanishes is missed at 02:00.
"""

import importlib
import pkgutil
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import yaml

from bot.adapters.cel import compile_cel
from bot.adapters.looks import discover
from bot.core.errors import SettingsWrong
from bot.core.runbook import Corpus, Problem
from bot.core.runbook_reading import Known, Page, read_pages
from bot.core.tool import Effect, Spec

SHIPPED = Path(__file__).resolve().parents[2] / "runbooks"
SPECS = "tools.specs"
Specs = Mapping[str, Spec]


def load(paths: Sequence[Path], reading: Sequence[Spec] = (), changes: Sequence[Spec] = ()) -> Corpus:
    """The corpus of these folders, later ones first; raises `SettingsWrong` with every problem.

    Pages are held against every tool there is, offered here or not: a page may ask for what another place has.
    """
    known = [*(tool.spec for tool in discover()), *reading]
    corpus, problems = _read(paths, _by_name(known), _by_name([*change_specs(), *changes]))
    if problems:
        raise SettingsWrong("\n".join(str(problem) for problem in problems))
    return corpus


def lint(paths: Sequence[Path]) -> list[Problem]:
    """Everything that is wrong with the runbooks below these folders, against all tools there are."""
    _, problems = _read(paths, _by_name([tool.spec for tool in discover()]), _by_name(change_specs()))
    return problems


def change_specs(folder: str = SPECS) -> tuple[Spec, ...]:
    """The specs of every changing tool, by walking their folder; none of their implementations is imported."""
    package = importlib.import_module(folder)
    found = []
    for entry in sorted(pkgutil.iter_modules(package.__path__), key=lambda entry: entry.name):
        if entry.ispkg:
            continue
        spec = getattr(importlib.import_module(f"{folder}.{entry.name}"), "SPEC", None)
        if not isinstance(spec, Spec) or spec.effect is not Effect.CHANGE:
            raise SettingsWrong(f"{folder}.{entry.name}: a spec module has SPEC, a Spec whose effect is change")
        found.append(spec)
    return tuple(found)


def _by_name(specs: Sequence[Spec]) -> Specs:
    return {spec.name: spec for spec in specs}


def _read(paths: Sequence[Path], reading: Specs, changes: Specs) -> tuple[Corpus, list[Problem]]:
    problems: list[Problem] = []
    pages = [page for number, path in enumerate(paths) for page in _pages(path, number, problems)]
    corpus, wrong = read_pages(pages, Known(reading, changes, compile_cel))
    return corpus, problems + wrong


def _pages(path: Path, number: int, problems: list[Problem]) -> Iterator[Page]:
    if not path.exists():
        problems.append(Problem(str(path), "folder", "there is no such file or folder"))
    files = [path] if path.is_file() else sorted(path.rglob("*.md"))
    for file in files:
        if file.name == "README.md" or any(part.startswith(".") for part in file.relative_to(path).parts):
            continue
        try:
            text = file.read_text(encoding="utf-8")
            yield Page(str(file), front_matter(text), number, text.partition("\n---\n")[2])
        except (OSError, UnicodeDecodeError, yaml.YAMLError, ValueError) as error:
            problems.append(Problem(str(file), "front matter", " ".join(str(error).split())[:300]))


def front_matter(text: str) -> Any:
    """The YAML between the first two `---` lines; None where the page has none."""
    if not text.startswith("---\n"):
        return None
    head, end, _ = text[4:].partition("\n---")
    if not end:
        raise ValueError("begins with --- and does not end")
    return yaml.safe_load(head)
