"""Builds and runs `midwatch serve`: Slack in, webhooks, health, the reconciler, and the signing key.

Imports nothing heavy: no anthropic, chromadb, kubernetes or elasticsearch (a test says so).
"""

import ctypes
import logging
import sys
import threading
import time
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

import uvicorn
from prometheus_client import CollectorRegistry
from slack_bolt import App
from slack_bolt.adapter.socket_mode import SocketModeHandler
from slack_bolt.authorization import AuthorizeResult
from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError

from bot.adapters.anchors import FileAnchors
from bot.adapters.approval_index import RedisApprovalIndex
from bot.adapters.ed25519 import Ed25519Signer
from bot.adapters.front import RedisFront
from bot.adapters.heard import RedisHeard
from bot.adapters.inbox import RedisInbox
from bot.adapters.metrics import QueueMetrics
from bot.adapters.rq_jobs import RedisBell, RqQueues
from bot.core.commands import OpenIncident, parse
from bot.core.errors import MidwatchError, Refused, SettingsWrong
from bot.core.ledger import WORKSPACE
from bot.core.narration import due_at
from bot.core.question import fold_question
from bot.core.redact import redact_json
from bot.services.approvals import Approvals, People
from bot.services.intake import Intake, Opening, person_opens
from bot.services.reception import Reception
from bot.services.reconciling import Reconciling, Serving
from bot.settings import ServeSettings, read, refuse_foreign
from bot.wiring.common import Store, arm_failpoints, listening, log_to_stderr, pacing, stop_on_signals, store
from handlers.http import site
from handlers.listener import Door, install
from handlers.routes import ACTIONS, COMMANDS
from handlers.webhooks import Webhooks

log = logging.getLogger("midwatch.serve")
SLACK_SECONDS = 10
EARS = 16
M_ARENA_MAX = -8
PING_SECONDS = 2  # the SDK gives a silent connection up after five pings


@dataclass
class Ourselves:
    """Who this bot is in Slack, learnt by auth.test as soon as Slack answers."""

    client: WebClient
    team: str | None = None
    user: str | None = None
    bot: str | None = None
    why_not: str = "Slack has not been asked yet"
    _learning: threading.Lock = field(default_factory=threading.Lock)

    def learn(self) -> bool:
        with self._learning:
            try:
                answer = self.client.auth_test()
            except SlackApiError as error:
                self.why_not = f"auth.test: {error.response.get('error')}"
                return False
            except OSError as error:
                self.why_not = f"Slack does not answer: {type(error).__name__}"
                return False
            self.team, self.user, self.bot = answer["team_id"], answer["user_id"], answer.get("bot_id")
            self.why_not = ""
            return True

    def keep_learning(self, stop: threading.Event) -> None:
        while not self.learn() and not stop.wait(2.0):
            log.warning("%s; trying again", self.why_not)


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


def reconciler(settings: ServeSettings, home: Store, ourselves: Ourselves) -> tuple[Reconciling, RedisInbox]:
    inbox = RedisInbox(home.client, home.payloads)
    intake = Intake(home.ledgers, home.payloads, inbox, home.bell)
    people = People(team=lambda: ourselves.team, approvers=lambda: frozenset(settings.approvers))
    signer = Ed25519Signer.read(settings.signing_key.get_secret_value())

    def sort_alone() -> int:
        with inbox.alone("intake", 4000) as leading:
            return intake.empty() if leading and len(inbox) else 0

    return (
        Reconciling(
            home.ledgers,
            home.payloads,
            RqQueues(home.client),
            Approvals(home.ledgers, signer, people, RedisHeard(home.client)),
            Serving(open_incident=_opener(intake, home), intake=sort_alone),
            pacing(settings),
            due_at,
            _anchoring(settings, home),
        ),
        inbox,
    )


def _anchoring(settings: ServeSettings, home: Store) -> Callable[[str], None]:
    """Note a ledger's head, and the workspace's, outside Redis; nothing where no file is set."""
    if settings.anchors is None:
        return lambda _: None
    anchors = FileAnchors(settings.anchors)

    def note(ledger: str) -> None:
        for name in (ledger, WORKSPACE):
            head = home.ledgers.head(name)
            if head.length:
                anchors.note(name, head.length, head.hash)

    return note


