"""An incident as it goes, fact by fact, for tests of what people see. Facts go into a `Book`, in memory or real."""

import base64
import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, Protocol
from urllib.parse import quote

from bot.core import events as e
from bot.core.approvers import Deciders
from bot.core.errors import NotFound
from bot.core.folding import fold
from bot.core.incident import Incident
from bot.core.ledger import Event, Head, open_line, seal, stamp
from bot.core.tool import BlastRadius, Change, Inverse, NotReversible, Plan, Precondition, Starts, Target
from bot.services.telling import Telling
from bot.views.house import House
from bot.views.story import Story

NOON = datetime(2026, 11, 20, 2, 14, tzinfo=UTC)
INCIDENT = "inc-20261120-3f2a9c41"
HOUSE = House(
    home="C0OPS",
    deciders=Deciders(("U0ALICE", "S0ONCALL")),
    oncall=("U0BOB",),
    mode="act",
    verbs={"roll_back_deployment": "Roll Back", "restart_deployment": "Restart", "rerun_job": "Re-Run"},
)
RULE = 'sum(rate(http_requests_total{code=~"5.."}[5m])) / sum(rate(http_requests_total[5m])) > 0.05'
DIFF = "--- live\n+++ dry run\n@@ -1 +1 @@\n-  image: checkout:2.31.0\n+  image: checkout:2.30.4\n"


ALT = "Chart of CheckoutErrorRateHigh for checkout, 01:19 to 02:14 UTC: 21 % now, usually 0.1 %, higher since 02:14."
PIXEL = base64.b64decode("iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAAAAAA6fptVAAAACklEQVR4nGNQAAAAIgAh4+9nCwAAAABJRU5ErkJggg==")


class Book(Protocol):
    """Where a scene's facts and texts are written."""

    def put(self, content: Any) -> e.Ref: ...
    def write(self, *facts: e.Fact) -> None: ...
    def now(self) -> datetime: ...


@dataclass
class Paper:
    """A book in memory, with a clock that is moved by hand. It is also `ports.Payloads` for `Telling`."""

    at: datetime = NOON
    events: list[Event] = field(default_factory=list)
    texts: dict[str, Any] = field(default_factory=dict)
    head: Head = field(default_factory=Head)

    def put(self, content: Any) -> e.Ref:
        if isinstance(content, dict):  # bytes are read back as the real store gives them
            content = {k: base64.b64encode(v).decode() if isinstance(v, bytes) else v for k, v in content.items()}
        raw = json.dumps(content, sort_keys=True, default=str).encode()
        ref = hashlib.sha256(raw).hexdigest()
        self.texts[ref] = content
        return e.Ref(ref=ref, bytes=len(raw))

    def get(self, scope: str, ref: e.Ref) -> Any:
        if ref.ref not in self.texts:
            raise NotFound("erased")
        return self.texts[ref.ref]

    def write(self, *facts: e.Fact) -> None:
        for line in seal(INCIDENT, facts, "process:test", self.at, self.head):
            event = open_line(line)
            self.events.append(event)
            self.head = Head(event.seq + 1, event.hash, event.at)

    def now(self) -> datetime:
        return self.at

    def passes(self, seconds: float) -> None:
        self.at += timedelta(seconds=seconds)

    def incident(self) -> Incident:
        return fold(INCIDENT, self.events)

    def story(self, house: House = HOUSE, links: dict[str, str] | None = None) -> Story:
        names = {"U0ALICE": "alice", "U0BOB": "bob"}
        return Telling(self, INCIDENT).story(self.incident(), self.events, house, links or {}, names)  # type: ignore[arg-type]


