"""Goldens: what a person would see, as sorted JSON in `golden/`. `make golden` writes them anew."""

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

FOLDER = Path(__file__).parent / "golden"
Golden = Callable[[str, Any], None]


@pytest.fixture
def golden() -> Golden:
    def compare(name: str, value: Any) -> None:
        path = FOLDER / f"{name}.json"
        text = json.dumps(value, indent=2, sort_keys=True, ensure_ascii=False) + "\n"
        if os.environ.get("MIDWATCH_GOLDEN") == "write":
            path.write_text(text, encoding="utf-8")
        assert path.exists(), f"no golden {name}: run `make golden` and look at what it wrote"
        assert text == path.read_text(encoding="utf-8"), f"{name} is drawn differently: `make golden`, then look"

    return compare
