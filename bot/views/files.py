"""What stands at a file in the thread: its title, the line it comes with, and its words for who does not see it."""

from bot.core.chart import ChartKept
from bot.core.tool import Plan
from bot.views import text as t
from bot.views.blocks import MOST_ALT

MOST_TITLE = 200


def diff_title(plan: Plan) -> str:
    return t.label(f"Dry run: {plan.title}", MOST_TITLE)


def diff_line(plan: Plan) -> str:
    """The message that brings the diff."""
    how = "as the server answered it" if plan.dry_run == "server" else "computed, not tried on the server"
    return f"The whole dry run, {how}: {t.said(plan.title, 200)}. Nothing has run."


def chart_title(kept: ChartKept) -> str:
    return t.label(f"{kept.title}: {kept.says}", MOST_TITLE)


def chart_line(kept: ChartKept) -> str:
    """The message that brings the chart, for notifications too."""
    drawn = f", drawn from {t.said(kept.evidence, 20)}" if kept.evidence else ""
    return f"Chart of {t.said(kept.title, 120)}{drawn}: {t.said(kept.says, 160)}."


def chart_alt(kept: ChartKept) -> str:
    return t.label(kept.alt, MOST_ALT)
