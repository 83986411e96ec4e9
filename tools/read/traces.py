"""What the traces of a service say of the incident: where they break, which step took the time, who calls whom.

Three searches: failed traces and any traces of the incident, any traces of the baseline. Jaeger gives the newest of a
search first, so where there are more than were asked for, that is said. How spans are judged is `spans/study.py`.
"""

from collections.abc import Sequence
from typing import Any

from pydantic import Field

from bot.core.records import Span
from bot.core.tool import Effect, Look, Observation, ReadingTool, Spec
from tools.endpoints.json_api import JsonApi
from tools.read.shapes.arguments import Arguments
from tools.read.shapes.gaps import nothing, observed
from tools.read.shapes.wording import clock, listed, plural, span_text
from tools.read.sources.jaeger import JaegerSettings, Search, jaeger, services, trace_page, traces
from tools.read.spans.study import Studied, study
from tools.read.spans.tree import Trace, own_time
from tools.read.spans.wording import seconds_text

FAILED, ANY = 40, 100
MOST_STEPS = 12


class FindTraces(Arguments):
    service: str = Field(min_length=1, max_length=253, description="Service as it is called in the traces")


def find_traces(asked: FindTraces, settings: JaegerSettings, look: Look) -> Observation:
    """facts: signs, edges [{caller, callee, told_by}], traces, failed, before (numbers of traces), exemplars [{trace,
    took_s, failed, steps [{service, operation, own_s, failed, says}], link}]."""
    window = look.window
    query = f"traces of {asked.service} from {span_text(window.baseline_start, window.end)}, at most {ANY} of each part"
    with jaeger(settings, look.seconds) as api:
        searches = (
            Search(asked.service, window.start, window.end, FAILED, failed=True),
            Search(asked.service, window.start, window.end, ANY),
            Search(asked.service, window.baseline_start, window.start, ANY),
        )
        found = [traces(api, search) for search in searches]
        if not any(count for _, count in found):
            return nothing(query, "a trace of it", _why_none(api, asked.service), {"signs": [], "edges": []})
    studied = study(_once(found), window)
    sampled = [
        f"of the {words} the newest {search.limit} were read"
        for search, (_, count), words in zip(searches, found, ("failed ones", "others", "earlier ones"), strict=True)
        if count >= search.limit
    ]
    return _observation(query, studied, settings, sampled)


def _once(found: Sequence[tuple[tuple[Span, ...], int]]) -> list[Span]:
    """A failed trace is found by two searches."""
    return list({(span.trace, span.id, span.began): span for spans, _ in found for span in spans}.values())


def _why_none(api: JsonApi, service: str) -> str:
    known = services(api)
    if service in known:
        return f"Jaeger knows {service}, and no trace of it began in this time."
    there = f"it knows {listed(known, 8)}" if known else "it knows no service at all"
    return f"Jaeger knows no service {service}; {there}."


def _observation(query: str, studied: Studied, settings: JaegerSettings, sampled: Sequence[str]) -> Observation:
    """A sample is what was asked for, and no gap: that there are more is told."""
    facts: dict[str, Any] = {
        "signs": [sign.payload() for sign in studied.signs],
        "edges": [{"caller": one.caller, "callee": one.callee, "told_by": one.told_by} for one in studied.edges],
        "traces": studied.traces,
        "failed": studied.failed,
        "before": studied.before,
        "exemplars": [_exemplar(one, settings) for one in studied.exemplars],
    }
    head = f"{plural(studied.traces, 'trace')} in the incident, {studied.failed} with a failed span"
    lines = [f"{head}; {studied.before} before it", *(sign.says for sign in studied.signs)]
    lines += [f"A sample: {listed(sampled)}"] if sampled else []
    if not studied.traces:
        lines.append("No trace began in the incident itself: is the service still called?")
    for one in studied.exemplars:
        lines += _drawn(one)
    link = trace_page(settings, studied.exemplars[0].id) if studied.exemplars else ""
    return observed(query, lines, facts, link=link)


def _drawn(trace: Trace) -> list[str]:
    """The trace as a tree, each step with its time and what it spent itself."""
    first = min(one.began for one in trace.spans)
    steps = sorted(trace.spans, key=lambda one: (one.began, len(trace.above(one))))
    lines = [f"trace {trace.id} at {clock(first.timestamp())}, {plural(len(trace.spans), 'span')}"]
    for one in steps[:MOST_STEPS]:
        depth = "  " * min(len(trace.above(one)) + 1, 6)
        failed = f" FAILED {one.says}" if one.failed else ""
        own = seconds_text(own_time(trace, one))
        lines.append(f"{depth}{one.service}: {one.operation} {seconds_text(one.took)}, itself {own}{failed}")
    return lines


def _exemplar(trace: Trace, settings: JaegerSettings) -> dict[str, Any]:
    worst = sorted(trace.spans, key=lambda one: (not one.failed, -own_time(trace, one)))[:MOST_STEPS]
    return {
        "trace": trace.id,
        "took_s": max(one.took for one in trace.spans),
        "failed": any(one.failed for one in trace.spans),
        "link": trace_page(settings, trace.id),
        "steps": [
            {
                "service": one.service,
                "operation": one.operation,
                "own_s": own_time(trace, one),
                "failed": one.failed,
                "says": one.says,
            }
            for one in worst
        ],
    }


TOOLS = (
    ReadingTool(
        Spec(
            "find_traces",
            Effect.READ,
            FindTraces,
            "Find the failed and slow traces of a service, the step that broke or took them, and who calls whom.",
            for_model=False,
        ),
        JaegerSettings,
        find_traces,
    ),
)
