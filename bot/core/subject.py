"""What somebody asks to have explained: told from the words alone, by fixed rules. Pure; the parser is handed in.

The order matters: `kind/name` before anything else, PromQL only with marks no prose has (brackets, operators, a
metric's underscores), an error text before a symptom. A name in capitals may be an alert, a pod's reason or an
exception: it is looked for as all of them.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from bot.core.errors import BadInput
from bot.core.phrases import unmarked

KINDS: Mapping[str, str] = {
    **dict.fromkeys(("deployment", "deployments", "deploy", "workload", "service", "svc"), "deployment"),
    **dict.fromkeys(("pod", "pods", "po"), "pod"),
    **dict.fromkeys(("node", "nodes", "no"), "node"),
    **dict.fromkeys(("cronjob", "cronjobs", "cj", "job", "jobs"), "job"),
    **dict.fromkeys(("statefulset", "statefulsets", "sts"), "statefulset"),
    **dict.fromkeys(("daemonset", "daemonsets", "ds"), "daemonset"),
}
WORKLOADS = frozenset({"deployment", "statefulset", "daemonset"})
READ = "deployment, statefulset, daemonset, pod, node, job and cronjob"
NAME = r"[a-z0-9]([-a-z0-9.]{0,200}[a-z0-9])?"
SLASHED = re.compile(rf"(?P<kind>[a-z]+)/(?P<name>{NAME})(?:\s+(?:in|-n)\s+(?:namespace\s+)?(?P<ns>{NAME}))?", re.I)
SPELLED = re.compile(
    rf"(?P<kind>{'|'.join(sorted(KINDS, key=len, reverse=True))})\s+(?P<name>{NAME})"
    rf"\s+(?:in|-n)\s+(?:namespace\s+)?(?P<ns>{NAME})",
    re.I,
)
CAPITAL = re.compile(r"[A-Z][A-Za-z0-9_]*[A-Za-z0-9]")
EXCEPTION = re.compile(r"[\w.]*(?:Exception|Error|Fault)(?:\b|:)|[\w.]*[A-Z][a-z0-9]+(?:[A-Z][a-z0-9]*)+:\s")
ERROR = re.compile(
    r"\b(?:error|exception|failed|failure|refused|timed? ?out|timeout|deadline|denied|forbidden|traceback|panic|fatal|"
    r"exit code|status code|no such|not found|does not exist|unable to|cannot|"
    r"could not|reset by peer|HTTP [45]\d\d|[45]\d\d)\b",
    re.I,
)
PROMQL_MARKS = re.compile(r"[{\[]|\w\(|[<>=!]=?\s*[\d.]|\b(?:by|without|on|ignoring)\s*\(")
METRIC = re.compile(r"[a-z][a-z0-9]*(?:[_:][a-z0-9]+)+", re.I)
SERVICE = re.compile(rf"{NAME}(?:\s+in\s+(?:namespace\s+)?(?P<ns>{NAME}))?")


class SubjectKind(StrEnum):
    OBJECT = "object"
    EXPRESSION = "expression"
    NAME = "name"  # an alert's, most likely
    ERROR = "error"
    SERVICE = "service"
    SYMPTOM = "symptom"


@dataclass(frozen=True)
class Subject:
    """``name`` is the object's, alert's or service's; ``said`` the expression in words, ``metrics`` what it selects."""

    kind: SubjectKind
    words: str
    name: str = ""
    of_kind: str = ""
    namespace: str = ""
    said: str = ""
    metrics: tuple[str, ...] = ()


class Read(Protocol):
    """A PromQL expression that was read."""

    @property
    def words(self) -> str: ...
    @property
    def metrics(self) -> tuple[str, ...]: ...


class Promql(Protocol):
    def read(self, text: str) -> Read | None: ...
    def complaint(self, text: str) -> str:
        """What the parser says is wrong; "" where nothing is."""


def classify(words: str, promql: Promql) -> Subject:
    """Raises `BadInput` for what looks like PromQL and does not parse, and for a kind of object nobody can read."""
    text = unmarked(words).strip().strip("`").strip()
    if found := SLASHED.fullmatch(text) or SPELLED.fullmatch(text):
        return _object(text, found)
    if PROMQL_MARKS.search(text) or METRIC.fullmatch(text):
        if (read := promql.read(text)) is not None:
            return Subject(SubjectKind.EXPRESSION, text, said=read.words, metrics=read.metrics)
        if _meant_as_promql(text):
            raise BadInput(f"That looks like PromQL, but it does not parse: {promql.complaint(text)}.")
    plain = re.sub(r"^alert[:\s]\s*", "", text, flags=re.I)
    if EXCEPTION.match(plain):
        return Subject(SubjectKind.ERROR, plain)
    if CAPITAL.fullmatch(plain):
        return Subject(SubjectKind.NAME, plain, name=plain)
    if ERROR.search(plain):
        return Subject(SubjectKind.ERROR, plain)
    if service := SERVICE.fullmatch(plain):
        return Subject(SubjectKind.SERVICE, plain, name=plain.split()[0], namespace=service["ns"] or "")
    return Subject(SubjectKind.SYMPTOM, plain)


def _object(text: str, found: "re.Match[str]") -> Subject:
    kind, name, namespace = found["kind"].lower(), found["name"].lower(), (found["ns"] or "").lower()
    if kind not in KINDS:
        if namespace:
            raise BadInput(f"“{kind[:40]}” is no kind Midwatch reads. It reads {READ}.")
        return Subject(SubjectKind.OBJECT, text, name, "deployment", kind)  # namespace/name, as people write it
    return Subject(SubjectKind.OBJECT, text, name, KINDS[kind], namespace)


def _meant_as_promql(text: str) -> bool:
    """A name right before a brace or a range, or a function's bracket with a metric in it: nobody writes prose so."""
    return bool(re.search(r"[a-z_]\w*\{|\[\d+[smhdwy](?::|\])|\b(?:rate|sum|increase|histogram_quantile)\s*\(", text))
