"""The peer: a bare Bolt listener with Midwatch's own options, server and transport, that only acknowledges.

Run as `python -m tests.bench.bare PORT SIGNING_SECRET`.
"""

import logging
import sys
from concurrent.futures import ThreadPoolExecutor

import uvicorn
from slack_bolt import Ack, App
from slack_bolt.authorization import AuthorizeResult
from slack_sdk import WebClient
from starlette.applications import Starlette
from starlette.routing import Route

from handlers.http import slack_events


def main(port: int, secret: str) -> None:
    quiet = logging.getLogger("bare")
    quiet.setLevel(logging.ERROR)
    app = App(
        logger=quiet,
        client=WebClient(token="xoxb-bare"),
        authorize=lambda: AuthorizeResult(enterprise_id=None, team_id="T1", bot_user_id="U1", bot_token="xoxb-bare"),
        signing_secret=secret,
        process_before_response=True,
        listener_executor=ThreadPoolExecutor(16),
    )
    app.command("/ops")(acknowledge)
    app.action("approve")(acknowledge)
    site = Starlette(routes=[Route("/slack/events", slack_events(app), methods=["POST"])])
    uvicorn.run(site, host="127.0.0.1", port=port, log_level="warning", access_log=False)


def acknowledge(ack: Ack) -> None:
    ack()


if __name__ == "__main__":
    main(int(sys.argv[1]), sys.argv[2])
