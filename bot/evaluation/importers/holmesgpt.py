"""Reads the `holmesgpt` format: an alert, and the recorded outputs of the tools that were called about it.

A recording's first line is the tool and what it was asked, the second its status, the rest what it printed. Outputs of
kubectl become objects, events and logs. A page that was fetched is a runbook: data, and no evidence of anything.
"""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import yaml

from bot.core.case import Case
from bot.core.fusion.values import Unlooked
from bot.core.records import LogLine
from bot.core.signs import Role, Sign, Source
from bot.core.window import Window
from bot.evaluation.alert_signs import alert_signs, always, fires_always
from bot.evaluation.frozen import Expected, Frozen
from bot.evaluation.importers.holmesgpt_traces import spans_in
from bot.evaluation.kubectl.describe import described
from bot.evaluation.kubectl.tables import listed
from bot.evaluation.kubectl.times import moments_in

RECENT, BASELINE = timedelta(minutes=90), timedelta(minutes=40)
EXPECTED = frozenset({"facts.json", "test_case.yaml"})
LONG_AGO = datetime(2025, 1, 1, tzinfo=UTC)
_REPLICA = re.compile(r"-[a-z0-9]{5,10}-[a-z0-9]{5}$")
_NOTHING = re.compile(r"no resources found|no events found|could not find|not find any|\bno data\b", re.I)
_DENIED = re.compile(r"forbidden|unauthorized|\b40[13]\b|permission", re.I)
POLICY = 0.5
_POLICY = re.compile(r"NetworkPolicy/([\w.-]+)")
MOST_OF_A_REFUSAL = 1_000  # characters; a log may begin with an error's words and be a log
_REFUSED = re.compile(r"(Error from server|error:|Unable to connect to the server|error: You must be logged in)", re.I)
_ABSENT = re.compile(r"\(NotFound\)|not found in namespace", re.I)
_STREAMS = re.compile(r"^(stdout|stderr):\s*$", re.M)


@dataclass
class Recorded:
    """One output. ``status`` as its sender says it."""

    tool: str
    asked: Mapping[str, Any]
    status: str
    error: str
    text: str


@dataclass
class _Read:
    """What the recordings come to."""

    objects: list[Mapping[str, Any]] = field(default_factory=list)
    logs: dict[tuple[str, str, str], tuple[str, ...]] = field(default_factory=dict)
    unlooked: list[Unlooked] = field(default_factory=list)
    spans: list[Any] = field(default_factory=list)


class HolmesGpt:
    name = "holmesgpt"

    def matches(self, folder: Path) -> bool:
        if (folder / "investigate_request.json").is_file() or (folder / "issue_data.json").is_file():
            return True
        return (folder / "test_case.yaml").is_file() and any(_is_recorded(one) for one in folder.glob("*.txt"))

    def cases(self, path: Path) -> Sequence[Path]:
        folders = {path, *(one for one in path.rglob("*") if one.is_dir())} if path.is_dir() else set()
        return sorted(one for one in folders if self.matches(one))

    def read(self, folder: Path) -> Frozen:
        request, issue = (_json(folder / name) for name in ("investigate_request.json", "issue_data.json"))
        recorded = [one for file in sorted(folder.glob("*.txt")) if (one := _recorded(file)) is not None]
        now = max((moment for one in recorded for moment in moments_in(f"{one.asked} {one.text}")), default=LONG_AGO)
        about = _about(request, issue)
        read = _Read()
        for one in recorded:
            _take(one, about, now, read)
        start = now - RECENT
        words = [str(request.get("title") or ""), str(request.get("description") or ""), *_words(issue)]
        labels = {**about, **_labels(issue)}
        name = str(labels.get("alertname") or issue.get("aggregation_key") or "")
        service, namespace = labels.get("service", ""), labels.get("namespace", "")
        case = Case(
            folder.name, Window(start - BASELINE, start, now, now), now, service, namespace, name,
            summary=next((one for one in words if one), ""), labels=labels,
        )  # fmt: skip
        text = " ".join((name, *words))
        return Frozen(
            id=folder.name,
            suite=self.name,
            case=case,
            text=text,
            objects=tuple(_once(read.objects)),
            container_logs=_by_container(read),
            lines=tuple(_lines(read.logs, service)),
            spans=tuple(read.spans),
            signs=(
                *(always(name) if fires_always(text) else alert_signs(name, words, labels, service, namespace)),
                *_policies(recorded, namespace),
            ),
            unlooked=tuple(read.unlooked),
            quiet=True if fires_always(text) else None,
        )

    def expected(self, folder: Path) -> Expected | None:
        for base in (folder, folder.parent, folder.parent.parent):
            file = base / "facts.json"
            if file.is_file():
                rows = json.loads(file.read_text(encoding="utf-8"))
                mine = next((one for one in rows if str(one.get("id")) == folder.name), None)
                return Expected(all_of=tuple(str(one) for one in mine.get("all_of") or ())) if mine else None
        return None


