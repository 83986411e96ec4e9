"""Ends a silence that Midwatch made; people's own are left alone. Nothing is deleted: it expires, and stays to be seen.

Alertmanager takes no mark with that, and needs none: a silence ends once, so a second run finds it over. The way back
is a new silence, as long as the one that was ended.
"""

from bot.core.canonical import Json
from bot.core.errors import LookFailed, Refused, Unreachable
from bot.core.ledger import stamp
from bot.core.silencing import BY, Silence, execution_of, live, matchers_of, silence_facts, state_of
from bot.core.tool import Arranges, Change, ChangingTool, Done, Inverse, Plan, Precondition, Preparing
from tools.change.outside.alertmanager import AlertmanagerSettings, alertmanager, silences, target, told, until
from tools.change.outside.asking import before_writing, found_after, preparing, requested
from tools.endpoints.json_api import JsonApi, Permit
from tools.specs.expire_silence import SPEC, ExpireSilence, by_hand
from tools.specs.shapes.silences import MOST_MINUTES


def prepare(arguments: ExpireSilence, settings: AlertmanagerSettings, context: Preparing) -> Plan:
    """A plan, or `Refused`: not_found, several, not_permitted."""
    with preparing(), alertmanager(settings) as api:
        silence = _meant(arguments, silences(api))
    named, matchers = str(silence["id"]), matchers_of(silence) or {}
    return Plan(
        tool=SPEC.name,
        arguments=arguments.model_dump(mode="json"),
        title=f"End the silence of alert {arguments.alertname} in {arguments.namespace}",
        target=target(matchers, context.context.get("cluster", "")),
        changes=(Change(what=f"silence of {told(matchers)}", before=f"until {until(silence)}", after="over"),),
        diff=f"- silence {told(matchers)}, until {until(silence)}",
        dry_run="computed",
        blast=Arranges(running=0, later=("alerts it mutes are heard again",)),
        inverse=_way_back(arguments.namespace, arguments.alertname, silence),
        preconditions=(Precondition(what="id", expected=named),),
        request=requested("DELETE", _path(named)),
        command=by_hand(arguments),
        runs_as=context.runs_as or f"{BY}, in Alertmanager",
        expects={"expression": "", "mends_alert": False, "silence_ended": _expected(arguments, named)},
        prepared_at=stamp(context.now),
    )


def _meant(arguments: ExpireSilence, every: list[Silence]) -> Silence:
    """The one of ours with exactly these matchers; where nothing further was said, the only one of that alert."""
    ours = [one for one in every if execution_of(one)]
    found = live(ours, arguments.every()) or (not arguments.matchers and _of_alert(arguments, ours)) or []
    if not found:
        raise Refused(
            f"Midwatch has no silence of {told(arguments.every())}; people's own silences are left alone",
            why="not_found",
        )
    if len(found) > 1:
        choices = "; ".join(told(matchers_of(one) or {}) for one in found[:5])
        raise Refused(f"there are several: {choices}. Say which by its labels", why="several")
    return found[0]


def _of_alert(arguments: ExpireSilence, ours: list[Silence]) -> list[Silence]:
    wanted = arguments.every().items()
    return [one for one in ours if (has := matchers_of(one)) and wanted <= has.items() and live([one], has)]


def _way_back(namespace: str, alertname: str, silence: Silence) -> Inverse:
    """Its whole length again, and not what was left of it: that would be another at every look."""
    try:
        facts = silence_facts(silence)
    except ValueError as error:
        raise Unreachable("Alertmanager gave a silence whose times cannot be read") from error
    minutes = max(1, min(MOST_MINUTES, round(facts["seconds"] / 60)))
    further = {name: value for name, value in facts["matchers"].items() if name not in {"alertname", "namespace"}}
    again = {"namespace": namespace, "alertname": alertname, "matchers": further, "minutes": minutes}
    return Inverse(tool="silence_alert", arguments=again, says=f"Silence it again for {minutes} min")


def _expected(arguments: ExpireSilence, named: str) -> Json:
    return {"namespace": arguments.namespace, "name": arguments.alertname, "id": named}


def _path(named: str) -> str:
    return f"/api/v2/silence/{named}"


def execute(plan: Plan, execution: str, settings: AlertmanagerSettings) -> Done:
    path = str(plan.request["path"])
    with alertmanager(settings, Permit("DELETE", path)) as api:
        with before_writing():
            silence = _read(api, path)
        if state_of(silence) == "expired":
            return _done(plan, execution, already=True)
        if plan.preconditions != (Precondition(what="id", expected=str(silence.get("id"))),):
            raise Refused("it is another silence than was approved", why="changed")
        try:
            api.write("DELETE", path)
        except Unreachable as error:
            found_after(lambda: _over(settings, path), error)
    return _done(plan, execution)


def _read(api: JsonApi, path: str) -> Silence:
    found = api.get(path)
    if found is None:
        raise Refused("Alertmanager does not know this silence any more", why="changed")
    if not isinstance(found, dict):
        raise LookFailed("Alertmanager answered in a shape that is not its API's")
    return found


def _over(settings: AlertmanagerSettings, path: str) -> bool | None:
    with alertmanager(settings) as api:
        return True if state_of(_read(api, path)) == "expired" else None


def carries(plan: Plan, execution: str, settings: AlertmanagerSettings) -> bool:
    """Whether it is over."""
    del execution  # nothing tells whose doing that was, and nothing is left to do
    with preparing():
        return bool(_over(settings, str(plan.request["path"])))


def _done(plan: Plan, execution: str, already: bool = False) -> Done:
    facts = {"object": plan.target.id, "id": str(plan.expects["silence_ended"]["id"]), "execution": execution}
    return Done(says=f"{plan.title}: {'it was over before' if already else 'done'}", facts=facts, already=already)


TOOL = ChangingTool(
    spec=SPEC, settings=AlertmanagerSettings, prepare=prepare, execute=execute, carries=carries, reversible=True
)