def _opener(intake: Intake, home: Store) -> Callable[[str], Mapping[str, object]]:
    def open_incident(ask: str) -> Mapping[str, object]:
        question = fold_question(ask, home.ledgers.read(ask))
        assert question.text is not None
        command = parse(home.payloads.get(ask, question.text))
        if not isinstance(command, OpenIncident):
            raise Refused("not an incident")
        said = Opening(command.title, question.user, command.severity, command.service, command.namespace)
        incident = person_opens(intake, home.ledgers, home.payloads, ask, said)
        return {"kind": "incident_opened", "incident": incident, "title": command.title}

    return open_incident


def stay_light() -> None:
    """Let waiting listeners in every millisecond, and keep glibc from giving each thread a heap of its own."""
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
    arm_failpoints(settings.failpoints)
    stop = threading.Event()
    stop_on_signals(stop)
    _run(settings, stop)


def _run(settings: ServeSettings, stop: threading.Event) -> None:
    door_side = store(settings, quick=True)
    home = store(settings)
    ourselves = Ourselves(
        WebClient(
            token=settings.slack_bot_token.get_secret_value(), base_url=settings.slack_api_url, timeout=SLACK_SECONDS
        )
    )
    with ThreadPoolExecutor(EARS, "ear") as ears, ThreadPoolExecutor(4, "later") as later:
        app = slack_app(settings, ourselves, ears)
        reception = Reception(
            RedisFront(door_side.client, redact_json, settings.retention_days), RedisApprovalIndex(door_side.client)
        )
        install(app, COMMANDS, ACTIONS, Door(reception, later))
        work, inbox = reconciler(settings, home, ourselves)
        socket = _socket(settings, app, stop)
        bell = RedisBell(listening(settings))
        threads = [
            threading.Thread(target=ourselves.keep_learning, args=(stop,), name="learn", daemon=True),
            threading.Thread(target=work.watch_all, args=(inbox, stop), name="sweep", daemon=True),
            threading.Thread(target=work.answer_bell, args=(bell, stop), name="bell", daemon=True),
        ]
        for thread in threads:
            thread.start()
        webhooks = Webhooks(
            RedisInbox(door_side.client, door_side.payloads),
            door_side.bell,
            door_side.ledgers,
            settings.webhook_token.get_secret_value(),
        )
        checks: dict[str, Callable[[], str | None]] = {
            "redis": lambda: _redis_wrong(door_side),
            "slack": lambda: ourselves.why_not or None,
        }
        for thread in threads[1:]:
            checks[thread.name] = _thread_check(thread)
        if socket is not None:
            checks["slack_socket"] = lambda: None if socket.connected() else "the Slack socket is not connected"
        registry = CollectorRegistry()
        registry.register(QueueMetrics(home.ledgers, RqQueues(home.client), inbox))
        http = site(webhooks, app if settings.slack_signing_secret else None, checks, registry)
        _serve_http(settings, http, stop)
        stop.set()
        if socket is not None:
            socket.close()


def _thread_check(thread: threading.Thread) -> Callable[[], str | None]:
    return lambda: None if thread.is_alive() else f"the {thread.name} thread has ended; restart serve"


def _redis_wrong(side: Store) -> str | None:
    try:
        side.ledgers.now()
    except MidwatchError as error:
        return str(error)
    return None


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
    socket = Socket(handler)
    threading.Thread(target=socket.open, args=(stop,), name="socket", daemon=True).start()
    return socket


def _serve_http(settings: ServeSettings, http: object, stop: threading.Event) -> None:
    host, _, port = settings.listen.rpartition(":")
    server = uvicorn.Server(
        uvicorn.Config(http, host=host or "127.0.0.1", port=int(port), log_level="warning", access_log=False)  # type: ignore[arg-type]
    )

    def end() -> None:
        stop.wait()
        server.should_exit = True

    threading.Thread(target=end, daemon=True).start()
    log.info("listening on %s at %s", settings.listen, time.strftime("%H:%M:%S"))
    server.run()
