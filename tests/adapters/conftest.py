"""The stand-in Slack as a process of its own, for adapters that ask it who somebody is."""

import json
from collections.abc import Iterator

import httpx2
import pytest

from tests.standin.stage import WORKSPACE, People, Slack, start


class Unpaced:
    def wait(self, key: str, per_second: float, burst: int) -> float:
        return 0.0

    def close(self, key: str, seconds: float) -> None:
        raise AssertionError("nothing was closed")


@pytest.fixture(scope="module")
def slack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Slack]:
    path = tmp_path_factory.mktemp("members") / "workspace.json"
    path.write_text(json.dumps(WORKSPACE))
    running, base_url = start(path)
    with httpx2.Client(trust_env=False, timeout=20) as http:
        yield Slack(base_url, People(base_url, http))
    running.terminate()
    running.wait(10)
    assert running.stdout is not None
    running.stdout.close()