def plan(**changes: Any) -> Plan:
    values: dict[str, Any] = {
        "tool": "roll_back_deployment",
        "arguments": {"namespace": "payments", "name": "checkout", "to_revision": 46},
        "title": "Roll back Deployment checkout in payments, revision 47 to 46",
        "target": Target(kind="Deployment", namespace="payments", name="checkout", uid="7f3d", generation=47),
        "changes": (
            Change(what="image checkout", before="checkout:2.31.0", after="checkout:2.30.4"),
            Change(what="env TAX_V2", before="on", after="(absent)"),
        ),
        "diff": DIFF,
        "dry_run": "server",
        "blast": BlastRadius(
            pods=6, ready=6, unavailable_at_most=1, share_percent=17, budget_room=2, downstream=("cart", "orders")
        ),
        "inverse": Inverse(tool="roll_back_deployment", arguments={}, says="Roll forward to revision 47"),
        "preconditions": (Precondition(what="uid", expected="7f3d"),),
        "request": {"verb": "PATCH", "path": "/x", "content_type": "y", "body": {}},
        "command": "kubectl --namespace payments rollout undo deployment/checkout --to-revision=46",
        "runs_as": "midwatch-act",
        "expects": {"expression": "errors > 0.05", "workload": {"ready_replicas": 6}},
        "prepared_at": stamp(NOON),
    }
    return Plan.model_validate({**values, **changes})


def undo_plan() -> Plan:
    """The way back of `plan`."""
    return plan(
        arguments={"namespace": "payments", "name": "checkout", "to_revision": 47},
        title="Roll back Deployment checkout in payments, revision 48 to 47",
        inverse=Inverse(tool="roll_back_deployment", arguments={}, says="Roll forward to revision 48"),
    )


def final_plan() -> Plan:
    return plan(
        tool="restart_deployment",
        title="Restart Deployment checkout in payments",
        inverse=NotReversible(reason="A restart cannot be taken back; the old pods are gone."),
        cautions=("Its disruption budget has no room.",),
    )


def rerun_plan() -> Plan:
    return plan(
        tool="rerun_job",
        arguments={"namespace": "payments", "cron_job": "ledger", "overrides": {"SOURCE_HOST": "replica-b"}},
        title="Re-run CronJob ledger in payments with SOURCE_HOST=replica-b",
        target=Target(kind="CronJob", namespace="payments", name="ledger", uid="9c1e", generation=3),
        changes=(Change(what="env SOURCE_HOST of load", before="replica-a", after="replica-b"),),
        blast=Starts(pods=1, running=0, touches=("volume claim warehouse", "SOURCE_HOST replica-b")),
        inverse=NotReversible(reason="a run that has begun cannot be taken back"),
        cautions=("The schedule goes on beside it: the next run does not wait for this one.",),
        expects={"expression": "age > 3600", "job": {"within_seconds": 1200}},
    )


FINDING: dict[str, Any] = {
    "headline": "checkout is failing for about 1 in 5 requests",
    "cause": "Rollout 47 at 02:11. 5xx went from 0.1 % to 21 % three minutes later.",
    "because": [
        {"text": "only pods of revision 47 log “NoSuchColumn: orders.tax_id”, 1,204 times, new", "evidence": ["E2"]},
        {"text": "errors began 3 min after revision 47", "evidence": ["E1"]},
    ],
    "ruled_out": [{"cause": "node pressure", "because": "all nodes ready", "evidence": ["E1"]}],
    "not_read": [{"what": "traces", "outcome": "timed_out", "why": "Jaeger timed out after 10 s", "evidence": "E3"}],
    "runbook": {"id": "bad-rollout", "title": "Bad rollout", "url": "https://runbooks.example/bad-rollout"},
    "next_step": "Roll back checkout to revision 46",
}
CANDIDATES: dict[str, Any] = {
    "headline": "checkout is slow, and it is not clear why",
    "candidates": [
        {
            "hypothesis": "h1",
            "cause": "the database is saturated",
            "standing": "candidate",
            "confidence": "0.55",
            "supports": [{"text": "connections at 98 of 100", "evidence": ["E1"]}],
            "against": [{"text": "no slow queries logged", "evidence": ["E2"]}],
            "tell_apart": "active connections by client",
        },
        {"hypothesis": "h2", "cause": "a noisy neighbour", "standing": "candidate", "confidence": "0.40"},
    ],
}
UNSURE: dict[str, Any] = {**CANDIDATES, "headline": "checkout alerts, and nothing read so far explains it"}
HEALTHY: dict[str, Any] = {
    "headline": "Nothing is wrong now",
    "cause": "The restart at 02:09 recovered by itself at 02:10; error rate 0.1 %, same as yesterday at this hour.",
    "because": [{"text": "the alert's own expression is quiet", "evidence": ["E1"]}],
}


