"""Mutes an alert of one namespace for a while. Reversible: the silence can be ended before its time.

It mends nothing, so what is checked afterwards is the silence and not the alert. An execution is known by the mark in
the silence's comment: a second run finds it there and makes none.
"""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

from bot.core.canonical import Json
from bot.core.errors import Refused, Unreachable
from bot.core.ledger import stamp
from bot.core.silencing import BY, Silence, comment_of, execution_of, live, matchers_of
from bot.core.tool import Arranges, Change, ChangingTool, Done, Inverse, Plan, Precondition, Preparing
from tools.change.outside.alertmanager import (
    SILENCES,
    AlertmanagerSettings,
    alertmanager,
    firing,
    silences,
    target,
    told,
    until,
)
from tools.change.outside.asking import before_writing, found_after, preparing, requested
from tools.endpoints.json_api import Permit
from tools.specs.silence_alert import SPEC, SilenceAlert, by_hand

MOST_MUTED = 20


def prepare(arguments: SilenceAlert, settings: AlertmanagerSettings, context: Preparing) -> Plan:
    """A plan, or `Refused`: nothing_to_do, too_broad, not_permitted."""
    matchers = arguments.every()
    with preparing(), alertmanager(settings) as api:
        if equal := live(silences(api), matchers):
            raise Refused(f"it is silenced already, until {until(equal[0])}", why="nothing_to_do")
        muted = firing(api, matchers)
    if len(muted) > MOST_MUTED:
        raise Refused(
            f"it would mute {len(muted)} alerts that fire now; at most {MOST_MUTED} are muted: name further labels",
            why="too_broad",
        )
    return _planned(arguments, muted, context)


def _planned(arguments: SilenceAlert, muted: list[dict[str, Any]], context: Preparing) -> Plan:
    matchers, names = arguments.every(), [_name(one) for one in muted]
    lasting = f"{arguments.minutes} min"
    given = {"namespace": arguments.namespace, "alertname": arguments.alertname, "matchers": arguments.matchers}
    return Plan(
        tool=SPEC.name,
        arguments=arguments.model_dump(mode="json"),
        title=f"Silence alert {arguments.alertname} in {arguments.namespace} for {lasting}",
        target=target(matchers, context.context.get("cluster", "")),
        changes=(Change(what=f"silence of {told(matchers)}", before="none", after=f"for {lasting}"),),
        diff="\n".join([f"+ silence {told(matchers)}, {lasting}", *(f"  mutes now: {name}" for name in names)]),
        dry_run="computed",
        blast=Arranges(running=0, later=tuple(_later(names, lasting))),
        inverse=Inverse(tool="expire_silence", arguments=given, says="End the silence before its time is up"),
        preconditions=(Precondition(what="equal_silences", expected="none"),),
        request=requested("POST", SILENCES, _body(arguments)),
        command=by_hand(arguments),
        runs_as=context.runs_as or f"{BY}, in Alertmanager",
        expects={"expression": "", "mends_alert": False, "silence": _expected(arguments)},
        prepared_at=stamp(context.now),
        cautions=() if muted else ("No alert fires now that it would mute.",),
    )


def _later(names: list[str], lasting: str) -> Iterator[str]:
    alerts = "alert that fires" if len(names) == 1 else "alerts that fire"
    yield f"mutes {len(names)} {alerts} now, and any that begins within {lasting}"
    yield from names[:4]


def _name(alert: dict[str, Any]) -> str:
    labels = alert.get("labels")
    found = labels if isinstance(labels, dict) else {}
    return ", ".join(f"{name}={value}" for name, value in sorted(found.items()) if name != "namespace")[:150]


def _body(arguments: SilenceAlert) -> Json:
    """What is pinned: all but its times and its mark, which only the execution knows."""
    matchers = [
        {"name": name, "value": value, "isRegex": False, "isEqual": True} for name, value in arguments.every().items()
    ]
    return {"matchers": matchers, "minutes": arguments.minutes, "createdBy": BY, "comment": arguments.comment}


def _expected(arguments: SilenceAlert) -> Json:
    return {"namespace": arguments.namespace, "name": arguments.alertname, "minutes": arguments.minutes}


def execute(plan: Plan, execution: str, settings: AlertmanagerSettings) -> Done:
    arguments = SilenceAlert.model_validate(plan.arguments)
    if requested("POST", SILENCES, _body(arguments)) != plan.request:
        raise Refused("the change would not be the one that was approved", why="changed")
    with alertmanager(settings, Permit("POST", SILENCES)) as api:
        with before_writing():
            every = silences(api)
        if (own := _own(every, execution)) is not None:
            return _done(plan, own, execution, already=True)
        if equal := live(every, arguments.every()):
            raise Refused(f"it was silenced meanwhile, until {until(equal[0])}", why="changed")
        try:
            api.write("POST", SILENCES, _sent(arguments, execution))
            lost = Unreachable("Alertmanager took the silence, and does not show it")
        except Unreachable as error:
            lost = error
    return _done(plan, found_after(lambda: _seen(settings, execution), lost), execution)


def _sent(arguments: SilenceAlert, execution: str) -> Json:
    now = datetime.now(UTC)
    made = _body(arguments)
    del made["minutes"]
    ends = now + timedelta(minutes=arguments.minutes)
    return {
        **made,
        "comment": comment_of(execution, arguments.comment),
        "startsAt": now.isoformat(),
        "endsAt": ends.isoformat(),
    }


def _own(every: list[Silence], execution: str) -> Silence | None:
    """The one this execution made, also when it is over."""
    return next((one for one in every if execution_of(one) == execution), None)


def _seen(settings: AlertmanagerSettings, execution: str) -> Silence | None:
    with alertmanager(settings) as api:
        return _own(silences(api), execution)


def carries(plan: Plan, execution: str, settings: AlertmanagerSettings) -> bool:
    with preparing():
        found = _seen(settings, execution)
    return found is not None and matchers_of(found) == SilenceAlert.model_validate(plan.arguments).every()


def _done(plan: Plan, silence: Silence, execution: str, already: bool = False) -> Done:
    says = "it was done before" if already else f"until {until(silence)}"
    facts = {"object": plan.target.id, "id": str(silence.get("id") or ""), "execution": execution}
    return Done(says=f"{plan.title}: {says}", facts=facts, already=already)


TOOL = ChangingTool(
    spec=SPEC, settings=AlertmanagerSettings, prepare=prepare, execute=execute, carries=carries, reversible=True
)
