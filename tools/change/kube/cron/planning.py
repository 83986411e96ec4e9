"""Puts the plan of a re-run together: what differs from the schedule's own run, what it touches, what must hold."""

from collections.abc import Iterator, Mapping

from bot.core.canonical import Json
from bot.core.errors import Refused
from bot.core.harmless import is_harmless, names_a_place
from bot.core.ledger import stamp
from bot.core.reruns import job_name
from bot.core.tool import Change, NotReversible, Plan, Precondition, Preparing, Starts, Target
from tools.change.kube.cluster import JSON, Cluster
from tools.change.kube.cron.body import named, override, plain_run, run_body, shown_run
from tools.change.kube.cron.live import ALONE, CronLive, jobs_path
from tools.change.kube.differing import changes, unified_diff
from tools.change.kube.marks import marks_of
from tools.change.kube.patching import exact
from tools.specs.rerun_job import command

NO_WAY_BACK = "a run that has begun cannot be taken back: deleting its Job would only stop what is left of it"
NOTHING_DIFFERS = "Nothing differs from the Job that the schedule would start."
SOON, LATEST, UNKNOWN = 300, 6 * 3600, 3600
MOST_TOUCHED = 8
VOLUMES = {
    "persistentVolumeClaim": ("volume claim", "claimName"),
    "configMap": ("config map", "name"),
    "secret": ("secret", "secretName"),
    "hostPath": ("the node's own path", "path"),
    "nfs": ("NFS server", "server"),
}
WORDS = {
    "uid": "it was deleted and made again",
    "generation": "its spec was changed",
    "template": "its Job template was changed",
    "running": "one of its Jobs is running",
}


def why_not_now(live: CronLive) -> None:
    """Raise `Refused` where a run could not begin, or may not begin beside another."""
    if live.template["spec"].get("suspend"):
        raise Refused("its Job template is suspended, so a Job made from it would not begin", why="suspended")
    if live.concurrency in ALONE and live.active:
        raise Refused(
            f"{live.active[0]} is still running, and its owner lets only one run at a time ({live.concurrency})",
            why="already_running",
        )


def planned(
    cluster: Cluster, live: CronLive, arguments: Json, overrides: Mapping[str, str], context: Preparing
) -> Plan:
    """Everything a person needs to decide, measured now. Raises `Refused` (dry_run_differs, rejected, …)."""
    metadata = live.cron_job["metadata"]
    namespace, name = str(metadata["namespace"]), str(metadata["name"])
    body = run_body(live, overrides)
    usual, after = (_tried(cluster, namespace, made) for made in (run_body(live, {}), body))
    why_inexact(usual, after, overrides)
    return Plan(
        tool=str(arguments["tool"]),
        arguments={key: value for key, value in arguments.items() if key != "tool"},
        title=f"Re-run CronJob {name} in {namespace}{_with(overrides)}",
        target=Target(
            kind="CronJob",
            namespace=namespace,
            name=name,
            uid=live.uid,
            generation=live.generation,
            cluster=context.context.get("cluster", ""),
        ),
        changes=changes(usual, after) or (Change(what="a new run", before="none", after="as the schedule starts it"),),
        diff=unified_diff(usual, after, f"Job of CronJob/{name}", "as scheduled") or NOTHING_DIFFERS,
        dry_run="server",
        blast=Starts(pods=pods_at_once(live), running=len(live.active), touches=touched(after)),
        inverse=NotReversible(reason=NO_WAY_BACK),
        marks=marks_of(live.cron_job),
        preconditions=captured(live),
        request={
            "verb": "POST",
            "path": jobs_path(namespace),
            "content_type": JSON,
            "body": shown_run(live, overrides),
            "sha256": exact(body),
        },
        command=command(namespace, name, overrides),
        runs_as=context.runs_as or cluster.whoami(),
        expects={
            "expression": context.expression,
            "job": {"namespace": namespace, "cron_job": name, "within_seconds": within_seconds(live)},
        },
        prepared_at=stamp(context.now),
        cautions=tuple(cautions(live)),
    )


