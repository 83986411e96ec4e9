"""An incident with an intent, and the act process's services around it, in memory or in Redis."""

import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any

from bot.adapters.ed25519 import Ed25519Signer, Ed25519Verifier, generate
from bot.core.approval import Approval, State
from bot.core.catalogue import Catalogue
from bot.core.errors import BadInput, Unreachable
from bot.core.events import (
    ActionApproved,
    AlertReceived,
    ClickReceived,
    DiagnosisStarted,
    Fact,
    FindingMade,
    IncidentListed,
    IncidentOpened,
    IntentMade,
    Ref,
    Severity,
    Verdict,
    VoteCast,
)
from bot.core.folding import fold
from bot.core.incident import Incident
from bot.core.ledger import WORKSPACE, stamp
from bot.core.objectives import Meter
from bot.core.policy import Rules
from bot.core.ports import Entry
from bot.core.signing import document
from bot.core.stepping import GoOn
from bot.core.tool import BlastRadius, Change, Done, Inverse, Plan, Precondition, Preparing, Target
from bot.core.workspace import Workspace, fold_workspace
from bot.services.changing import Judging
from bot.services.execution import Executing, Execution
from bot.services.preparation import Preparation, Proposing
from bot.wiring.judging import policy_in
from tests.fakes_ledger import MemoryIndex, MemoryLedgers, MemoryPayloads, NotingBell

INC, TARGET = "inc-1", "Deployment/web/shop"
PAIR, STRANGER = generate(), generate()
EXPRESSION = 'sum(rate(errors_total{service="shop"}[1m])) > 1'
GENERATOR = (
    "http://prometheus/graph?g0.expr=sum%28rate%28errors_total%7Bservice%3D%22shop%22%7D%5B1m%5D%29%29+%3E+1&g0.tab=1"
)


@dataclass
class PretendChanges:
    """`services.changing.Changes` over one pretended object; ``effects`` is every execution that changed it."""

    image: str = "shop:2"
    ready: int = 4
    taken: int = 1
    effects: list[str] = field(default_factory=list)
    prepared: int = 0
    back_to: int = 1
    preparing: Callable[[], None] = lambda: None
    executing: Callable[[], None] = lambda: None
    after: Callable[[], None] = lambda: None

    def names(self) -> frozenset[str]:
        return frozenset({"roll_back_deployment"})

    def idempotent(self, tool: str) -> bool:
        return True

    def cluster_wide(self, tool: str) -> bool:
        return False

    def why_not_offered(self, tool: str) -> str:
        return ""

    def prepare(self, tool: str, arguments: Mapping[str, Any], context: Preparing) -> Plan:
        self.preparing()
        self.prepared += 1
        if set(arguments) - {"namespace", "name", "to_revision"}:
            raise BadInput("force: Extra inputs are not permitted")
        return self.plan(context)

    def execute(self, plan: Plan, execution: str, go_on: GoOn = lambda: None) -> Done:
        self.executing()
        if execution in self.effects:
            return Done("done before", {"execution": execution}, already=True)
        self.effects.append(execution)
        self.after()
        return Done("done", {"execution": execution})

    def carries(self, plan: Plan, execution: str) -> bool:
        return execution in self.effects

    def plan(self, context: Preparing) -> Plan:
        return Plan(
            tool="roll_back_deployment",
            arguments={"namespace": "web", "name": "shop", "to_revision": self.back_to},
            title="Roll back Deployment shop in web, revision 2 to 1",
            target=Target(kind="Deployment", namespace="web", name="shop", uid="u-1", generation=2),
            changes=(Change(what="image shop", before=self.image, after="shop:1"),),
            diff=f"-{self.image}\n+shop:1",
            dry_run="server",
            blast=BlastRadius(pods=4, ready=self.ready, unavailable_at_most=self.taken, share_percent=25),
            inverse=Inverse(
                tool="roll_back_deployment",
                arguments={"namespace": "web", "name": "shop", "to_revision": 2},
                says="Roll forward",
            ),
            preconditions=(Precondition(what="uid", expected="u-1"),),
            request={"verb": "PATCH", "path": "/x", "content_type": "y", "body": {}, "sha256": "0" * 64},
            command="kubectl rollout undo deployment/shop",
            runs_as=context.runs_as,
            expects={
                "expression": context.expression,
                "workload": {"namespace": "web", "name": "shop", "ready_replicas": 4, "revision_template_hash": "h1"},
            },
            prepared_at=stamp(context.now),
        )


