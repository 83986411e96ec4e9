"""Which clicks came in through `serve`'s own door: marks that only serve's Redis user may write."""

import redis

from bot.adapters.redis_ledger import _translated
from bot.core.events import ClickReceived, Fact
from bot.core.hearing import mark_of
from bot.core.incident import Click

SECONDS = 7 * 24 * 3600  # longer than any request may wait for its last vote


def note_heard(pipe: "redis.client.Pipeline", fact: Fact) -> None:
    """Leave the mark of a click in the same round trip as its append; nothing for any other fact."""
    if isinstance(fact, ClickReceived):
        mark = mark_of(
            approval=fact.approval,
            action=fact.action,
            user=fact.user,
            team=fact.team,
            channel=fact.channel,
            message_ts=fact.message_ts,
            choice=fact.choice or "",
            words=fact.words.ref if fact.words else "",
        )
        pipe.sadd(_key(fact.click), mark)
        pipe.expire(_key(fact.click), SECONDS)


class RedisHeard:
    """`approvals.Heard`."""

    def __init__(self, client: "redis.Redis") -> None:
        self._redis = client

    def __call__(self, click: Click) -> bool:
        with _translated():
            return bool(self._redis.sismember(_key(click.id), _mark(click)))


def _key(click: str) -> str:
    """Marks, not one mark: Slack may deliver a form twice, and its words get another reference each time."""
    return f"mw:click:{click}:heard"


def _mark(click: Click) -> str:
    return mark_of(
        approval=click.approval,
        action=click.action,
        user=click.user,
        team=click.team,
        channel=click.channel,
        message_ts=click.message_ts,
        choice=click.choice or "",
        words=click.words.ref if click.words else "",
    )
