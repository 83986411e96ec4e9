"""Builds and runs `midwatch serve`: Slack in, webhooks, health; starts and watches the reconciler.

Imports nothing heavy: no anthropic, chromadb, kubernetes or elasticsearch (a test says so).
"""

import ctypes
import gc
import logging
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass
from typing import Self

import uvicorn
from prometheus_client import CollectorRegistry
from slack_bolt import App
from slack_bolt.adapter.socket_mode import SocketModeHandler
from slack_bolt.authorization import AuthorizeResult
from slack_sdk.errors import SlackApiError

from bot.adapters.approval_index import RedisApprovalIndex
from bot.adapters.changes import offered_specs
from bot.adapters.ed25519 import Ed25519Signer
from bot.adapters.front import RedisFront
from bot.adapters.inbox import RedisInbox
from bot.adapters.metrics import QueueMetrics
from bot.adapters.presence import RedisBeat, RedisHearing, RedisWatchdog
from bot.adapters.redis_pace import RedisPace
from bot.adapters.rq_jobs import RqQueues
from bot.adapters.slack_approvers import SlackApprovers
from bot.adapters.slack_forms import SlackForms
from bot.core.approvers import unasked
from bot.core.errors import MidwatchError, SettingsWrong
from bot.core.redact import redact_json
from bot.core.wanted import usages
from bot.services.doors import People
from bot.services.offering import Offering
from bot.services.presence import Presence
from bot.services.reception import Reception
from bot.settings import ServeSettings, read
from bot.settings_seen import refuse_foreign
from bot.views.house import House
from bot.wiring.addresses import bound
from bot.wiring.common import Store, arm_failpoints, log_to_stderr, stop_on_signals, store
from bot.wiring.deciding import deciders_of
from bot.wiring.ourselves import Ourselves
from handlers.http import site
from handlers.listener import Door, install
from handlers.routes import ACTIONS, COMMANDS, EVENTS, FORMS, UNKNOWN
from handlers.webhooks import Webhooks

log = logging.getLogger("midwatch.serve")
RECONCILER = (sys.executable, "-m", "bot.wiring.reconciler")
WRONG_SETTINGS = 2
LOOK_SECONDS = 0.2
STEADY_SECONDS = 5
END_SECONDS = 5
EARS = 16
M_ARENA_MAX = -8
PING_SECONDS = 2  # the SDK gives a silent connection up after five pings


def slack_app(settings: ServeSettings, ourselves: Ourselves, ears: ThreadPoolExecutor) -> App:
    """The Bolt app: sync, answered only after the listener has written what it had to."""
    secret = settings.slack_signing_secret
    token = settings.slack_bot_token.get_secret_value()

    def authorize() -> AuthorizeResult:
        return AuthorizeResult(
            enterprise_id=None,
            team_id=ourselves.team,
            bot_user_id=ourselves.user,
            bot_id=ourselves.bot,
            bot_token=token,
        )

    bolt_log = logging.getLogger("midwatch.bolt")
    bolt_log.setLevel(
        logging.ERROR
    )  # it warns of SLACK_BOT_TOKEN at every start, and repeats every body it cannot route
    return App(
        logger=bolt_log,
        client=ourselves.client,
        authorize=authorize,
        signing_secret=secret.get_secret_value() if secret else None,
        request_verification_enabled=secret is not None,
        process_before_response=True,
        listener_executor=ears,
    )


def door(settings: ServeSettings, side: Store, ourselves: Ourselves, later: ThreadPoolExecutor) -> Door:
    specs = offered_specs()
    house = House(
        home=settings.home_channel,
        deciders=deciders_of(settings),
        oncall=settings.oncall,
        mode=settings.mode,
        usages=usages(specs),
    )
    index = RedisApprovalIndex(side.client)
    reception = Reception(RedisFront(side.client, redact_json, settings.retention_days), index)
    known = unasked(house.deciders)
    people = People(team=lambda: ourselves.team, approvers=lambda: known)
    pace = RedisPace(side.client)
    asking = SlackApprovers(house.deciders, ourselves.client, pace)
    forms = SlackForms(ourselves.client, pace)
    return Door(reception, later, Offering(side.ledgers, index, people, asking), forms.open, house, specs)


def stay_light() -> None:
    """Let waiting listeners in every millisecond, give threads no heap each, seek no garbage in what was imported."""
    gc.collect()
    gc.freeze()
    sys.setswitchinterval(0.001)
    if sys.platform == "linux":
        ctypes.CDLL(None).mallopt(M_ARENA_MAX, 2)


def main() -> None:
    """Run until told to stop."""
    log_to_stderr()
    stay_light()
    refuse_foreign("serve")
    settings = read(ServeSettings)
    if settings.slack_app_token is None and settings.slack_signing_secret is None:
        raise SettingsWrong("SLACK_APP_TOKEN (Socket Mode) or SLACK_SIGNING_SECRET (HTTP mode) is needed")
    Ed25519Signer.read(settings.signing_key.get_secret_value())  # the reconciler's; named here where a person looks
    arm_failpoints(settings.failpoints)
    stop = threading.Event()
    stop_on_signals(stop)
    with ExitStack() as stack:
        sockets = [stack.enter_context(one) for one in bound(settings.listen)]
        _run(settings, stop, sockets)


