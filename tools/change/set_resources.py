"""Sets a container's requests and limits: a rollout of the same template but for those. Reversible, also to “none”.

`prepare` dry-runs the patch on the server and checks that the result has what was asked for and differs in nothing
else; `execute` makes the same patch, conditional and marked.
"""

import re

from bot.core.canonical import Json
from bot.core.errors import Refused
from bot.core.tool import ChangingTool, Done, Inverse, NotReversible, Plan, Preparing
from tools.change.kube.carrying_out import carries, carry_out
from tools.change.kube.cautions import Undoing
from tools.change.kube.cluster import ClusterSettings
from tools.change.kube.live import Live
from tools.change.kube.patching import pinned
from tools.change.kube.planning import Draft, dry_run, planned, reading
from tools.change.kube.resources import Resized, alike, chosen, resized, resources_of, without
from tools.change.kube.templates import same_template
from tools.specs.set_resources import CPU, MEMORY, PLACES, SPEC, SetResources, by_hand


def prepare(arguments: SetResources, settings: ClusterSettings, context: Preparing) -> Plan:
    """A plan, or `Refused`: not_found, paused, which_container, no_such_container, nothing_to_do, senseless …"""
    with reading(settings, arguments.namespace, arguments.name) as (cluster, live):
        if live.deployment["spec"].get("paused"):
            raise Refused("its rollout is paused, so its pods would not get them until it is resumed", why="paused")
        made = resized(live.template, arguments.container, arguments.asked())
        exact = arguments.model_copy(update={"container": made.container})
        after = dry_run(cluster, live, made.body)
        why_inexact(live.template, after["spec"]["template"], made)
        namespace, name = arguments.namespace, arguments.name
        draft = Draft(
            tool=SPEC.name,
            arguments=exact.model_dump(mode="json", exclude_none=True),
            title=f"Set {_listed(made)} of container {made.container} of Deployment {name} in {namespace}",
            command=by_hand(exact),
            request=pinned(namespace, name, made.body, made.body),
            inverse=way_back(namespace, name, made),
            template_hash=None,
            after=after,
            undoing=Undoing("the former resources", "change them there too"),
        )
        return planned(cluster, live, draft, context)


def execute(plan: Plan, execution: str, settings: ClusterSettings) -> Done:
    return carry_out(plan, execution, settings, _body)


def _listed(made: Resized) -> str:
    told = []
    for argument in made.former:
        side, what = PLACES[argument]
        told.append(f"{argument.replace('_', ' ')} {made.wanted[side].get(what, 'to none')}")
    return ", ".join(told)


def why_inexact(before: Json, after: Json, made: Resized) -> None:
    """Raise `Refused` where something in the cluster (an admission webhook) alters what would be written."""
    rest = (without(one, made.container) for one in (before, after))
    if not same_template(*rest) or not alike(resources_of(chosen(after, made.container)), made.wanted):
        raise Refused(
            "the dry run does not give exactly these resources: something in the cluster alters it",
            why="dry_run_differs",
        )


def way_back(namespace: str, name: str, made: Resized) -> Inverse | NotReversible:
    """The former values, where they are written as they may be asked for."""
    for argument, value in made.former.items():
        if not re.fullmatch(CPU if argument.startswith("cpu") else MEMORY, value):
            said = argument.replace("_", " ")
            return NotReversible(reason=f"its {said} of {value[:40]} is written in a way that cannot be asked for here")
    told = ", ".join(f"{argument.replace('_', ' ')} {value}" for argument, value in made.former.items())
    return Inverse(
        tool=SPEC.name,
        arguments={"namespace": namespace, "name": name, "container": made.container, **made.former},
        says=f"Set back {told}",
    )


def _body(plan: Plan, live: Live) -> Json:
    arguments = SetResources.model_validate(plan.arguments)
    return resized(live.template, arguments.container, arguments.asked()).body


TOOL = ChangingTool(
    spec=SPEC, settings=ClusterSettings, prepare=prepare, execute=execute, carries=carries, reversible=True
)
