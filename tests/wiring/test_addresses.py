"""Where `serve` listens: IPv6 too; and what cannot be listened on ends it at once, with a reason."""

import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from bot.adapters.ed25519 import generate
from bot.core.errors import SettingsWrong
from bot.wiring.addresses import bound
from tests.conftest import free_port

ROOT = Path(__file__).parents[2]


@pytest.fixture
def taken() -> Iterator[int]:
    with closing(socket.create_server(("127.0.0.1", 0))) as other:
        yield int(other.getsockname()[1])


def reached(address: tuple[str, int]) -> bool:
    with closing(socket.create_connection(address, timeout=5)):
        return True


def test_it_listens_on_an_address_of_either_kind_and_on_a_name() -> None:
    for listen, near in (("127.0.0.1", "127.0.0.1"), ("[::1]", "::1"), ("localhost", "127.0.0.1"), ("", "127.0.0.1")):
        port = free_port()
        sockets = bound(f"{listen}:{port}")
        try:
            assert reached((near, port))
        finally:
            for one in sockets:
                one.close()


def test_every_address_of_both_kinds_is_one_socket() -> None:
    port = free_port()
    [only] = bound(f"[::]:{port}")
    with closing(only):
        assert reached(("127.0.0.1", port))
        assert reached(("::1", port))


@pytest.mark.parametrize("listen", ["192.0.2.1:8080", "no-such-host.invalid:8080"])
def test_an_address_that_is_not_this_machines_is_said(listen: str) -> None:
    with pytest.raises(SettingsWrong, match=f"cannot listen on {listen}"):
        bound(listen)


def test_serve_ends_with_a_reason_where_its_port_is_taken(taken: int, redis_url: str) -> None:
    env = {
        "REDIS_URL": redis_url,
        "SLACK_BOT_TOKEN": "xoxb-x",
        "SLACK_APP_TOKEN": "xapp-x",
        "SLACK_API_URL": "http://127.0.0.1:1/api/",
        "MIDWATCH_WEBHOOK_TOKEN": "0123456789abcdef",
        "MIDWATCH_SIGNING_KEY": generate().private,
        "MIDWATCH_HOME_CHANNEL": "C0123",
        "MIDWATCH_LISTEN": f"127.0.0.1:{taken}",
    }
    done = subprocess.run(
        [sys.executable, "-m", "bot", "serve"],
        env={"PATH": os.environ["PATH"], **env},
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=60,
    )

    assert done.returncode == 2
    assert f"MIDWATCH_LISTEN: cannot listen on 127.0.0.1:{taken}: Address already in use" in done.stderr
    assert "Traceback" not in done.stderr