def _is_recorded(file: Path) -> bool:
    with file.open(encoding="utf-8", errors="replace") as opened:
        return "tool_name" in opened.readline()


def _recorded(file: Path) -> Recorded | None:
    head, _, rest = file.read_text(encoding="utf-8", errors="replace").partition("\n")
    second, _, body = rest.partition("\n")
    try:
        asked, state = json.loads(head), json.loads(second)
    except ValueError:
        return None
    if not isinstance(asked, dict) or not isinstance(state, dict):
        return None
    params = {**(asked.get("match_params") or {}), **(state.get("params") or {})}
    params["invocation"] = state.get("invocation") or ""
    return Recorded(
        str(asked.get("tool_name") or ""), params, str(state.get("status") or ""), str(state.get("error") or ""), body
    )


def _take(one: Recorded, about: Mapping[str, str], now: datetime, read: _Read) -> None:
    body = _STREAMS.sub("", one.text).strip("\n")
    refused = _REFUSED.match(body.lstrip()) if len(body) < MOST_OF_A_REFUSAL else None
    if one.status == "error" or refused:
        words = one.error or body
        # what is not there is an answer; what may not be looked at, or broke, is none
        if not _ABSENT.search(words):
            outcome = "denied" if _DENIED.search(words) else "failed"
            read.unlooked.append(Unlooked(one.tool, outcome, words.strip()[:200]))
        return
    if not body.strip() or (_NOTHING.search(body[:200]) and len(body) < 300):
        return
    namespace = str(one.asked.get("namespace") or about.get("namespace") or "")
    if "logs" in one.tool or one.tool.startswith("fetch_pod_logs"):
        _take_logs(one, namespace, body, read)
    elif "trace" in one.tool:
        read.spans += spans_in(body)
    elif one.tool.startswith("kubectl"):
        read.objects += _objects(one, namespace, body, now)


def _objects(one: Recorded, namespace: str, body: str, now: datetime) -> list[Mapping[str, Any]]:
    kind = str(one.asked.get("kind") or one.asked.get("resource_type") or one.asked.get("resource_kind") or "")
    if "describe" in one.tool:
        return [found for part in body.split("\n\n\nName:") for found in described(_headed(part), kind, now)]
    if "yaml" in one.tool or body.lstrip().startswith(("apiVersion:", "{")):
        return _documents(body)
    return list(listed(body, kind, namespace, now))


def _headed(part: str) -> str:
    """Several objects of one description stand one after the other; the cut took the name's own word."""
    return part if part.lstrip().startswith("Name:") else f"Name:{part}"


def _documents(body: str) -> list[Mapping[str, Any]]:
    try:
        return [one for one in yaml.safe_load_all(body) if isinstance(one, dict)]
    except yaml.YAMLError:
        return []


def _take_logs(one: Recorded, namespace: str, body: str, read: _Read) -> None:
    pod = str(one.asked.get("pod_name") or one.asked.get("pod") or one.asked.get("name") or "")
    container = str(one.asked.get("container_name") or one.asked.get("container") or "")
    lines = tuple(line for line in body.splitlines() if line.strip())
    if not lines or not pod:
        return
    place = (namespace, pod, container)
    # what the run before printed says why it ended
    read.logs[place] = (
        (*read.logs.get(place, ()), *lines) if "previous" not in one.tool else (*lines, *read.logs.get(place, ()))
    )


