"""What is said at home about no single incident: one call for many at once, a freeze, that nobody could reach us."""

from datetime import timedelta

from bot.core.bulletin import Bulletin
from bot.core.events import Disconnected, MissedLooked, Outcome
from bot.core.ledger import parse_stamp
from bot.views import text as t
from bot.views.blocks import Message, context, message, section
from bot.views.freezing import freeze_notice
from bot.views.house import House

MOST_NAMED = 10
A_DAY = timedelta(hours=20)
WHAT = {
    "process": "Midwatch was not running",
    "slack": "there was no connection to Slack",
    "store": "Redis did not answer",
}
UNREAD = {Outcome.DENIED: "it refused me", Outcome.TIMED_OUT: "it did not answer in time"}


def bulletin_message(bulletin: Bulletin, house: House, missing: tuple[str, ...] = (), reason: str = "") -> Message:
    """The bulletin as its ledger stands; ``missing`` are names of alerts that never came, not escaped.

    ``reason`` is what somebody said who froze, not escaped either.
    """
    if bulletin.frozen is not None:
        return freeze_notice(bulletin, reason)
    if bulletin.anchor is not None:
        return _anchor(bulletin, *bulletin.anchor)
    if bulletin.away is not None:
        return _away(bulletin.away, bulletin.looks[-1] if bulletin.looks else None, missing)
    return _storm(bulletin, house)


def _storm(bulletin: Bulletin, house: House) -> Message:
    assert bulletin.opened_at is not None
    assert bulletin.began is not None
    number, since = bulletin.incidents, t.clock(bulletin.opened_at)
    words = f"{t.counted(number, 'incident')} opened, more than {bulletin.began.incidents - 1} of them within"
    words += f" {bulletin.began.minutes} min"
    lines = [f"*{words}* (at {since})", _severities(bulletin)]
    if house.oncall:
        lines.append(f"On call: {t.people(house.oncall, 'and')}. This is the one call for all that follow.")
    small = (
        "Every incident has its card in this channel first. Channels of their own follow as Slack allows: 20 a minute."
    )
    return message(f"{words}. One call for all of them.", [section(*lines), context(small)])


def _anchor(bulletin: Bulletin, length: int, head: str) -> Message:
    """One line a person can keep or paste: it covers where every ledger ended."""
    noted = t.counted(bulletin.noted, "ledger")
    line = t.quoted(f"{bulletin.id} {length} {head}", 200)
    small = "Should the record be altered or cut short later, this line shows it: `midwatch ledger verify --anchors`."
    words = f"Anchor of the record, {bulletin.day}: where {noted} ended. Nothing to do."
    return message(words, [section(f"*Anchor of the record, {bulletin.day}:* {noted}", line), context(small)])


def _severities(bulletin: Bulletin) -> str:
    counted = bulletin.counted
    if counted is None:
        return ""
    found = (("SEV1", counted.sev1), ("SEV2", counted.sev2), ("SEV3", counted.sev3))
    return "Since then: " + ", ".join(f"{number} {name}" for name, number in found if number)


def _away(away: Disconnected, look: MissedLooked | None, missing: tuple[str, ...]) -> Message:
    since, until = parse_stamp(away.since), parse_stamp(away.until)
    clock = t.clock if until - since < A_DAY else t.moment
    came, what = _came_of(look), t.sentence(WHAT[away.what])
    lines = [
        f"*I was disconnected from {clock(since)} to {clock(until)}; {came}*",
        f"{what} for {t.lasted(until - since)}. {_ground(look)}",
    ]
    if missing and look is not None and look.missed:
        named = ", ".join(t.said(name, 80) for name in missing[:MOST_NAMED])
        more = look.missed - len(missing[:MOST_NAMED])
        lines.append(f"Not here yet: {named}{f' and {more} more' if more > 0 else ''}")
    again = "Buttons pressed and commands given in that time did not reach me: please do them again."
    bare = f"I was disconnected from {t.bare_clock(since)} to {t.bare_clock(until)}; {came}. {again}"
    return message(bare, [section(*lines), context(again)])


def _came_of(look: MissedLooked | None) -> str:
    """The second half of the sentence; it claims nothing that was not looked at."""
    if look is None or look.outcome is not Outcome.OK:
        late = f"{_late(look)}, and " if look is not None and look.late else ""
        return f"{late}I cannot tell whether I missed anything"
    if look.missed:
        late = f"{_late(look)}, " if look.late else ""
        return f"{late}{t.counted(look.missed, 'alert')} still missing"
    return _late(look) if look.late else "missed nothing"


def _late(look: MissedLooked) -> str:
    return f"caught up {t.counted(look.late, 'alert')}"


def _ground(look: MissedLooked | None) -> str:
    """What that stands on."""
    if look is None:
        return "I have not been able to look at Alertmanager yet."
    if look.outcome == "not_offered":
        return (
            "I may not look at Alertmanager (`ALERTMANAGER_URL` is not set for the diagnose worker). "
            "What it could not deliver it sends again while it fires; what began and ended meanwhile is lost to me."
        )
    if look.outcome is not Outcome.OK:
        return f"Alertmanager could not be read ({UNREAD.get(Outcome(look.outcome), 'the look failed')})."
    if look.missed:
        return f"{look.firing} fire in Alertmanager. It sends them again; until then look yourself."
    if not look.firing:
        return "Nothing fires in Alertmanager now."
    return f"Everything that fires in Alertmanager now ({t.counted(look.firing, 'alert')}) has reached me."
