"""What a card leads its reader to: the evidence its conclusion stands on, and the newest picture. Pure."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.core.events import Ref, Standing
from bot.core.incident import Incident, Step

PICTURE = "picture"  # the step of showing an uploaded picture on the card; its ``upto`` counts what Slack refused
READY = timedelta(seconds=4)  # Slack looks at a file before it lets a message show it
AGAIN = (timedelta(seconds=15), timedelta(seconds=60))
MOST_TRIES = len(AGAIN) + 1


@dataclass(frozen=True)
class Uploaded:
    """A chart that is a file in the thread: where its words are kept, Slack's id of it, and since when."""

    chart: Ref
    file: str
    at: datetime


def uploads(incident: Incident) -> Iterator[Uploaded]:
    """Newest first."""
    for round_ in sorted(incident.rounds.values(), key=lambda one: one.number, reverse=True):
        step = incident.steps.get(f"chart:{round_.number}")
        if round_.chart is not None and step is not None and step.state == "done" and step.label:
            yield Uploaded(round_.chart, step.label, step.at)


def shown_chart(incident: Incident) -> Uploaded | None:
    """The picture that Slack took for the card."""
    picture = incident.steps.get(PICTURE)
    if picture is None or picture.state != "done":
        return None
    return next((each for each in uploads(incident) if each.file == picture.label), None)


def chart_to_show(incident: Incident) -> tuple[Uploaded, datetime] | None:
    """The newest picture that is not on the card, and when to try it (again); None: it is, or Slack never takes it."""
    newest, picture = next(uploads(incident), None), incident.steps.get(PICTURE)
    if newest is None:
        return None
    if picture is None or picture.label != newest.file:
        return newest, newest.at + READY
    if picture.state != "failed" or gave_up(picture):
        return None
    return newest, picture.at + AGAIN[tried(picture) - 1]


def tried(picture: Step | None) -> int:
    """How often Slack refused it; one that says nothing of that is given up."""
    if picture is None or picture.state != "failed":
        return 0
    return picture.upto if picture.upto is not None else MOST_TRIES


def gave_up(picture: Step) -> bool:
    return tried(picture) >= MOST_TRIES


def to_post(incident: Incident) -> list[str]:
    """The evidence that gets a message in the thread; a round that plans again only adds what is cited of it."""
    first = (id_ for id_, one in incident.evidence().items() if one.round < 2)
    return list(dict.fromkeys([*cited(incident), *first]))


def cited(incident: Incident) -> list[str]:
    """What the card's conclusion leads to, first: the named cause, then the proposal, then the candidates."""
    finding = incident.finding
    if finding is None:
        return []
    ranked = [one for one in incident.rounds[finding.round].hypotheses if one.standing is not Standing.RULED_OUT]
    proposed = [id_ for intent in incident.intents.values() for id_ in intent.evidence]
    named = [id_ for one in ranked if one.id == finding.hypothesis for id_ in one.supports]
    others = [id_ for one in ranked for id_ in (*one.supports, *one.against)]
    there = incident.evidence()
    return [id_ for id_ in (*named, *proposed, *others) if id_ in there]
