"""Jobs of queue `diagnose`: everything that reads. Ids in, nothing out."""

from bot.core.errors import MidwatchError
from bot.jobs.desk import take


def diagnose(incident: str, number: int) -> None:
    """Gather evidence and come to a finding: round ``number``."""
    diagnosis = take("diagnosis")
    try:
        diagnosis.run(incident, number)
    except MidwatchError:
        raise  # the world's fault: tried again
    except Exception:
        diagnosis.crashed(incident, number)  # ours: counted, so that it is not tried for ever in silence
        raise


def chart(incident: str, number: int) -> None:
    """Draw what round ``number`` saw."""
    charting = take("charting")
    try:
        charting.run(incident, number)
    except MidwatchError:
        raise
    except Exception:
        charting.failed(incident, number)  # as above; nobody misses a picture so much that it is tried again
        raise


def verify(incident: str, execution: str, number: int) -> None:
    """Check whether an execution helped: check ``number``."""
    take("verification").check(incident, execution, number)


def observe(incident: str, execution: str) -> None:
    """Look at what is there after an unknown outcome."""
    take("verification").observe(incident, execution)


def look_again(incident: str, approval: str) -> None:
    """Whether somebody else changed what a request is about."""
    take("verification").look_again(incident, approval)


def survey(question: str) -> None:
    """Look around for `/ops status` or `/ops explain`."""
    take("surveying").run(question)


def missed(bulletin: str, number: int) -> None:
    """Compare what fires in Alertmanager with what came: look ``number`` after an absence."""
    take("missing").run(bulletin, number)
