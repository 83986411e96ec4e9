"""Turns a feature flag on or off. Reversible: the other value is the way back.

The write is conditional on the version that was shown and carries the execution as its idempotency key; the endpoint
keeps that as `changed_by`, which is how an effect is known. Without it an outcome that was lost stays open.
"""

from typing import Any

from pydantic import Field, HttpUrl, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict

from bot.core.errors import LookFailed, Refused, Unreachable
from bot.core.ledger import stamp
from bot.core.tool import Arranges, Change, ChangingTool, Done, Inverse, Plan, Precondition, Preparing, Target
from tools.change.outside.asking import SECONDS, before_writing, found_after, preparing, requested
from tools.endpoints.flags import Flag, path_of, read_flag
from tools.endpoints.json_api import JsonApi, Permit, Service
from tools.specs.toggle_feature_flag import SPEC, ToggleFeatureFlag, by_hand

NOWHERE = "The flag does not say which namespace it belongs to: whether it is this one, nobody checked."


class FlagSettings(BaseSettings):
    model_config = SettingsConfigDict(env_prefix="FLAGS_", extra="ignore", hide_input_in_errors=True)

    url: HttpUrl = Field(description="the feature flags' endpoint, before /flags", examples=["https://flags.internal"])
    token: SecretStr | None = Field(
        default=None, description="a bearer token that may change flags; it must be in no other process"
    )


def flags(settings: FlagSettings, permit: Permit | None = None) -> JsonApi:
    return JsonApi(Service("The flag endpoint", str(settings.url), settings.token), SECONDS, permit)


def prepare(arguments: ToggleFeatureFlag, settings: FlagSettings, context: Preparing) -> Plan:
    """A plan, or `Refused`: not_found, another_namespace, nothing_to_do, not_permitted."""
    with preparing(), flags(settings) as api:
        flag = read_flag(api, arguments.flag)
    if flag is None:
        raise Refused(f"there is no flag {arguments.flag}", why="not_found")
    if flag.namespace not in (None, arguments.namespace):
        raise Refused(f"it belongs to {flag.namespace}, not to {arguments.namespace}", why="another_namespace")
    if flag.enabled is (arguments.to == "on"):
        raise Refused(f"it is {arguments.to} already", why="nothing_to_do")
    return _planned(arguments, flag, context)


def _planned(arguments: ToggleFeatureFlag, flag: Flag, context: Preparing) -> Plan:
    namespace, key, to, was = arguments.namespace, arguments.flag, arguments.to, "on" if flag.enabled else "off"
    about = f"  # {flag.description}" if flag.description else ""
    return Plan(
        tool=SPEC.name,
        arguments=arguments.model_dump(mode="json"),
        title=f"Set flag {key} in {namespace} from {was} to {to}",
        target=Target(
            kind="Flag",
            namespace=namespace,
            name=key,
            uid=key,
            generation=flag.version,
            cluster=context.context.get("cluster", ""),
        ),
        changes=(Change(what=f"flag {key}", before=was, after=to),),
        diff=f"- {key}: {was}{about}\n+ {key}: {to}",
        dry_run="computed",
        blast=Arranges(running=0, later=(f"whatever asks for the flag is told {to} from then on",)),
        inverse=Inverse(tool=SPEC.name, arguments={**arguments.model_dump(), "to": was}, says=f"Set it back to {was}"),
        preconditions=(Precondition(what="version", expected=str(flag.version)),),
        request=requested("PUT", path_of(key), {"enabled": to == "on"}),
        command=by_hand(arguments),
        runs_as=context.runs_as or "midwatch, at the flag endpoint",
        expects={
            "expression": context.expression,
            "flag": {"namespace": namespace, "name": key, "enabled": to == "on"},
        },
        prepared_at=stamp(context.now),
        cautions=() if flag.namespace else (NOWHERE,),
    )


def execute(plan: Plan, execution: str, settings: FlagSettings) -> Done:
    arguments = ToggleFeatureFlag.model_validate(plan.arguments)
    path, body = path_of(arguments.flag), {"enabled": arguments.to == "on"}
    if requested("PUT", path, body) != plan.request:
        raise Refused("the change would not be the one that was approved", why="changed")
    with flags(settings, Permit("PUT", path)) as api:
        with before_writing():
            flag = read_flag(api, arguments.flag)
        if flag is not None and flag.changed_by == execution:
            return _done(plan, flag, execution, already=True)
        version = _unchanged(plan, flag, wanted=body["enabled"])
        try:
            api.write("PUT", path, body, {"If-Match": f'"{version}"', "Idempotency-Key": execution})
            lost = Unreachable("The flag endpoint took the change, and does not show it")
        except Unreachable as error:
            lost = error
    return _done(plan, found_after(lambda: _seen(settings, plan, execution), lost), execution)


def _unchanged(plan: Plan, flag: Flag | None, *, wanted: bool) -> int:
    """The version, where it is the one that was approved."""
    if flag is None:
        raise Refused("the flag is not there any more", why="changed")
    if plan.preconditions == (Precondition(what="version", expected=str(flag.version)),):
        return flag.version
    if flag.changed_by is None and flag.enabled is wanted:
        raise Unreachable("the flag is as wanted, and its endpoint does not say by whom")  # perhaps by our first run
    raise Refused("the flag was changed meanwhile (it has another version)", why="changed")


def _seen(settings: FlagSettings, plan: Plan, execution: str) -> Flag | None:
    with flags(settings) as api:
        flag = read_flag(api, plan.target.name)
    return flag if flag is not None and flag.changed_by == execution else None


def carries(plan: Plan, execution: str, settings: FlagSettings) -> bool:
    """Raises `Unreachable` where it is as wanted, and the endpoint does not say who changed it last."""
    wanted = plan.expects["flag"]["enabled"]
    with preparing(), flags(settings) as api:
        flag = read_flag(api, plan.target.name)
        if flag is not None and flag.changed_by is None and flag.enabled is wanted:
            raise LookFailed("The flag endpoint does not say who changed the flag last (changed_by)")
    return flag is not None and flag.changed_by == execution


def _done(plan: Plan, flag: Flag, execution: str, already: bool = False) -> Done:
    facts: dict[str, Any] = {"object": plan.target.id, "version": flag.version, "execution": execution}
    return Done(says=f"{plan.title}: {'it was done before' if already else 'done'}", facts=facts, already=already)


TOOL = ChangingTool(
    spec=SPEC, settings=FlagSettings, prepare=prepare, execute=execute, carries=carries, reversible=True
)
