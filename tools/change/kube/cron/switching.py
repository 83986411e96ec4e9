"""Suspends a CronJob's schedule or lets it go on: one patch of `spec.suspend`, and what comes of it, in words.

Suspending touches no run. Resuming may start one at once: the newest that was missed, as the controller does.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from bot.core.canonical import Json
from bot.core.errors import Refused
from bot.core.tool import Arranges, Done, Inverse, Plan, Preparing, Starts
from tools.change.kube.assembling import Found, assembled, tried
from tools.change.kube.carrying_out import Course, carry_through
from tools.change.kube.cautions import Undoing, managed
from tools.change.kube.cluster import Cluster, ClusterSettings
from tools.change.kube.cron.live import CronLive, cron_job_path, read_cron_job
from tools.change.kube.cron.planning import captured, pods_at_once, touched, why_changed
from tools.change.kube.cron.schedule import Due, due, told
from tools.change.kube.patching import pinned_at

MADE_UP_FOR = "When it is resumed, the newest run that was missed meanwhile starts at once"


@dataclass(frozen=True)
class Switch:
    """``undo`` is the tool that switches it back, ``command`` the line for a person."""

    tool: str
    undo: str
    suspend: bool
    command: str


def switched(namespace: str, name: str, wanted: Switch, settings: ClusterSettings, context: Preparing) -> Plan:
    """The plan. Raises `Refused` where it is so already, or where resuming would end a run."""
    with Cluster(settings) as cluster:
        live = read_cron_job(cluster, namespace, name)
        coming = due(live.cron_job, context.now)
        _check(live, wanted.suspend, coming)
        path, body = cron_job_path(namespace, name), _body(wanted.suspend)
        after = tried(cluster, path, live.cron_job, body)
        why_inexact(after, wanted.suspend)
        arguments: Json = {"namespace": namespace, "name": name}
        found = Found(
            tool=wanted.tool,
            arguments=arguments,
            title=f"{'Suspend' if wanted.suspend else 'Resume'} CronJob {name} in {namespace}",
            command=wanted.command,
            thing=live.cron_job,
            after=after,
            request=pinned_at(path, body, body),
            blast=_stopped(live, coming) if wanted.suspend else _resumed(live, coming),
            inverse=Inverse(tool=wanted.undo, arguments=arguments, says=_back(wanted.suspend)),
            preconditions=tuple(one for one in captured(live) if one.what in {"uid", "generation"}),
            expects={"cron_job": {**arguments, "suspended": wanted.suspend}},
            cautions=tuple(_cautions(live, wanted.suspend, coming)),
        )
        return assembled(cluster, found, context)


def switch(plan: Plan, execution: str, settings: ClusterSettings, *, suspend: bool) -> Done:
    course = Course(read_cron_job, lambda live: live.cron_job, why_changed, lambda _, __: _body(suspend))
    return carry_through(plan, execution, settings, course)


def why_inexact(after: Json, suspend: bool) -> None:
    """Raise `Refused` where something in the cluster (an admission webhook) alters it."""
    if bool(after["spec"].get("suspend")) != suspend:
        raise Refused("the dry run leaves its schedule as it is: something in the cluster alters it", "dry_run_differs")


def _body(suspend: bool) -> Json:
    return {"spec": {"suspend": suspend}}


def _check(live: CronLive, suspend: bool, coming: Due | None) -> None:
    if live.suspended == suspend:
        how = "suspended already" if suspend else "not suspended"
        raise Refused(f"its schedule is {how}", why="nothing_to_do")
    if not suspend and live.active and live.concurrency == "Replace" and (coming is None or coming.missed):
        raise Refused(
            f"{live.active[0]} is still running, and the run that starts when it is resumed would end it (Replace)",
            why="already_running",
        )


def _back(suspended: bool) -> str:
    return "Resume its schedule" if suspended else "Suspend its schedule again"


def _stopped(live: CronLive, coming: Due | None) -> Arranges:
    lost = f"the next run would be due at {told(coming.following)}" if coming else "when the next run is due is unknown"
    return Arranges(running=len(live.active), later=(f"its schedule starts no run any more; {lost}",))


def _resumed(live: CronLive, coming: Due | None) -> Starts | Arranges:
    """Where it cannot be told whether a run starts at once, one is counted."""
    running = len(live.active)
    if coming is None or (coming.missed and not _holds_back(live)):
        return Starts(pods=pods_at_once(live), running=running, touches=touched(live.template))
    return Arranges(running=running, later=(f"the next run is due at {told(coming.following)}",))


def _holds_back(live: CronLive) -> bool:
    return bool(live.active) and live.concurrency == "Forbid"


def _cautions(live: CronLive, suspend: bool, coming: Due | None) -> Iterator[str]:
    yield from managed(live.cron_job, Undoing("its schedule" if suspend else "the suspension", "change it there too"))
    seconds = live.cron_job["spec"].get("startingDeadlineSeconds")
    if suspend:
        yield f"{MADE_UP_FOR}{'' if seconds is None else f', unless it is more than {seconds} s late'}."
    else:
        yield from _starting(live, coming)


def _starting(live: CronLive, coming: Due | None) -> Iterator[str]:
    """What a person should know of the runs that come."""
    if coming is None:
        schedule = str(live.cron_job["spec"].get("schedule"))[:60]
        yield f"Its schedule ({schedule}) cannot be read here: a run may start at once, the next time is unknown."
    elif coming.missed and _holds_back(live):
        yield f"The run of {told(coming.missed)} was missed and starts as soon as {live.active[0]} has ended."
    elif coming.missed:
        following = told(coming.following)
        yield f"A run starts at once: the one of {told(coming.missed)} was missed. The next is due at {following}."
    else:
        yield "If it is resumed only after the next run was due, that run starts at once."
