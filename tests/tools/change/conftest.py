"""A fresh cluster for each test that asks for one."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.tools.change.stage import Stage, playing


@pytest.fixture
def stage(tmp_path: Path) -> Iterator[Stage]:
    with playing(tmp_path) as running:
        yield running
