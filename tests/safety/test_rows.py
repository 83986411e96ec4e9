"""Every quick row of the safety table holds, its control gets through, and the README names the rows there are."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.safety.attacks import ATTACKS
from tests.safety.ground import Ground, standing
from tests.safety.rows import measure

README = Path(__file__).parents[2] / "README.md"
TRIES = 3


@pytest.fixture(scope="module")
def ground(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ground]:
    with standing(tmp_path_factory.mktemp("safety")) as made:
        yield made


@pytest.mark.parametrize("attack", [one for one in ATTACKS if not one.slow], ids=lambda one: one.name)
def test_the_attack_gets_nowhere_and_its_control_does(ground: Ground, attack: object) -> None:
    row = measure(attack, ground, TRIES, seed=7)  # type: ignore[arg-type]

    assert row.through == 0
    assert row.control_through >= 1


def test_the_readme_shows_exactly_these_rows() -> None:
    [section] = re.findall(r"^## Safety table\n(.*?)(?=^## |\Z)", README.read_text(encoding="utf-8"), re.M | re.S)
    shown = re.findall(r"^([a-z][a-z-]+) +(\d+) +(\d+) +(\d+)$", section, re.M)

    assert [name for name, *_ in shown] == [one.name for one in ATTACKS]
    assert all(int(tries) >= 20 and through == "0" and int(control) >= 1 for _, tries, through, control in shown)
