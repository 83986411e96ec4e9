"""`midwatch runbooks index|search|lint`, and the index the diagnose worker searches."""

import json
from collections.abc import Sequence
from pathlib import Path

from bot.adapters import runbook_files, runbook_index
from bot.core.errors import BadInput
from bot.settings import BookSettings, read
from bot.wiring.reading import print_line

FOLDER = "runbooks-index"


def index(paths: list[Path]) -> int:
    """Build (or rebuild) the index."""
    settings = read(BookSettings)
    built = runbook_index.index(folders(paths or settings.runbooks), settings.data_dir / FOLDER, settings.chroma_url)
    print_line(str(built))
    return 0


def search(query: list[str], as_json: bool) -> int:
    settings = read(BookSettings)
    into = settings.data_dir / FOLDER
    ensure(settings.runbooks, into, settings.chroma_url)
    words = " ".join(query)
    pages = runbook_index.search(
        into, words, alertname=words if len(query) == 1 else "", chroma_url=settings.chroma_url
    )
    if as_json:
        print_line(json.dumps([vars(page) for page in pages], ensure_ascii=False))
        return 0
    for page in pages:
        print_line(f"{page.score:.2f}  {page.title} ({page.id}): {page.why}")
    if not pages:
        print_line("No runbook is near enough to this.")
    return 0


def lint(paths: list[Path]) -> int:
    """Print every problem; 1 when there is one."""
    problems = runbook_files.lint(folders(paths or read(BookSettings).runbooks))
    for problem in problems:
        print_line(str(problem))
    return 1 if problems else 0


def ensure(paths: Sequence[Path], into: Path, chroma_url: str = "") -> None:
    """Make the index anew where the pages changed."""
    if not runbook_index.is_current(paths, into):
        runbook_index.index(paths, into, chroma_url)


def folders(paths: Sequence[Path]) -> list[Path]:
    missing = [str(path) for path in paths if not path.exists()]
    if missing:
        raise BadInput(f"no such folder: {', '.join(missing)}; name one, or set MIDWATCH_RUNBOOKS")
    return list(paths)
