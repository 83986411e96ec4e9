"""Builds and runs the reconciler, a process of its own that `midwatch serve` starts, watches and ends.

It has serve's credentials and duties, and none of its deadlines: beside the listeners in one interpreter it would
cost every acknowledgement milliseconds of waiting for its turn. It ends when its standard input does.
"""

import logging
import sys
import threading
from collections.abc import Callable, Mapping

from bot.adapters.anchors import FileAnchors
from bot.adapters.changes import offered_specs
from bot.adapters.ed25519 import Ed25519Signer
from bot.adapters.heard import RedisHeard
from bot.adapters.inbox import RedisInbox
from bot.adapters.redis_pace import RedisPace
from bot.adapters.rq_jobs import RedisBell, RqQueues
from bot.adapters.slack_approvers import SlackApprovers
from bot.adapters.slack_channels import SlackChannels
from bot.adapters.slack_members import SlackMembers
from bot.core.commands import TITLE_NEEDED, AskForIncident, Do, OpenIncident, parse
from bot.core.errors import BadInput, MidwatchError
from bot.core.ledger import WORKSPACE
from bot.core.narration import due_at
from bot.core.question import fold_question
from bot.core.tool import Spec
from bot.core.wanted import read_wanted
from bot.services.approvals import Approvals
from bot.services.asking import Asking
from bot.services.daily_anchor import DailyAnchor
from bot.services.doors import People
from bot.services.folds import Folds
from bot.services.freezing import Freezing
from bot.services.intake import Intake, Opening, person_opens
from bot.services.leasing import Leasing
from bot.services.opening import open_seen
from bot.services.pressing import Members, Pressing
from bot.services.reception import PROBE
from bot.services.reconciling import Reconciling, Serving
from bot.settings import ServeSettings, read
from bot.wiring.common import Store, arm_failpoints, listening, log_to_stderr, pacing, stop_on_signals, store
from bot.wiring.deciding import deciders_of, enders_of
from bot.wiring.ourselves import Ourselves

log = logging.getLogger("midwatch.reconciler")
WRONG_SETTINGS = 2
INTAKE_SECONDS = 1.0


def reconciling(settings: ServeSettings, home: Store, inbox: RedisInbox, ourselves: Ourselves) -> Reconciling:
    folds = Folds(home.ledgers)
    intake = Intake(home.ledgers, home.payloads, inbox, home.bell, folds, settings.watchdog)
    pace = RedisPace(home.client)
    approvers = SlackApprovers(deciders_of(settings), ourselves.client, pace)
    may_end = SlackApprovers(enders_of(settings), ourselves.client, pace)
    people = People(team=lambda: ourselves.team, approvers=approvers)
    specs = {spec.name: spec for spec in offered_specs()}
    signer = Ed25519Signer.read(settings.signing_key.get_secret_value())
    note = _anchoring(settings, home)
    daily = DailyAnchor(home.ledgers, home.bell, signer, note)
    heard = RedisHeard(home.client)
    known = SlackMembers(ourselves.client, pace, lambda: ourselves.team)
    channels = SlackChannels(ourselves.client, pace)

    def barred(user: str, channel: str) -> str | None:
        return known.why_not(user) or channels.why_not(channel)

    members = Members(lambda: ourselves.team, known.why_not)
    asking = Asking(home.ledgers, home.payloads, home.bell, specs, members, settings.mode)
    leasing = Leasing(home.ledgers, home.payloads, signer, people, heard, barred, folds, known.why_not)
    freezing = Freezing(home.ledgers, home.payloads, home.bell, members, approvers)
    return Reconciling(
        folds,
        home.payloads,
        RqQueues(home.client),
        Approvals(home.ledgers, signer, people, heard, barred, folds, leasing),
        Serving(
            pressing=Pressing(home.ledgers, members, heard, may_end),
            open_incident=_opener(intake, home),
            intake=_before_all(daily, intake, inbox, home),
            requests={"request": asking.request, "freeze": freezing.run, "unfreeze": freezing.run},
            reply=_replier(home, specs),
            team=lambda: ourselves.team,
        ),
        pacing(settings),
        due_at,
        note,
    )


def _before_all(daily: DailyAnchor, intake: Intake, inbox: RedisInbox, home: Store) -> Callable[[], int]:
    """What every sweep begins with: the day's anchor, and whatever came in, sorted by one process at a time."""

    def sort_alone() -> int:
        daily.run()
        with inbox.alone("intake", 4000) as leading:
            count = intake.empty(INTAKE_SECONDS) if leading and len(inbox) else 0
        if count and len(inbox):
            home.bell.ring("inbox")  # behind whatever else rang: a click does not wait for a storm to be sorted
        return count

    return sort_alone


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
        if question.command == "open_seen":
            return open_seen(intake, home.ledgers, home.payloads, question)
        try:
            command = parse(home.payloads.get(ask, question.text))
        except BadInput as error:  # redaction may have made the words others than those the door has read
            return {"kind": "misread", "says": str(error)}
        if not isinstance(command, OpenIncident):
            return {"kind": "misread", "says": TITLE_NEEDED}
        said = Opening(command.title, question.user, command.severity, command.service, command.namespace)
        incident = person_opens(intake, home.ledgers, home.payloads, ask, said)
        return {"kind": "incident_opened", "incident": incident, "title": command.title}

    return open_incident


def _replier(home: Store, specs: Mapping[str, Spec]) -> Callable[[str], Mapping[str, object]]:
    """What a mention is told when nothing has to be looked at: help, or what was not understood and what would be."""

    def reply(ask: str) -> Mapping[str, object]:
        question = fold_question(ask, home.ledgers.read(ask))
        if question.command == PROBE:
            return {"kind": "probed"}
        assert question.text is not None
        try:
            command = parse(home.payloads.get(ask, question.text))
            if isinstance(command, Do):
                read_wanted(command.words, specs.values())
            if isinstance(command, AskForIncident):
                raise BadInput(TITLE_NEEDED)
        except BadInput as error:
            return {"kind": "misread", "says": str(error)}
        return {"kind": "help"}

    return reply


def main() -> int:
    """Run until told to stop, until `serve` is gone, or until one of its threads ends."""
    log_to_stderr()
    stop = threading.Event()
    stop_on_signals(stop)
    try:
        settings = read(ServeSettings)
        arm_failpoints(settings.failpoints)
        home = store(settings)
        inbox, ourselves = RedisInbox(home.client, home.payloads), Ourselves.of(settings)
        work = reconciling(settings, home, inbox, ourselves)
    except MidwatchError as error:
        log.error("the reconciler cannot start: %s", error)
        return WRONG_SETTINGS
    bell = RedisBell(listening(settings))
    threads = [
        threading.Thread(target=work.watch_all, args=(inbox, stop), name="sweep", daemon=True),
        threading.Thread(target=work.answer_bell, args=(bell, stop), name="bell", daemon=True),
    ]
    helpers = [
        threading.Thread(target=ourselves.keep_learning, args=(stop,), name="learn", daemon=True),
        threading.Thread(target=_until_serve_is_gone, args=(stop,), name="lifeline", daemon=True),
    ]
    for thread in (*threads, *helpers):
        thread.start()
    while not stop.wait(1.0):
        if ended := [thread.name for thread in threads if not thread.is_alive()]:
            log.error("the %s thread has ended", ended[0])
            return 1
    for thread in threads:
        thread.join(3.0)
    return 0


def _until_serve_is_gone(stop: threading.Event) -> None:
    sys.stdin.buffer.read()
    stop.set()


if __name__ == "__main__":
    sys.exit(main())