@dataclass
class Act:
    """Everything the act process has, and `serve`'s signer beside it, for the clicks."""

    ledgers: Any = field(default_factory=MemoryLedgers)
    payloads: Any = field(default_factory=MemoryPayloads)
    changes: Any = field(default_factory=PretendChanges)
    index: MemoryIndex = field(default_factory=MemoryIndex)
    bell: NotingBell = field(default_factory=NotingBell)
    rules: Rules = field(default_factory=lambda: Rules(namespaces=frozenset({"web"})))
    policy: Any = field(default_factory=lambda: policy_in(None))
    catalogue: Catalogue = field(default_factory=Catalogue)
    meter: Meter | None = None
    executing: Executing = field(default_factory=lambda: Executing(pause=lambda _: None))
    signer: Ed25519Signer = field(default_factory=lambda: Ed25519Signer.read(PAIR.private))
    users: tuple[str, ...] = ("U1",)  # who approves
    chance: random.Random = field(default_factory=lambda: random.Random(7))

    def preparation(self, minutes: int = 15) -> Preparation:
        proposing = Proposing(lambda: f"{self.chance.getrandbits(128):032x}", timedelta(minutes=minutes), runs_as="act")
        judging = Judging(self.policy, self.rules, self.catalogue, self.meter)
        return Preparation(self.ledgers, self.payloads, self.index, self.bell, self.changes, judging, proposing)

    def execution(self) -> Execution:
        verifier = Ed25519Verifier.read(PAIR.public)
        return Execution(
            self.ledgers,
            self.payloads,
            self.bell,
            verifier,
            self.changes,
            Judging(self.policy, self.rules, self.catalogue, self.meter),
            replace(self.executing, runs_as="act"),
        )

    def open(
        self, ledger: str = INC, arguments: Mapping[str, Any] | None = None, tool: str = "roll_back_deployment"
    ) -> None:
        """An incident with a finding and one intent."""
        asked = {"namespace": "web", "name": "shop"} if arguments is None else dict(arguments)
        alert = self.payloads.put(ledger, {"labels": {}, "generatorURL": GENERATOR})
        key = f"{int(ledger.removeprefix('inc-')):032x}"
        something = self.payloads.put(ledger, "text")
        facts: list[Fact] = [
            IncidentOpened(severity=Severity.SEV2, key=key, title=something, why="first_alert", place="incident"),
            AlertReceived(
                fingerprint="f1",
                alertname="ErrorsHigh",
                severity=Severity.SEV2,
                starts_at=stamp(self.ledgers.now()),
                group=key,
                alert=alert,
                source="alertmanager",
            ),
            DiagnosisStarted(round=1, reasoner="guided"),
            FindingMade(
                round=1,
                verdict=Verdict.CAUSE,
                confidence="0.91",
                reasoner="guided",
                finding=something,
                looks=1,
                milliseconds=1,
            ),
            IntentMade(intent="i-1", round=1, tool=tool, arguments=self.payloads.put(ledger, asked)),
        ]
        self.ledgers.record(ledger, facts, "process:diagnose")
        listed = IncidentListed(incident=ledger, key=key, severity=Severity.SEV2)
        self.ledgers.record(WORKSPACE, [listed], "process:serve")

    def proposed(self, ledger: str = INC) -> Approval:
        """Open, prepare, and what is now to be decided."""
        self.open(ledger)
        self.preparation().run(ledger, "i-1")
        return self.only(ledger)

    def approved(self, ledger: str = INC) -> Approval:
        approval = self.proposed(ledger)
        self.approve(approval, ledger)
        return self.only(ledger)

    def approved_at_once(self, ledger: str = INC) -> Approval:
        """As by two workers at the same moment, of whom neither saw the other's request."""
        others = self.ledgers.open_ledgers()
        for other in others:
            self.ledgers.close(other)
        approval = self.approved(ledger)
        for other in others:
            self.ledgers.reopen(other)
        return approval

    def approve(
        self, approval: Approval, ledger: str = INC, signer: Ed25519Signer | None = None, **changes: Any
    ) -> None:
        """What `serve` appends when somebody clicked, or an attacker's version of it."""
        votes = [self.voted(approval, user, ledger) for user in self.users]
        given = self.signed(approval, ledger, signer).model_copy(update=changes)
        entry = Entry(ledger, self.incident(ledger).length, (*votes, given))
        assert self.ledgers.append([entry], "process:serve")

    def break_glass(self, approval: Approval, signed_by: str | None = "U1") -> None:
        """What `serve` appends when somebody alone answers for it; ``signed_by`` is whom the signature names."""
        click = self.clicked(approval, "break_glass")
        said: dict[str, Any] = {
            "incident": INC,
            "approval": approval.id,
            "digest": approval.digest,
            "voters": ("U1",),
            "approved_at": stamp(self.ledgers.now()),
            "expires_at": stamp(approval.expires_at),
        }
        seal = self.signer.sign(document(target=approval.target, broken_by=signed_by, **said))
        reason = self.payloads.put(INC, "nobody else is awake")
        signed = {"key": seal.key, "signature": seal.signature}
        approved = ActionApproved(**said, broken_by="U1", click=click, reason=reason, **signed)
        self.ledgers.record(INC, [approved], "process:serve")

    def clicked(self, approval: Approval, action: str, user: str = "U1", ledger: str = INC) -> str:
        """Somebody clicks; the click's id."""
        click = f"{self.chance.getrandbits(128):032x}"
        where = {"channel": "C1", "message_ts": "1.5", "action_ts": "2.5"}
        received = ClickReceived(click=click, approval=approval.id, action=action, user=user, team="T1", **where)
        self.ledgers.record(ledger, [received], "slack:T1/U1")
        return click

    def voted(self, approval: Approval, user: str, ledger: str = INC) -> VoteCast:
        """The vote a click would count as."""
        click = self.clicked(approval, "approve", user, ledger)
        return VoteCast(approval=approval.id, click=click, user=user, team="T1", digest=approval.digest)

    def signed(self, approval: Approval, ledger: str = INC, signer: Ed25519Signer | None = None) -> ActionApproved:
        said: dict[str, Any] = {
            "incident": ledger,
            "approval": approval.id,
            "digest": approval.digest,
            "voters": self.users,
            "approved_at": stamp(self.ledgers.now()),
            "expires_at": stamp(approval.expires_at),
        }
        seal = (signer or self.signer).sign(document(target=approval.target, **said))
        return ActionApproved(**said, key=seal.key, signature=seal.signature)

    # --- looking

    def incident(self, ledger: str = INC) -> Incident:
        return fold(ledger, self.ledgers.read(ledger))

    def only(self, ledger: str = INC) -> Approval:
        (approval,) = self.incident(ledger).approvals.values()
        return approval

    def state(self, ledger: str = INC) -> State:
        return self.only(ledger).state

    def workspace(self) -> Workspace:
        return fold_workspace(self.ledgers.read(WORKSPACE))

    def kinds(self, ledger: str = INC) -> list[str]:
        return [event.kind for event in self.ledgers.read(ledger)]

    def said(self, ref: Ref | None, ledger: str = INC) -> Any:
        assert ref is not None
        return self.payloads.get(ledger, ref)

    def stale_because(self, ledger: str = INC) -> str | None:
        approval = self.only(ledger)
        return approval.why if approval.state is State.STALE else None


def carry_out(act: Act, ledger: str = INC) -> None:
    """Run the execution job of the incident's only approval."""
    act.execution().run(ledger, act.only(ledger).id)


def detail(act: Act) -> dict[str, Any]:
    for event in act.ledgers.read(INC):
        if event.kind in {"ActionWentStale", "ExecutionFailed"}:
            return dict(act.said(event.fact.detail))
    raise AssertionError("nothing was refused")


def lose_answer() -> None:
    """What happens when a request was sent and nothing came back."""
    raise Unreachable("Kubernetes did not answer in time")
