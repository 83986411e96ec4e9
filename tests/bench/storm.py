"""Ten thousand alerts in a hundred groups within seconds: what the door takes, who hears when, and what it costs.

The reference of a figure is what Slack's own limits leave possible: a message a second at home, twenty channels a
minute. Commands are typed all the while: what an acknowledgement waits for in a storm is what counts.
"""

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from bot.adapters.redis_client import patient
from bot.adapters.redis_ledger import RedisLedgers
from bot.playground.crew import Crew
from bot.playground.outfit import RESPONDER
from bot.playground.people import People
from bot.wiring.demo import playground
from tests.bench.acknowledging import load
from tests.bench.rows import Row, percentile
from tests.bench.stage import LIMITS_MB, outfitted, reconciler_of, rss_mb
from tests.storming import Aftermath, Storm, blow

STORM = Storm(10_000, 100)
CHANNELS_A_MINUTE = 20
LONGEST = 900.0
LOOK_EVERY = 0.5
PEOPLE, EACH = 5, 20


@dataclass
class Course:
    """When what was done, in seconds after the first alert; memory at its highest."""

    moments: dict[str, float] = field(default_factory=dict)
    serve_mb: float = 0.0
    reconciler_mb: float = 0.0

    def note(self, what: str, now: float, so: bool) -> None:
        if so:
            self.moments.setdefault(what, now)


def rows() -> list[Row]:
    with (
        outfitted(socket_mode=False) as outfit,
        playground(outfit) as crew,
        patient(outfit.redis_url("serve")) as client,
        People(outfit.slack) as people,
    ):
        after = Aftermath(RedisLedgers(client), people)
        waits: list[float] = []
        typing = threading.Thread(
            target=lambda: waits.extend(load(outfit.serve, outfit.signing_secret, "command", PEOPLE, EACH))
        )
        began = time.monotonic()
        typing.start()
        posting = blow(outfit, STORM)
        course = follow(crew, after, lambda: client.xlen("mw:inbox") == 0, began)
        typing.join()
        return told(after, course, posting, waits)


def follow(crew: Crew, after: Aftermath, is_sorted: Callable[[], bool], began: float) -> Course:
    course = Course()
    while (now := time.monotonic() - began) < LONGEST and "channels" not in course.moments:
        serve = crew.members["serve"].pid
        course.serve_mb = max(course.serve_mb, rss_mb(serve))
        course.reconciler_mb = max(course.reconciler_mb, rss_mb(reconciler_of(serve)))
        course.note("sorted", now, is_sorted())
        course.note("cards", now, len(after.cards()) >= STORM.groups)
        course.note("channels", now, after.channels() >= STORM.groups)
        time.sleep(LOOK_EVERY)
    if missing := {"sorted", "cards", "channels"} - set(course.moments):
        raise TimeoutError(f"not within {LONGEST:.0f} s: {', '.join(sorted(missing))}")
    return course


def told(after: Aftermath, course: Course, posting: float, waits: list[float]) -> list[Row]:
    check(after)
    name = f"storm of {STORM.alerts:,} in {STORM.groups}"
    channels = (STORM.groups - 1) * 60 / CHANNELS_A_MINUTE
    mentions = after.mentions(RESPONDER)
    return [
        Row(f"{name}: taken at the door", STORM.posted / posting, "alerts/s", "alerts posted", STORM.posted, ""),
        Row(f"{name}: all sorted", course.moments["sorted"], "s", "posting them", posting, ""),
        Row(f"{name}: last home card", course.moments["cards"], "s", "a message a second", STORM.groups, "1.5x"),
        Row(f"{name}: last channel", course.moments["channels"], "s", "20 channels a minute", channels, "1.5x"),
        Row(f"{name}: /ops status acknowledged, p99", percentile(waits, 0.99), "ms", "limit", 3000.0, "under 3 s"),
        Row(f"{name}: memory of serve", course.serve_mb, "MB", "limit", LIMITS_MB["serve"], ""),
        Row(f"{name}: reconciler RSS", course.reconciler_mb, "MB", "serve", course.serve_mb, ""),
        Row(f"{name}: mentions of the on-call", sum(mentions.values()), "", "incidents", STORM.groups, "at most 7"),
        Row(f"{name}: most mentions for one incident", max(mentions.values()), "", "limit", 1.0, "1"),
    ]


def check(after: Aftermath) -> None:
    """Nothing lost, nothing twice, no limit of Slack's broken: a figure without that is none."""
    kept, cards = after.alerts(), after.cards()
    if kept != STORM.alerts or len(after.incidents()) != STORM.groups:
        raise RuntimeError(f"{kept} alerts in {len(after.incidents())} incidents")
    if twice := [mark for mark, times in cards.items() if times > 1]:
        raise RuntimeError(f"posted twice: {twice[:5]}")
    if violations := after.people.violations():
        raise RuntimeError(f"Slack's rules broken: {violations[:3]}")
