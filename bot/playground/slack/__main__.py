"""`python -m bot.playground.slack --workspace FILE --port N`: the stand-in on this machine, until it is stopped.

With port 0 a free one is taken. The first line on standard output says where it listens.
"""

import argparse
import socket
import sys
from pathlib import Path

import uvicorn
from pydantic import ValidationError

from bot.playground.slack.app import build
from bot.playground.slack.browser.settings import read_settings
from bot.playground.slack.seed import read_seed
from bot.playground.slack.wire import CuttableProtocol

HOST = "127.0.0.1"


def main() -> int:
    wanted = _arguments()
    try:
        seed = read_seed(wanted.workspace)
        page = read_settings(wanted.page) if wanted.page else None
    except (OSError, ValueError, ValidationError) as error:
        sys.stderr.write(f"cannot use {wanted.workspace} or {wanted.page}: {error}\n")
        return 2
    listener = socket.create_server((HOST, wanted.port), backlog=512)
    listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)  # asyncio does so only for sockets it made itself
    base_url = f"http://{HOST}:{listener.getsockname()[1]}"
    sys.stdout.write(f"{base_url}\n")
    sys.stdout.flush()
    config = uvicorn.Config(
        build(seed, base_url, page),
        http=CuttableProtocol,
        log_level="warning",
        access_log=False,
        proxy_headers=False,
        timeout_graceful_shutdown=1,
    )
    uvicorn.Server(config).run(sockets=[listener])
    return 0


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bot.playground.slack", description=__doc__)
    parser.add_argument("--workspace", type=Path, required=True, help="JSON or YAML: team, users, channels, apps")
    parser.add_argument("--page", type=Path, help="JSON: who may open the page at /page/, and what it is told")
    parser.add_argument("--port", type=int, default=0, help="0 takes a free one")
    return parser.parse_args()


if __name__ == "__main__":
    raise SystemExit(main())
