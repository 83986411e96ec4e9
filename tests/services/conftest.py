"""One real stand-in process for the narrator's tests, emptied before each."""

import json
from collections.abc import Iterator

import httpx2
import pytest
import redis

from tests.services.newsroom import Newsroom
from tests.standin.stage import WORKSPACE, People, Slack, start


@pytest.fixture(scope="session")
def standin_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    workspace = tmp_path_factory.mktemp("narrated") / "workspace.json"
    workspace.write_text(json.dumps(WORKSPACE))
    running, base_url = start(workspace)
    yield base_url
    running.terminate()
    running.wait(10)
    assert running.stdout is not None
    running.stdout.close()


@pytest.fixture
def newsroom(standin_url: str, redis_url: str) -> Iterator[Newsroom]:
    with httpx2.Client(trust_env=False, timeout=20) as http, redis.Redis.from_url(redis_url) as client:
        people = People(standin_url, http)
        people.do("reset")
        people.do("settings", file_ready_s=0)  # time passes only where a test says so
        yield Newsroom(Slack(standin_url, people), client)