def _tried(cluster: Cluster, namespace: str, body: Json) -> Json:
    """The Job as the server would make it."""
    name = str(body["metadata"]["ownerReferences"][0]["name"])
    return plain_run(cluster.dry_run_create(jobs_path(namespace), named(body, job_name(name, "dry run"))))


def why_inexact(usual: Json, after: Json, overrides: Mapping[str, str]) -> None:
    """Raise `Refused` where something in the cluster (an admission webhook) alters more than the overrides."""
    wanted = plain_run(usual)
    override(wanted, overrides)
    if after != wanted:
        raise Refused(
            "the dry run does not give the schedule's own Job with these overrides: something in the cluster alters it",
            why="dry_run_differs",
        )


def _with(overrides: Mapping[str, str]) -> str:
    if len(overrides) > 2:
        return f" with {len(overrides)} variables overridden"
    told = [f"{name}={value if is_harmless(name, value) else '…'}" for name, value in overrides.items()]
    return f" with {' and '.join(told)}" if told else ""


def pods_at_once(live: CronLive) -> int:
    spec = live.template["spec"]
    completions = spec.get("completions")
    parallel = 1 if spec.get("parallelism") is None else int(spec["parallelism"])
    return parallel if completions is None else min(parallel, int(completions))


def touched(job: Json) -> tuple[str, ...]:
    """The volumes it declares and the addresses its variables name."""
    spec = job["spec"]["template"]["spec"]
    found = dict.fromkeys([*_volumes(spec), *_places(spec)])
    return tuple(list(found)[:MOST_TOUCHED])


def _volumes(spec: Json) -> Iterator[str]:
    for volume in spec.get("volumes") or []:
        for kind, (words, key) in VOLUMES.items():
            if isinstance(volume.get(kind), dict):
                yield f"{words} {str(volume[kind].get(key) or volume.get('name'))[:100]}"


def _places(spec: Json) -> Iterator[str]:
    for container in spec.get("containers") or []:
        for one in container.get("env") or []:
            name, value = str(one.get("name")), one.get("value")
            if isinstance(value, str) and value and names_a_place(name) and is_harmless(name, value):
                yield f"{name} {value}"[:150]


def facts(live: CronLive) -> dict[str, str]:
    """Every fact a precondition may name."""
    running = live.active[0] if live.active and live.concurrency in ALONE else "none"
    return {"uid": live.uid, "generation": str(live.generation), "template": live.digest, "running": running}


def captured(live: CronLive) -> tuple[Precondition, ...]:
    return tuple(Precondition(what=what, expected=seen) for what, seen in facts(live).items())


def why_changed(plan: Plan, live: CronLive) -> str | None:
    """The first precondition that no longer holds, in words, or None; a name nobody knows never holds."""
    seen = facts(live)
    for condition in plan.preconditions:
        if seen.get(condition.what) != condition.expected:
            return WORDS.get(condition.what, "it changed")
    return None


def within_seconds(live: CronLive) -> int:
    """How long the run may take before it counts as one that did not help."""
    own = live.template["spec"].get("activeDeadlineSeconds")
    if own is not None:
        return min(LATEST, int(own) + SOON)
    longest = live.longest_seconds
    return UNKNOWN if longest is None else min(LATEST, max(SOON, 3 * longest))


def cautions(live: CronLive) -> Iterator[str]:
    """What a person should know first."""
    if live.active:
        yield f"{live.active[0]} is running now; the two would run side by side."
    if live.suspended:
        yield "Its schedule is suspended: this run happens all the same."
    else:
        yield "The schedule goes on beside it: the next run does not wait for this one."
    spec = live.template["spec"]
    if live.cron_job["spec"].get("successfulJobsHistoryLimit") == 0 or spec.get("ttlSecondsAfterFinished") is not None:
        yield "Its Jobs are deleted soon after they end, so the later check may find nothing to read."
    yield "Whether a second run repeats what an earlier one did by half is for its owner to know."