def _policies(recorded: Sequence[Recorded], namespace: str) -> Iterator[Sign]:
    """NetworkPolicies that a drawing of what belongs together hangs under a pod: what they allow it does not show."""
    for one in recorded:
        about = str(one.asked.get("name") or one.asked.get("pod_name") or "")
        for name in dict.fromkeys(_POLICY.findall(one.text)):
            says = (
                f"NetworkPolicy {name} applies to {about or 'it'}: what it does not allow is blocked, DNS too where it "
            )
            says += "denies egress"
            yield Sign(
                "network_policy_applies", Role.SYMPTOM, Source.KUBERNETES, says, f"NetworkPolicy/{namespace}/{name}",
                about, namespace, POLICY, quotes=(f"NetworkPolicy/{name}",), mends="Allow what it needs, DNS among it",
            )  # fmt: skip


def _once(objects: Sequence[Mapping[str, Any]]) -> Iterator[Mapping[str, Any]]:
    """Of one object that was printed twice, the fuller one: a description tells more than a table's row."""
    best: dict[tuple[str, str, str], Mapping[str, Any]] = {}
    for one in objects:
        meta = one.get("metadata") or {}
        place = (str(one.get("kind")), str(meta.get("namespace") or ""), str(meta.get("name") or ""))
        if one.get("kind") == "Event":
            yield one
        elif place not in best or len(str(one)) > len(str(best[place])):
            best[place] = one
    yield from best.values()


def _by_container(read: _Read) -> dict[tuple[str, str, str], tuple[str, ...]]:
    """Logs that were asked for without naming a container are of each that the pod has."""
    found = dict(read.logs)
    for one in read.objects:
        meta, spec = one.get("metadata") or {}, one.get("spec") or {}
        lines = read.logs.get((meta.get("namespace", ""), meta.get("name", ""), ""))
        for container in (*(spec.get("initContainers") or ()), *(spec.get("containers") or ())) if lines else ():
            place = (meta.get("namespace", ""), meta.get("name", ""), str(container.get("name") or ""))
            found[place] = (*found.get(place, ()), *(lines or ()))
    return found


def _lines(logs: Mapping[tuple[str, str, str], tuple[str, ...]], alerting: str) -> Iterator[LogLine]:
    for (namespace, pod, _), lines in logs.items():
        mine = bool(alerting) and pod.startswith(f"{alerting}-")
        service = alerting if mine else _REPLICA.sub("", pod)
        for text in lines:
            at = next(iter(moments_in(text[:80])), None)
            yield LogLine(text, at, "", service, pod, namespace)


def _about(request: Mapping[str, Any], issue: Mapping[str, Any]) -> dict[str, str]:
    """Whom it is about, by the request's subject and the issue's."""
    subject = request.get("subject") if isinstance(request.get("subject"), dict) else {}
    assert isinstance(subject, dict)
    name = str(subject.get("name") or issue.get("subject_name") or "")
    kind = str(subject.get("subject_type") or issue.get("subject_type") or "").lower()
    namespace = str(subject.get("namespace") or issue.get("subject_namespace") or "")
    found = {"namespace": namespace, "container": str(subject.get("container") or "")}
    if kind == "node":
        found["node"] = name
    elif name:
        found["service"] = _REPLICA.sub("", name)
        found |= {"pod": name} if _REPLICA.search(name) or kind == "pod" else {}
    if subject.get("node") and kind != "node":
        found["host"] = str(subject["node"])
    return {key: value for key, value in found.items() if value and value != "None"}


def _labels(issue: Mapping[str, Any]) -> dict[str, str]:
    """The alert's own labels, wherever its sender put them."""
    found: dict[str, str] = {}
    for key in ("labels", "subject_labels"):
        if isinstance(issue.get(key), dict):
            found |= {str(name): str(value) for name, value in issue[key].items()}
    if issue.get("aggregation_key"):
        found.setdefault("alertname", str(issue["aggregation_key"]))
    return {name: value for name, value in found.items() if len(value) < 200}


def _words(issue: Mapping[str, Any]) -> list[str]:
    told = [str(issue.get(key) or "") for key in ("title", "description")]
    for evidence in issue.get("evidence") or ():
        data = evidence.get("data") if isinstance(evidence, dict) else None
        told.append(" ".join(re.findall(r"(?:summary|description|message)\W+([^\"\\]{10,300})", str(data or ""))))
    return told


def _json(file: Path) -> dict[str, Any]:
    if not file.is_file():
        return {}
    read = json.loads(file.read_text(encoding="utf-8") or "{}")
    return read if isinstance(read, dict) else {}


IMPORTER = HolmesGpt()
