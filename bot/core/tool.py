"""What a tool is: its spec (pure, what a reasoner sees), what reading gives, what changing needs.

A reading tool returns an `Observation`. A changing tool never runs from here: a reasoner can only make an
`Intent` of its spec, the act process turns that into a `Plan` (by `prepare`, dry runs only), a person approves the
plan's digest, and the act process carries out exactly that plan. Plans are stored as canonical JSON: no floats.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Literal

from pydantic import BaseModel, Field

from bot.core.canonical import Json, digest
from bot.core.events import Outcome, Value
from bot.core.window import Window

if TYPE_CHECKING:
    from bot.core.case import Seen

MARK = "midwatch.dev/execution"  # the annotation by which an execution's effect is known at its target


class Effect(StrEnum):
    """What a tool does to the world. There is no default: a tool that does not say is refused at start."""

    READ = "read"
    CHANGE = "change"


@dataclass(frozen=True)
class Asked:
    """How a person asks for a change: "<verb> <name> [in <namespace>] [<option's words> <value>]".

    ``options`` are words -> the argument whose value follows them; ``pairs`` is the argument that takes `NAME=value`.
    ``look`` is the reading tool that finds objects of this kind by service (facts: ``rows`` with name and namespace);
    "" where there is none, and then the namespace must be named. ``named`` is the argument that takes the name;
    ``exact`` where upper and lower case are not the same in it.
    """

    verbs: tuple[str, ...]
    kind: str = "Deployment"
    options: Mapping[str, str] = field(default_factory=dict)
    pairs: str = ""
    look: str = "list_workloads"
    rows: str = "workloads"
    named: str = "name"
    exact: bool = False


@dataclass(frozen=True)
class Foreseen:
    """What a change would do, told from what was read: nobody tried it. ``evidence`` is the look it stands on."""

    changes: tuple[str, ...] = ()
    touches: str = ""
    way_back: str = ""
    evidence: str = ""


@dataclass(frozen=True)
class Spec:
    """The face of a tool: what the model and the README see."""

    name: str
    effect: Effect
    arguments: type[BaseModel]
    says: str  # one sentence in the imperative, for the model and for people
    button: str = ""  # Title Case verb of a changing tool ("Roll Back"), as its Approve button says it
    asked: Asked | None = None  # of a changing tool: how a person asks for it by `/ops do`
    by_hand: Callable[[Any], str] | None = None  # its arguments -> the equivalent line for a person's shell
    foresee: "Callable[[Any, Sequence[Seen]], Foreseen | None] | None" = None  # its arguments, what was read
    scope: Literal["namespace", "cluster"] = "namespace"  # cluster: what it changes lives in no namespace
    for_model: bool = True  # False: a model is neither told of it nor may name it (strict tools are few, too)

    def schema(self) -> Json:
        """The JSON Schema of the arguments, strict (no extra fields)."""
        return {**self.arguments.model_json_schema(), "additionalProperties": False}


def for_model(specs: Mapping[str, Spec]) -> dict[str, Spec]:
    """Those a model may use or propose."""
    return {name: spec for name, spec in specs.items() if spec.for_model}


@dataclass(frozen=True)
class Observation:
    """What one look came to.

    ``asked`` is the exact query with the range, filter and limit really used; ``digest`` what it says in plain
    words and numbers with units (at most about 1,500 tokens); ``facts`` the same as typed JSON for predicates and
    views (each tool's docstring gives the shape; floats allowed, it is never hashed); ``link`` leads to the raw data.
    """

    outcome: Outcome
    asked: str
    digest: str
    facts: Json = field(default_factory=dict)
    link: str = ""


@dataclass(frozen=True)
class Look:
    """What every reading tool is given beside its arguments: the incident's one window, and how long it may take."""

    window: Window
    seconds: float
    now: datetime


ReadingRun = Callable[[Any, Any, Look], Observation]


@dataclass(frozen=True)
class ReadingTool:
    """``run(arguments, settings, look)`` raises `LookFailed`, `Denied`, `TimedOut`; it never returns those as empty."""

    spec: Spec
    settings: type[BaseModel]
    run: ReadingRun


# --- changing -------------------------------------------------------------------------------------------------------


class Target(Value):
    """The live object a plan is about, as it was when the plan was made."""

    kind: str
    namespace: str
    name: str
    uid: str
    generation: int
    cluster: str = ""

    @property
    def id(self) -> str:
        return f"{self.kind}/{self.namespace}/{self.name}"

    @property
    def said(self) -> str:
        """“shop in web”; what lives in no namespace is its name alone."""
        return f"{self.name} in {self.namespace}" if self.namespace else self.name


class Change(Value):
    """One field that will differ: ``path`` in words ("image checkout"), before and after as text."""

    what: str
    before: str
    after: str


class BlastRadius(Value):
    """What a change takes away from what runs, measured from the live state, never estimated by a model.

    ``share_percent`` is of the ready pods.
    """

    pods: int
    ready: int
    unavailable_at_most: int
    share_percent: int
    budget_room: int | None = None  # pods the disruption budget still lets go; None when there is no budget
    downstream: tuple[str, ...] = ()


class Starts(Value):
    """What a change starts beside what runs, taking nothing away: ``pods`` at once, ``running`` of its kind already.

    ``touches`` are the volumes and addresses its template declares, in words.
    """

    pods: int
    running: int
    touches: tuple[str, ...] = ()


class Arranges(Value):
    """What a change only arranges, touching no pod now: ``running`` of its kind go on as they are.

    ``later`` is what comes of it in time, in words.
    """

    running: int
    later: tuple[str, ...] = ()


class Inverse(Value):
    """The way back, captured before acting: a call of the same shape as the plan's own."""

    tool: str
    arguments: Json
    says: str


class NotReversible(Value):
    reason: str


class Precondition(Value):
    """Something true when the plan was made that must still be true just before it runs."""

    what: str  # a stable name: "uid", "replicas", "revision", "image:checkout", "no_newer_rollout" …
    expected: str


class Plan(Value):
    """Exactly what will be done, and everything a person needs to decide it. Its digest is what gets approved."""

    tool: str
    arguments: Json
    title: str  # "Roll back Deployment checkout in payments, revision 47 to 46"
    target: Target
    changes: tuple[Change, ...]
    diff: str  # unified diff of the dry run, may be long
    dry_run: Literal["server", "computed"]
    blast: BlastRadius | Starts | Arranges
    inverse: Inverse | NotReversible
    preconditions: tuple[Precondition, ...]
    request: Json  # {"verb", "path", "content_type", "body", "sha256"}: the call, but for what depends on the execution
    command: str  # the equivalent line (kubectl, amtool, curl), for people
    runs_as: str
    # what verification checks: {"expression": …} and one subject of `verifying.SUBJECTS`; `"mends_alert": False` where
    # the alert is not what this mends, so that it is judged by its subject alone
    expects: Json
    prepared_at: str
    marks: tuple[str, ...] = Field(default=(), exclude=True)  # of the live object; what is marked is never proposed
    cautions: tuple[str, ...] = ()  # what a person should know first: who else manages the object, budgets without room

    def digest(self) -> str:
        return digest(self.model_dump(mode="json"))


@dataclass(frozen=True)
class Done:
    """What an execution came to. ``already`` when the target carried this execution's mark before we began."""

    says: str
    facts: Json
    already: bool = False


@dataclass(frozen=True)
class ChangingTool:
    """The implementation half; lives in `tools/change`, imported by the act process alone.

    ``steps``: it makes more than one call. `execute` is then given, beside the rest, a `core.stepping.GoOn` to be
    asked before each one, and raises `Stopped` where it ends with a part done.

    ``prepare(arguments, settings, context)`` may only read and dry-run. ``execute(plan, execution, settings)`` checks
    the preconditions against the live object once more (raises `Refused`, nothing changed), makes the one call, marked
    with the execution id so that a second run cannot have a second effect, and returns at once; it raises `Refused`
    when it is certain nothing changed and anything else when it is not. ``carries(plan, execution, settings)`` only
    reads: whether the target carries this execution's mark already.
    """

    spec: Spec
    settings: type[BaseModel]
    prepare: Callable[[Any, Any, "Preparing"], Plan]
    execute: Callable[..., Done]
    carries: Callable[[Plan, str, Any], bool]
    reversible: bool
    steps: bool = False
    idempotent: bool = True  # a second run of one execution has no second effect; otherwise two people decide


@dataclass(frozen=True)
class Preparing:
    """What `prepare` is given: the time, who it runs as, and what the alert itself measures."""

    now: datetime
    runs_as: str
    expression: str = ""  # the alert's own expression, for verification
    context: Mapping[str, str] = field(default_factory=dict)
