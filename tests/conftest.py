"""What every test may ask for: a real Valkey, started once a session on a free port, a fresh database each test."""

import os
import shutil
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest
import redis
from hypothesis import settings

from bot.adapters.embedded import EmbeddedValkey

# The same examples for everybody, and no deadline: other tests share the machine. MIDWATCH_EXPLORE=1 looks further.
settings.register_profile("midwatch", deadline=None, derandomize="MIDWATCH_EXPLORE" not in os.environ, print_blob=True)
settings.load_profile("midwatch")

PROGRAMS = {
    "redis": "redis-server",
    "prometheus": "prometheus",
    "promtool": "promtool",
    "alertmanager": "prometheus-alertmanager",
    "chromium": "chromium",
}


def pytest_runtest_setup(item: pytest.Item) -> None:
    for mark in item.iter_markers("needs"):
        missing = [name for name in mark.args if shutil.which(PROGRAMS[name]) is None]
        if missing and os.environ.get("MIDWATCH_TEST_REQUIRE") == "all":
            pytest.fail(f"not installed: {', '.join(missing)}")
        if missing:
            pytest.skip(f"not installed: {', '.join(missing)} (apt-get install, or see .ci/run)")


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture(scope="session")
def valkey(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmbeddedValkey]:
    folder: Path = tmp_path_factory.mktemp("valkey")
    with EmbeddedValkey.start(folder, free_port()) as server:
        yield server


@pytest.fixture
def redis_url(valkey: EmbeddedValkey) -> str:
    """URL of an empty Redis with full rights."""
    with redis.Redis.from_url(valkey.url) as client:
        client.flushall()
    return valkey.url
