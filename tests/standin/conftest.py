"""One real stand-in process for all these tests, emptied before each; reached only over its sockets, like Slack."""

import json
from collections.abc import Iterator

import httpx2
import pytest
from slack_sdk import WebClient

from tests.standin.stage import WORKSPACE, People, Slack, start


@pytest.fixture(scope="session")
def running_standin(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    workspace = tmp_path_factory.mktemp("standin") / "workspace.json"
    workspace.write_text(json.dumps(WORKSPACE))
    running, base_url = start(workspace)
    yield base_url
    running.terminate()
    running.wait(10)
    assert running.stdout is not None
    running.stdout.close()


@pytest.fixture
def slack(running_standin: str) -> Iterator[Slack]:
    with httpx2.Client(trust_env=False, timeout=20) as http:
        people = People(running_standin, http)
        people.do("reset")
        yield Slack(running_standin, people)


@pytest.fixture
def people(slack: Slack) -> People:
    return slack.people


@pytest.fixture
def bot(slack: Slack) -> WebClient:
    """The real SDK client of the app under test."""
    return slack.client()
