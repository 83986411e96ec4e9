"""Searches the team's runbooks. Where the index lives and how it ranks is the adapter's; wiring hands it in."""

from collections.abc import Sequence
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, SkipValidation

from bot.core.ports import Page, Runbooks
from bot.core.tool import Effect, Look, Observation, ReadingTool, Spec
from tools.read.shapes.arguments import Arguments
from tools.read.shapes.gaps import nothing, observed
from tools.read.shapes.wording import clip, plural

_MOST_PAGES = 5
_MOST_NEAREST = 3
_LIKE_AT_ALL = 0.1


class RunbookSettings(BaseModel):
    """Not from the environment: wiring opens the index (`MIDWATCH_RUNBOOKS`, `CHROMA_URL`) and gives it to looks."""

    model_config = ConfigDict(arbitrary_types_allowed=True, frozen=True)

    MIDWATCH_RUNBOOKS: SkipValidation[Runbooks]


class FindRunbooks(Arguments):
    query: str = Field(default="", max_length=2000, description="What is seen, in words: summary and description")
    alertname: str = Field(default="", max_length=250)


def find_runbooks(asked: FindRunbooks, settings: RunbookSettings, _: Look) -> Observation:
    """facts: pages [{id, title, score, why, excerpt, url}], best first; empty when nothing is near enough, and then
    nearest [the same], which are not about it."""
    pages = settings.MIDWATCH_RUNBOOKS.search(asked.query, asked.alertname, _MOST_PAGES)
    nearest = () if pages else settings.MIDWATCH_RUNBOOKS.candidates(asked.query, asked.alertname, _MOST_NEAREST)
    return summarise_pages(asked, pages, nearest)


def summarise_pages(asked: FindRunbooks, pages: Sequence[Page], nearest: Sequence[Page] = ()) -> Observation:
    query = f"runbooks for {clip(asked.alertname or 'no alert', 250)}: {clip(asked.query, 500)}"
    facts: dict[str, Any] = {"pages": [_facts(page) for page in pages[:_MOST_PAGES]]}
    if not pages:
        facts["nearest"] = [_facts(page) for page in nearest if page.score >= _LIKE_AT_ALL]
        return nothing(query, "a runbook of this", "No runbook is near enough to this.", facts)
    lines = [plural(len(facts["pages"]), "runbook page")]
    for page in facts["pages"]:
        lines += [f"{page['title']} ({page['id']}), score {page['score']:.2f}, {page['why']}", f"  {page['excerpt']}"]
    return observed(query, lines, facts, link=pages[0].url)


def _facts(page: Page) -> dict[str, Any]:
    return {
        "id": clip(page.id, 200),
        "title": clip(page.title, 200),
        "score": page.score,
        "why": clip(page.why, 200),
        "excerpt": clip(page.excerpt, 600),
        "url": clip(page.url, 500),
    }


TOOLS = (
    ReadingTool(
        Spec("find_runbooks", Effect.READ, FindRunbooks, "Search the team's runbooks for what is seen and the alert."),
        RunbookSettings,
        find_runbooks,
    ),
)
