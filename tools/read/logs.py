"""Logs from Elasticsearch, as templates: what is new or more frequent than before, since when, from which pods."""

from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import quote

from pydantic import Field, field_validator

from bot.core.errors import LookFailed
from bot.core.sources import page_of
from bot.core.tool import Effect, Look, Observation, ReadingTool, Spec
from tools.read.mining.template_signs import signs_of_templates
from tools.read.shapes.arguments import Arguments
from tools.read.shapes.gaps import Gap, nothing, observed
from tools.read.shapes.lines import may_hold_errors, most_important, rate_text, template_line, templates_of
from tools.read.shapes.logquery import Answer, Question, bar_seconds, read_answer, search_body, words_of
from tools.read.shapes.templates import LEVELS, plain_level
from tools.read.shapes.wording import plural, span_text
from tools.read.sources.elastic import ElasticSettings, search, why_partial


class SearchLogs(Arguments):
    service: str = Field(max_length=253, description="Service name as the logs carry it; empty: any")
    namespace: str = Field(default="", max_length=63, description="Kubernetes namespace; empty: any")
    query: str = Field(default="", max_length=500, description='Words that must occur; "a phrase" in quotes; | for or')
    level: str = Field(default="", description=f"This level or worse: {', '.join(LEVELS)}; empty: all")

    @field_validator("level")
    @classmethod
    def _known_level(cls, value: str) -> str:
        level = plain_level(value)
        if value.strip() and not level:
            raise ValueError(f"one of {', '.join(LEVELS)}, or empty")
        return level


def search_logs(asked: SearchLogs, settings: ElasticSettings, look: Look) -> Observation:
    """facts: total, baseline_total, lines_total, window_s, baseline_s, histogram [[unix_s, count]], bar_s, templates
    [{template, example, count, baseline_count, new, rising, level, first_seen, last_seen, pods, hashes, services}],
    templates_total, sampled, estimated, partial (what did not answer); baseline_total is null where time ran out."""
    question = Question(asked.service, asked.namespace, asked.query, asked.level)
    body = search(settings, search_body(question, settings, look.window), look.seconds)
    try:
        answer = read_answer(body, settings)
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise LookFailed(f"Elasticsearch answered in a shape that is not its API's: {error!r:.200}") from error
    return summarise(question, answer, why_partial(body), settings, look)


def summarise(asked: Question, answer: Answer, partial: str, settings: ElasticSettings, look: Look) -> Observation:
    window = look.window
    seconds = (window.end - window.start).total_seconds()
    baseline = (window.start - window.baseline_start).total_seconds()
    found = templates_of(
        answer.during, None if answer.cut_short else answer.before, seconds, baseline, whole=not partial
    )
    shown = most_important(found)
    gaps = [*([Gap(partial)] if partial else []), *_not_kept(found, shown)]
    facts: dict[str, Any] = {
        "total": answer.total,
        "baseline_total": None if answer.cut_short else answer.baseline_total,
        "lines_total": answer.lines_total,
        "window_s": seconds,
        "baseline_s": baseline,
        "histogram": answer.histogram,
        "bar_s": bar_seconds(window),
        "templates": shown,
        "templates_total": sum(1 for one in found if one["count"]),
        "sampled": len(answer.during),
        "estimated": not answer.exact,
        "partial": partial,
    }
    facts["signs"] = [sign.payload() for sign in signs_of_templates(shown, facts, asked.service)]
    said = words_of(asked)
    query = f"search {settings.index} where {said}, from {span_text(window.baseline_start, window.end)}"
    link = _link(settings, asked, look)
    if not answer.lines_total:
        what = f"log line at all of {said} between {span_text(window.baseline_start, window.end)}"
        return nothing(query, f"any {what}", f"No {what}.", facts, gaps, link)
    return observed(query, _lines(said, facts, look), facts, gaps, link)


def _not_kept(found: Sequence[Mapping[str, Any]], shown: Sequence[Mapping[str, Any]]) -> list[Gap]:
    kept = {id(one) for one in shown}
    left = [one for one in found if one["count"] and id(one) not in kept]
    return [Gap(f"{len(shown)} of {len(shown) + len(left)} kinds of lines are kept")] if may_hold_errors(left) else []


def _lines(said: str, facts: Mapping[str, Any], look: Look) -> list[str]:
    total, before = facts["total"], facts["baseline_total"]
    now = f"{plural(total, 'line')} ({rate_text(total, facts['window_s'])})"
    earlier = "not known" if before is None else f"{before:,} ({rate_text(before, facts['baseline_s'])})"
    span = span_text(look.window.start, look.window.end)
    head = f"{now} of {said} in the incident's window {span}; before: {earlier}"
    lines = [head]
    if not total and not before:
        lines.append(f"Nothing matches; without the filter there are {plural(facts['lines_total'], 'line')}.")
    if facts["estimated"]:
        lines.append(f"Counts by template are estimates from {facts['sampled']:,} lines, sampled evenly over time.")
    return lines + [template_line(one, facts["estimated"]) for one in facts["templates"]]


def _link(settings: ElasticSettings, asked: Question, look: Look) -> str:
    """Kibana's Discover page on the same filter."""
    start, end = (moment.strftime("%Y-%m-%dT%H:%M:%S.000Z") for moment in (look.window.start, look.window.end))
    words = [f'{settings.service_field}:"{asked.service}"'] if asked.service else []
    words += [f'{settings.namespace_field}:"{asked.namespace}"'] if asked.namespace else []
    kuery = quote(" and ".join(words), safe="")
    view = f"_g=(time:(from:'{start}',to:'{end}'))&_a=(query:(language:kuery,query:'{kuery}'))"
    return page_of("elasticsearch", settings.external_url, f"/app/discover#/?{view}")


TOOLS = (
    ReadingTool(
        Spec(
            "search_logs",
            Effect.READ,
            SearchLogs,
            "Search a service's logs over the incident, grouped into templates with counts now and before.",
        ),
        ElasticSettings,
        search_logs,
    ),
)
