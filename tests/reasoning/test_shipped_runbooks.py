"""The runbooks that ship: they lint, read well for people, and name no scenario's service."""

import re
from pathlib import Path

import pytest
import yaml

from bot.adapters.runbook_files import SHIPPED, lint
from tests.reasoning import builders as b

PAGES = sorted(SHIPPED.glob("*.md"))
SCENARIOS = Path(__file__).resolve().parents[2] / "bot/playground/scenarios"
FOR_PEOPLE = ("symptoms", "how to check by hand", "how to fix", "follow-up")


def test_they_have_no_problems() -> None:
    assert lint([SHIPPED]) == []


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.stem)
def test_each_reads_for_a_person_from_symptom_to_follow_up(path: Path) -> None:
    sections = b.corpus().runbooks[path.stem].sections

    assert [name for name in FOR_PEOPLE if len(sections.get(name, "")) < 20] == []


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.stem)
def test_none_knows_a_name_of_a_scenario(path: Path) -> None:
    words = set(re.findall(r"[a-z][a-z0-9_]{3,}", path.read_text().lower()))
    names = set()
    for scenario in SCENARIOS.glob("*/scenario.yaml"):
        told = yaml.safe_load(scenario.read_text())
        names |= {told["namespace"], *told.get("metrics", {}).values()}
        beside = (*told.get("cron_jobs", ()), *told.get("gauges", ()))
        names |= {one["name"] for one in (*told["services"], *beside)}
        names |= {one["alert"].lower() for one in told["alerts"]}

    assert words & names == set()


def test_every_explained_cause_exists() -> None:
    causes = {cause.id for page in b.corpus().runbooks.values() for cause in page.causes}

    told = {name for page in b.corpus().runbooks.values() for cause in page.causes for name in cause.explains}

    assert told <= causes
