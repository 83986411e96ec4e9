"""What a card leads its reader to: the evidence its conclusion stands on, and the newest picture. Pure."""

from bot.core.events import Ref, Standing
from bot.core.incident import Incident, Step

PICTURE = "picture"  # the step that says Slack would not show the picture on the card


def shown_chart(incident: Incident) -> tuple[Ref, Step] | None:
    """The newest picture that was uploaded and the step that knows its file; None once Slack would not show it."""
    picture = incident.steps.get(PICTURE)
    if picture is not None and picture.state == "failed":
        return None
    for round_ in sorted(incident.rounds.values(), key=lambda one: one.number, reverse=True):
        step = incident.steps.get(f"chart:{round_.number}")
        if round_.chart is not None and step is not None and step.state == "done" and step.label:
            return round_.chart, step
    return None


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
