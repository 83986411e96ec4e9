"""The golden signals of a service: requests, errors, latency, processor, memory, found by names and labels there are.

What a service's series are called differs everywhere, so the label that carries its name is looked for first, then its
metrics by what their names measure. Every query that was made is in the facts, to be opened again as it was.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from pydantic import Field

from bot.core.errors import LookFailed
from bot.core.ledger import stamp
from bot.core.records import Curve
from bot.core.tool import Effect, Look, Observation, ReadingTool, Spec
from tools.read.curves.judging import Judged, judge
from tools.read.curves.kinds import Kind, kind_of
from tools.read.curves.signs import signs_of
from tools.read.metrics import points_of
from tools.read.shapes.arguments import Arguments
from tools.read.shapes.gaps import Gap, nothing, observed
from tools.read.shapes.series import step_for
from tools.read.shapes.wording import listed, number, plural, span_text
from tools.read.sources.prometheus import Prometheus, PrometheusSettings, graph_page

LABELS = ("service", "app", "service_name", "job", "destination_workload", "deployment")
CODES = ("code", "status", "status_code", "http_status_code", "http_response_status_code", "response_code")
MEASURED = ("_total", "_bucket", "_bytes")  # what counts and measures; what only states (kube_…_replicas) does not
MOST = 8
LEAST_RATE_S = 60


class GoldenSignals(Arguments):
    service: str = Field(
        pattern=r"^[A-Za-z0-9][A-Za-z0-9_.:/-]*$", max_length=253, description="The service as its metrics call it"
    )
    namespace: str = Field(default="", max_length=63)


@dataclass(frozen=True)
class Signal:
    """``name`` in the words of the field; ``promql`` exactly what is asked."""

    name: str
    promql: str
    unit: str = ""


def golden_signals(asked: GoldenSignals, settings: PrometheusSettings, look: Look) -> Observation:
    """facts: signs, signals [{name, promql, before, after, onset, moved}], selector."""
    window = look.window
    step = step_for((window.end - window.baseline_start).total_seconds())
    query = f"golden signals of {asked.service} from {span_text(window.baseline_start, window.end)} step {step}s"
    gaps: list[Gap] = []
    with Prometheus(settings, look.seconds) as prometheus:
        selector, names = _found(prometheus, asked, look)
        if not names:
            tried = listed(LABELS)
            text = f"No metric carries {asked.service} as {tried}: what it measures is called otherwise here."
            return nothing(query, "a metric of it", text, {"signs": [], "signals": []})
        signals = _signals(prometheus, selector, names, max(LEAST_RATE_S, 4 * step), look)
        curves = [(one, _curve(prometheus, one, asked.service, step, look, gaps)) for one in signals[:MOST]]
    judged = dict(zip([one for one, _ in curves], judge([curve for _, curve in curves], window), strict=True))
    facts: dict[str, Any] = {
        "selector": selector,
        "signs": [sign.payload() for sign in signs_of(list(judged.values()))],
        "signals": [_row(signal, one) for signal, one in judged.items()],
    }
    lines = [f"{plural(len(judged), 'signal')} of {asked.service} by {selector}"]
    lines += [_line(signal, one) for signal, one in judged.items()]
    left = len(signals) - MOST
    gaps += [Gap(f"{left} more signals were not asked for")] if left > 0 else []
    link = graph_page(settings, signals[0].promql, look) if signals else ""
    return observed(query, lines, facts, gaps, link)


def _found(prometheus: Prometheus, asked: GoldenSignals, look: Look) -> tuple[str, list[str]]:
    """The selector of the first label that carries the service's name with something measured, and the names."""
    best: tuple[str, list[str]] = ("", [])
    for label in LABELS:
        selector = f'{label}="{asked.service}"'
        rows = prometheus.instant(f"count by (__name__) ({{{selector}}})", look.window.end)
        names = [str((row.get("metric") or {}).get("__name__") or "") for row in rows]
        measured = sorted(name for name in names if name.endswith(MEASURED))
        if len(measured) > len(best[1]):
            best = (selector, measured)
    return best


