"""Jobs of queue `act`: preparing (dry runs only) and carrying out. Ids in, nothing out."""

from bot.jobs.desk import take


def prepare(incident: str, intent: str) -> None:
    """Turn an intent into a plan and ask for a decision."""
    take("preparation").run(incident, intent)


def execute(incident: str, approval: str) -> None:
    """Carry out what was approved, once."""
    take("execution").run(incident, approval)