class Scene:
    """Things that happen, in the order a test tells them."""

    def __init__(self, book: Book) -> None:
        self.book = book
        self.clicks = 0

    def opened(self, severity: e.Severity = e.Severity.SEV2, place: str = "incident", title: str = "") -> "Scene":
        self.book.write(
            e.IncidentOpened(
                severity=severity,
                service="checkout",
                namespace="payments",
                key="0" * 32,
                title=self.book.put(title or "5xx of checkout above 5 %"),
                why="first_alert",
                place=place,  # type: ignore[arg-type]
            )
        )
        return self

    def alert(self, name: str = "CheckoutErrorRateHigh", fingerprint: str = "f1", truncated: int = 0) -> "Scene":
        content = {"annotations": {"summary": "5xx of checkout above 5 %"}, "labels": {"alertname": name}}
        self.book.write(
            e.AlertReceived(
                fingerprint=fingerprint,
                alertname=name,
                severity=e.Severity.SEV2,
                starts_at=stamp(self.book.now()),
                service="checkout",
                namespace="payments",
                group="0" * 32,
                alert=self.book.put(content),
                source="alertmanager",
                truncated=truncated,
            )
        )
        return self

    def looked(self, name: str, tool: str, outcome: e.Outcome = e.Outcome.OK, digest: str = "") -> "Scene":
        told = {
            "outcome": outcome.value,
            "asked": f'{tool}(service="checkout") 02:14 to 02:29',
            "digest": digest or "error ratio 0.21 (baseline 0.001), began 02:14",
            "facts": {},
            "link": f"https://prometheus.example/graph?g0.expr={tool}",
        }
        if not self._round_started():
            self.book.write(e.DiagnosisStarted(round=1, reasoner="guided"))
        fact = e.EvidenceGathered(
            round=1, evidence=name, tool=tool, outcome=outcome, observation=self.book.put(told), milliseconds=412
        )
        self.book.write(fact)
        return self

    def ruled(self) -> "Scene":
        """The alert again, as Alertmanager sends it: with the rule it fires by."""
        content = {"generatorURL": f"http://prometheus.example/graph?g0.expr={quote(RULE)}"}
        self.book.write(
            e.AlertReceived(
                fingerprint="f1",
                alertname="CheckoutErrorRateHigh",
                severity=e.Severity.SEV2,
                starts_at=stamp(self.book.now()),
                service="checkout",
                namespace="payments",
                group="0" * 32,
                alert=self.book.put(content),
                source="alertmanager",
                truncated=0,
            )
        )
        return self

    def curved(self, began: datetime, **changes: Any) -> "Scene":
        """E1 is the curve of the alert's rule, up since ``began``."""
        if not self._round_started():
            self.book.write(e.DiagnosisStarted(round=1, reasoner="guided"))
        series = {"labels": {}, "direction": "up", "began_at": stamp(began), "peak": 0.21, "now": 0.2, **changes}
        measured = RULE.rpartition(" > ")[0]
        facts = {"expression": measured, "threshold": {"op": ">", "value": 0.05}, "series": [series]}
        asked = {"arguments": {"expression": RULE}, "check": "curve", "tool": "query_metrics", "outcome": "ok"}
        told = self.book.put({**asked, "evidence": "E1", "asked": "query", "digest": "1 series", "facts": facts})
        kept = {"tool": "query_metrics", "outcome": e.Outcome.OK, "observation": told, "milliseconds": 9}
        self.book.write(e.EvidenceGathered(round=1, evidence="E1", **kept))  # type: ignore[arg-type]
        return self

    def _round_started(self) -> bool:
        started, self._started = getattr(self, "_started", False), True
        return started

    def looks(self) -> "Scene":
        self.looked("E1", "query_metrics").looked("E2", "search_logs", digest="NoSuchColumn: orders.tax_id 1,204 times")
        return self.looked("E3", "slow_traces", e.Outcome.TIMED_OUT, "timed out after 10 s")

    def found(self, verdict: e.Verdict = e.Verdict.CAUSE, content: dict[str, Any] | None = None) -> "Scene":
        self.book.write(
            e.FindingMade(
                round=1,
                verdict=verdict,
                hypothesis="h1" if verdict is e.Verdict.CAUSE else None,
                confidence="0.91" if verdict is e.Verdict.CAUSE else None,
                runbook="bad-rollout",
                reasoner="guided",
                finding=self.book.put(content or FINDING),
                looks=14,
                milliseconds=11_200,
            )
        )
        return self

    def drawn(self, png: bytes = PIXEL) -> "Scene":
        kept = {"title": "CheckoutErrorRateHigh · checkout", "says": "21 % now, usually 0.1 %", "alt": ALT}
        ref = self.book.put({**kept, "evidence": "E1", "png": png})
        self.book.write(e.ChartDrawn(round=1, chart=ref, evidence="E1"))
        return self

    def proposed(self, approval: str = "a-1", proposal: Plan | None = None, needed: int = 1, **more: Any) -> "Scene":
        made = proposal or plan()
        arguments = self.book.put(made.arguments)
        self.book.write(
            e.IntentMade(intent=f"i-{approval}", round=1, tool=made.tool, arguments=arguments, evidence=("E1", "E2"))
        )
        self._propose(approval, made, needed, **more)
        return self

    def _propose(self, approval: str, made: Plan, needed: int, undoes: str | None = None, **more: Any) -> None:
        stored = self.book.put(made.model_dump(mode="json"))
        intent = f"i-{approval}"
        expires = stamp(self.book.now() + timedelta(minutes=15))
        self.book.write(
            e.ActionPrepared(intent=intent, plan=stored, digest=made.digest(), target=made.target.id),
            e.ActionProposed(
                approval=approval,
                intent=intent,
                tool=made.tool,
                target=made.target.id,
                plan=stored,
                digest=made.digest(),
                needed=needed,
                expires_at=expires,
                undoes=undoes,
                way_back=self._way_back(made),
                **more,
            ),
        )

    def broken(self, approval: str = "a-1") -> "Scene":
        """U0ALICE breaks the glass, with a reason."""
        reason = self.book.put("nobody else is awake")
        click = self.clicked("break_glass", approval=approval, words=reason)
        self.book.write(
            e.ActionApproved(
                approval=approval,
                incident=INCIDENT,
                digest=plan().digest(),
                voters=("U0ALICE",),
                approved_at=stamp(self.book.now()),
                expires_at=stamp(self.book.now() + timedelta(minutes=15)),
                key="0" * 16,
                signature="0" * 128,
                broken_by="U0ALICE",
                click=click,
                reason=reason,
            )
        )
        return self

    def _way_back(self, made: Plan) -> e.WayBack | None:
        if isinstance(made.inverse, NotReversible):
            return None
        return e.WayBack(tool=made.inverse.tool, arguments=self.book.put(made.inverse.arguments))

    def undoing(self, requester: str | None = None, how: str = "proposed") -> "Scene":
        """The way back of a-1 as a-2: offered by itself, or asked for by somebody; refused where it cannot be."""
        made = undo_plan()
        click = self.clicked("undo", user=requester) if requester else None
        kept = {"round": 1, "tool": made.tool, "arguments": self.book.put(made.arguments)}
        self.book.write(e.IntentMade(intent="i-a-2", undoes="a-1", requester=requester, click=click, **kept))  # type: ignore[arg-type]
        if how == "refused":
            self.book.write(e.ActionRefused(intent="i-a-2", why="nothing_to_do", detail=self.book.put({})))
        elif how == "proposed":
            self._propose("a-2", made, 1, "a-1")
        return self

    def for_a_person(self) -> "Scene":
        """An intent as diagnosis makes it in mode propose, with the line to run."""
        arguments = {"namespace": "payments", "name": "checkout", "to_revision": 46}
        line = "kubectl --namespace payments rollout undo deployment/checkout --to-revision=46"
        computed = {
            "changes": [
                "image of checkout: checkout:2.31.0 to checkout:2.30.4",
                "env TAX_V2 of checkout removed (now on)",
            ],
            "touches": "6 pods of revision 47, 5 of them ready",
            "way_back": "kubectl --namespace payments rollout undo deployment/checkout --to-revision=47",
            "evidence": "E1",
        }
        told = self.book.put({"title": "Roll Back: checkout in payments", "command": line, **computed})
        made = self.book.put(arguments)
        tool, evidence = "roll_back_deployment", ("E1", "E2")
        self.book.write(e.IntentMade(intent="i-1", round=1, tool=tool, arguments=made, evidence=evidence, by_hand=told))
        return self

    def denied(self, words: str | None = None) -> "Scene":
        """With what somebody wrote into the form, where they did."""
        reason = self.book.put(words) if words is not None else None
        click = self.clicked("deny", words=reason)
        self.book.write(e.ActionDenied(approval="a-1", click=click, user="U0ALICE", reason=reason))
        return self

    def planned_again(self, proposal: Plan | None = None, requester: str | None = None) -> "Scene":
        """a-1 once more, as a-2; ``requester`` where the press overrules a denial."""
        made = proposal or plan()
        click = self.clicked("plan_again", user="U0BOB")
        asked = {"round": 1, "tool": made.tool, "arguments": self.book.put(made.arguments), "evidence": ("E1",)}
        self.book.write(e.IntentMade(intent="i-a-2", again="a-1", click=click, requester=requester, **asked))  # type: ignore[arg-type]
        self._propose("a-2", made, 1)
        return self

    def intent_refused(self) -> "Scene":
        says = {"why": "blast_radius", "says": "it could take 3 of 4 ready pods away at once"}
        self.book.write(
            e.IntentMade(intent="i-9", round=1, tool="restart_deployment", arguments=self.book.put({})),
            e.ActionRefused(intent="i-9", why="blast_radius", detail=self.book.put(says)),
        )
        return self

    def clicked(
        self,
        action: str = "approve",
        user: str = "U0ALICE",
        approval: str = "a-1",
        at: tuple[str, str] | None = None,
        answer: e.Ref | None = None,
        choice: str | None = None,
        words: e.Ref | None = None,
    ) -> str:
        self.clicks += 1
        click = f"{self.clicks:032x}"
        channel, ts = at or ("C0OPS", "1.000001")
        self.book.write(
            e.ClickReceived(
                click=click,
                approval=approval,
                action=action,
                user=user,
                team="T0HARBOUR",
                channel=channel,
                message_ts=ts,
                action_ts="2.0",
                answer=answer,
                choice=choice,
                words=words,
            )
        )
        return click

    def click_refused(self, why: str, user: str = "U0BOB", **more: Any) -> "Scene":
        click = self.clicked(user=user, **more)
        self.book.write(e.ClickRefused(click=click, approval="a-1", user=user, why=why))
        return self

    def voted(self, approval: str = "a-1", user: str = "U0ALICE", proposal: Plan | None = None) -> "Scene":
        click = self.clicked(user=user, approval=approval)
        digest = (proposal or plan()).digest()
        self.book.write(e.VoteCast(approval=approval, click=click, user=user, team="T0HARBOUR", digest=digest))
        return self

    def approved(self, approval: str = "a-1", proposal: Plan | None = None) -> "Scene":
        self.voted(approval, proposal=proposal)
        self.book.write(
            e.ActionApproved(
                approval=approval,
                incident=INCIDENT,
                digest=(proposal or plan()).digest(),
                voters=("U0ALICE",),
                approved_at=stamp(self.book.now()),
                expires_at=stamp(self.book.now() + timedelta(minutes=15)),
                key="ab" * 8,
                signature="cd" * 64,
            )
        )
        return self

    def started(self, approval: str = "a-1", proposal: Plan | None = None) -> "Scene":
        self.approved(approval, proposal)
        target = (proposal or plan()).target.id
        self.book.write(e.ExecutionStarted(approval=approval, execution=f"x-{approval}", target=target))
        return self

    def ended(self, how: str, approval: str = "a-1") -> "Scene":
        x = f"x-{approval}"
        says = self.book.put({"says": "revision 46 is rolling out; generation 48"})
        why = self.book.put({"why": "changed", "says": "the image is 2.31.1 now"})
        facts: dict[str, e.Fact] = {
            "succeeded": e.ExecutionSucceeded(approval=approval, execution=x, result=says),
            "failed": e.ExecutionFailed(approval=approval, execution=x, why="changed", detail=why),
            "stopped": e.ExecutionFailed(
                approval=approval,
                execution=x,
                why="stopped_frozen",
                detail=self.book.put({"why": "stopped_frozen", "says": "1 of 3 pods are gone from it"}),
            ),
            "unknown": e.ExecutionUnknown(approval=approval, execution=x, why="worker_died"),
        }
        self.book.write(facts[how])
        return self

    def observed(self) -> "Scene":
        seen = self.book.put({"says": "revision 46, 4 of 6 ready; it carries this execution's mark"})
        self.book.write(e.OutcomeObserved(execution="x-a-1", outcome=e.Outcome.OK, seen=seen))
        return self

    def checked(self, number: int = 1, how: str = "passed", value: str = "", fine: str = "") -> "Scene":
        kinds = {
            "passed": e.VerificationPassed,
            "failed": e.VerificationFailed,
            "inconclusive": e.VerificationInconclusive,
        }
        says = "CheckoutErrorRateHigh is quiet, 5xx 0.2 %, 6 of 6 ready"
        full = {"number": number, "alert": "quiet", "workload": "as_wanted", "value": value, "fine": fine}
        seen = self.book.put({"says": says, **(full if fine else {})})
        self.book.write(kinds[how](execution="x-a-1", check=number, seen=seen))
        return self

    def resolved(self) -> "Scene":
        self.book.write(
            e.AlertResolved(fingerprint="f1", ends_at=stamp(self.book.now()), alert=self.book.put({})),
            e.IncidentResolved(why="alerts_over"),
        )
        return self

    def step(self, step: str, state: str = "done", **more: Any) -> "Scene":
        self.book.write(e.ChannelStep(step=step, state=state, **more))  # type: ignore[arg-type]
        return self


