"""Jobs of queue `talk`: everything said in Slack. Ids in, nothing out."""

from bot.jobs.desk import take


def narrate(incident: str) -> None:
    """Bring the incident's messages up to its ledger."""
    take("narrating").run(incident)


def answer(question: str) -> None:
    """Answer one slash command."""
    take("answering").run(question)


def announce(bulletin: str) -> None:
    """Say at home what concerns no single incident."""
    take("bulletins").run(bulletin)