def _signals(prometheus: Prometheus, selector: str, names: Sequence[str], rate_s: int, look: Look) -> list[Signal]:
    found: list[Signal] = []
    for name in names:
        kind = kind_of(name)
        if name.endswith("_bucket") and kind is not Kind.OTHER:
            rate = f"sum by (le) (rate({name}{{{selector}}}[{rate_s}s]))"
            found.append(Signal(f"p95 of {name.removesuffix('_bucket')}", f"histogram_quantile(0.95, {rate})"))
        elif name.endswith("_total") and kind in (Kind.TRAFFIC, Kind.ERRORS):
            found += _of_counter(prometheus, name, selector, rate_s, look)
        elif kind is Kind.CPU and name.endswith("_total"):
            found.append(Signal(f"cpu of {name}", f"sum(rate({name}{{{selector}}}[{rate_s}s]))"))
        elif kind is Kind.MEMORY and "bytes" in name:
            found.append(Signal(f"memory of {name}", f"max({name}{{{selector}}})", "bytes"))
    order = ("error", "p95", "request", "cpu", "memory")
    return sorted(found, key=lambda one: next((at for at, word in enumerate(order) if one.name.startswith(word)), 9))


def _of_counter(prometheus: Prometheus, name: str, selector: str, rate_s: int, look: Look) -> Iterable[Signal]:
    """Requests, and the share of them that failed where a label tells."""
    whole = f"sum(rate({name}{{{selector}}}[{rate_s}s]))"
    rows = prometheus.instant(f"count by ({', '.join(CODES)}) ({name}{{{selector}}})", look.window.end)
    label = next((code for code in CODES if any((row.get("metric") or {}).get(code) for row in rows)), "")
    if label:
        bad = f'sum(rate({name}{{{selector},{label}=~"5.."}}[{rate_s}s]))'
        yield Signal(f"error ratio of {name}", f"{bad} / {whole}")
    yield Signal(f"requests of {name}", whole)


def _curve(prometheus: Prometheus, signal: Signal, service: str, step: int, look: Look, gaps: list[Gap]) -> Curve:
    """One that cannot be read is a gap, and the others still count."""
    try:
        rows = prometheus.range(signal.promql, look.window.baseline_start, look.window.end, step)
    except LookFailed as error:
        gaps.append(Gap(f"{signal.name}: {error}", error, signal.name))
        return Curve(signal.name, (), service)
    points = points_of(rows[0].get("values") or []) if rows else []
    moments = tuple((datetime.fromtimestamp(at, UTC), value) for at, value in points)
    return Curve(signal.name, moments, service, unit=signal.unit)


def _row(signal: Signal, one: Judged) -> Mapping[str, Any]:
    return {
        "name": signal.name,
        "promql": signal.promql,
        "before": one.before,
        "after": one.after,
        "onset": stamp(one.onset) if one.onset else None,
        "moved": one.moved,
    }


def _line(signal: Signal, one: Judged) -> str:
    shown = "not enough samples" if one.before is None or one.after is None else ""
    if not shown:
        assert one.before is not None
        assert one.after is not None
        since = f" since {one.onset:%H:%M:%S}" if one.onset and one.moved else ""
        shown = f"{number(one.before)} before, {number(one.after)} {'now' if one.moved else 'in the incident'}{since}"
        shown += ", and is back" if one.over else ""
    return f"{signal.name}: {shown}  [{signal.promql}]"


TOOLS = (
    ReadingTool(
        Spec(
            "golden_signals",
            Effect.READ,
            GoldenSignals,
            "Find a service's requests, errors, latency, processor and memory, and which of them moved since when.",
            for_model=False,
        ),
        PrometheusSettings,
        golden_signals,
    ),
)