def in_state(scene: Scene, state: str) -> Scene:
    """A scene whose approval a-1 is in ``state``, whatever leads there."""
    scene.opened().alert().looks().found().proposed()
    passes(scene, 60)
    PATHS[state](scene)
    return scene


def passes(scene: Scene, seconds: float) -> None:
    if isinstance(scene.book, Paper):
        scene.book.passes(seconds)


def _established(scene: Scene) -> None:
    scene.started().ended("unknown").observed()
    click = scene.clicked("establish_done")
    fact = e.OutcomeEstablished(approval="a-1", execution="x-a-1", outcome="done", click=click, user="U0ALICE")
    scene.book.write(fact)


def _denied(scene: Scene) -> None:
    scene.book.write(e.ActionDenied(approval="a-1", click=scene.clicked("deny"), user="U0ALICE"))


def _changes_requested(scene: Scene) -> None:
    click = scene.clicked("request_changes")
    scene.book.write(e.ActionChangesRequested(approval="a-1", click=click, user="U0ALICE"))


def _expired(scene: Scene) -> None:
    passes(scene, 16 * 60)
    scene.book.write(e.ActionExpired(approval="a-1"))


def _stale(scene: Scene) -> None:
    scene.approved()
    detail = scene.book.put({"why": "changed", "says": "the Deployment changed at 02:23 (revision 48)"})
    scene.book.write(e.ActionWentStale(approval="a-1", why="changed", detail=detail))


PATHS: dict[str, Callable[[Scene], object]] = {
    "proposed": lambda scene: scene,
    "approved": lambda scene: scene.approved(),
    "running": lambda scene: scene.started(),
    "succeeded": lambda scene: scene.started().ended("succeeded"),
    "failed": lambda scene: scene.started().ended("failed"),
    "unknown": lambda scene: scene.started().ended("unknown").observed(),
    "established": _established,
    "denied": _denied,
    "changes_requested": _changes_requested,
    "expired": _expired,
    "superseded": lambda scene: scene.book.write(e.ActionSuperseded(approval="a-1", why="incident_resolved")),
    "stale": _stale,
}