def _run(settings: ServeSettings, stop: threading.Event, sockets: list[socket.socket]) -> None:
    door_side = store(settings, quick=True)
    home = store(settings)
    ourselves = Ourselves.of(settings)
    with (
        Reconciler(stop) as reconciler,
        ThreadPoolExecutor(EARS, "ear") as ears,
        ThreadPoolExecutor(4, "later") as later,
    ):
        app = slack_app(settings, ourselves, ears)
        install(app, COMMANDS, ACTIONS, FORMS, door(settings, door_side, ourselves, later), EVENTS, UNKNOWN)
        slack_socket = _socket(settings, app, stop)
        threading.Thread(target=ourselves.keep_learning, args=(stop,), name="learn", daemon=True).start()
        webhooks = Webhooks(
            RedisInbox(door_side.client, door_side.payloads),
            door_side.bell,
            door_side.ledgers,
            settings.webhook_token.get_secret_value(),
            RedisHearing(door_side.client, settings.watchdog),
        )
        checks: dict[str, Callable[[], str | None]] = {
            "redis": lambda: _redis_wrong(door_side),
            "slack": lambda: ourselves.why_not or None,
            "reconciler": reconciler.why_not,
        }
        if slack_socket is not None:
            checks["slack_socket"] = lambda: None if slack_socket.connected() else "the Slack socket is not connected"
        registry = CollectorRegistry()
        inbox, watchdog = RedisInbox(home.client, home.payloads), RedisWatchdog(home.client)
        registry.register(QueueMetrics(home.ledgers, RqQueues(home.client), inbox, watchdog, checks))
        reached = slack_socket.connected if slack_socket is not None else lambda: True
        presence = Presence(home.ledgers, RedisBeat(home.client), home.bell, reached)
        threading.Thread(target=presence.keep, args=(stop,), name="presence", daemon=True).start()
        http = site(webhooks, app if settings.slack_signing_secret else None, checks, registry)
        try:
            _serve_http(http, sockets, stop)
        finally:  # whatever ended it: nothing else may keep this process alive and deaf
            stop.set()
            if slack_socket is not None:
                slack_socket.close()
    if reconciler.refused:
        raise SettingsWrong("the reconciler cannot start with these settings; its line above says why")


def _redis_wrong(side: Store) -> str | None:
    try:
        side.ledgers.now()
    except MidwatchError as error:
        return str(error)
    return None


class Reconciler:
    """The child process that reconciles: started anew when it dies; `serve` stops where its settings are wrong."""

    def __init__(self, stop: threading.Event) -> None:
        self._stop = stop
        self._child: subprocess.Popen[bytes] | None = None
        self.refused = False
        self._watch = threading.Thread(target=self._keep_running, name="reconciler", daemon=True)

    def __enter__(self) -> Self:
        self._watch.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._watch.join(END_SECONDS + 1)

    def why_not(self) -> str | None:
        """None while it runs."""
        child = self._child
        return None if child is not None and child.poll() is None else "the reconciler is not running"

    def _keep_running(self) -> None:
        while not self._stop.is_set():
            started = time.monotonic()
            child = self._child = subprocess.Popen(RECONCILER, stdin=subprocess.PIPE)
            while child.poll() is None and not self._stop.wait(LOOK_SECONDS):
                pass
            if self._stop.is_set():
                self._end(child)
            elif child.returncode == WRONG_SETTINGS:
                self.refused = True
                self._stop.set()
            else:
                log.error("the reconciler ended with %s; starting it again", child.returncode)
                self._stop.wait(0 if time.monotonic() - started > STEADY_SECONDS else 1)

    def _end(self, child: "subprocess.Popen[bytes]") -> None:
        assert child.stdin is not None
        child.stdin.close()
        try:
            child.wait(END_SECONDS)
        except subprocess.TimeoutExpired:
            child.kill()
            child.wait()


@dataclass
class Socket:
    """The Socket Mode connection, opened in the background so that Slack being down does not stop the webhooks."""

    handler: SocketModeHandler

    def open(self, stop: threading.Event) -> None:
        while not stop.is_set():
            try:
                self.handler.connect()  # type: ignore[no-untyped-call]
                return
            except (SlackApiError, OSError) as error:
                log.warning("Slack socket not opened: %s; trying again", type(error).__name__)
                stop.wait(2.0)

    def connected(self) -> bool:
        return bool(self.handler.client.is_connected())

    def close(self) -> None:
        self.handler.close()  # type: ignore[no-untyped-call]


def _socket(settings: ServeSettings, app: App, stop: threading.Event) -> Socket | None:
    if settings.slack_app_token is None:
        return None
    token = settings.slack_app_token.get_secret_value()
    handler = SocketModeHandler(app, token, web_client=app.client, concurrency=EARS, ping_interval=PING_SECONDS)
    slack_socket = Socket(handler)
    threading.Thread(target=slack_socket.open, args=(stop,), name="socket", daemon=True).start()
    return slack_socket


def _serve_http(http: object, sockets: list[socket.socket], stop: threading.Event) -> None:
    server = uvicorn.Server(uvicorn.Config(http, log_level="warning", access_log=False))  # type: ignore[arg-type]

    def end() -> None:
        stop.wait()
        server.should_exit = True

    threading.Thread(target=end, daemon=True).start()
    where = " ".join(str(one.getsockname()[:2]) for one in sockets)
    log.info("listening on %s at %s", where, time.strftime("%H:%M:%S"))
    server.run(sockets)
