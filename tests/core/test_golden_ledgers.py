"""Ledgers that a released Midwatch wrote are read for ever: intact, understood whole, and meaning the same."""

import json
from pathlib import Path
from typing import Any

import pytest

from bot.core.approval import State
from bot.core.folding import fold
from bot.core.ledger import WORKSPACE, check_chain, open_line
from bot.core.workspace import fold_workspace

FOLDER = Path(__file__).parents[1] / "recordings" / "ledgers"
STORIES = sorted(FOLDER.glob("*-inc-*.jsonl"))


def lines_of(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


@pytest.mark.parametrize("path", STORIES, ids=lambda path: path.stem)
def test_an_incident_of_an_earlier_release_still_reads_the_same(path: Path) -> None:
    lines = lines_of(path)
    ledger = lines[0]["ledger"]
    incident = fold(ledger, map(open_line, lines))

    assert check_chain(ledger, lines).intact
    assert (incident.unknown, incident.ignored) == (0, 0)
    assert incident.resolved_at is not None
    assert [a.state for a in incident.approvals.values()] == [State.SUCCEEDED]
    assert [[c.result for c in x.checks] for x in incident.executions.values()] == [["passed", "passed"]]
    assert [click.state for click in incident.clicks.values()] == ["refused", "counted"]


@pytest.mark.parametrize("path", sorted(FOLDER.glob("*-workspace.jsonl")), ids=lambda path: path.stem)
def test_a_workspace_of_an_earlier_release_still_reads_the_same(path: Path) -> None:
    lines = lines_of(path)
    workspace = fold_workspace(map(open_line, lines))

    assert check_chain(WORKSPACE, lines).intact
    assert (workspace.unknown, workspace.ignored) == (0, 0)
    assert (workspace.closed, workspace.locks) == (1, {})


def test_there_is_a_golden_story() -> None:
    assert STORIES
