"""How containers ended: out of memory, by a signal, by themselves, before they began; with the line that says why."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from difflib import get_close_matches

from bot.core.measures import clip
from bot.core.signs import Role, Sign
from tools.read.faults.events import Told
from tools.read.faults.lines import deciding, decisive_line, last_line
from tools.read.faults.objects import ContainerStatus, Ended, Pod, containers_of, each, statuses_of, when
from tools.read.faults.owners import index_of
from tools.read.faults.saying import Found, is_troubled, matching, named, of_pod, restarted
from tools.read.faults.snapshot import Snapshot
from tools.read.mining.known_errors import KnownError

COMMANDS = (
    "wget", "curl", "bash", "sh", "ash", "python", "python3", "node", "npm", "npx", "yarn", "java", "ruby", "perl",
    "php", "go", "sleep", "cat", "ls", "echo", "grep", "awk", "sed", "find", "tail", "head", "nginx", "httpd",
    "redis-server", "postgres", "mysqld", "mongod", "gunicorn", "uvicorn", "celery", "dotnet", "cargo", "make",
    "git", "tar", "gzip", "env", "printenv", "nslookup", "dig", "ping", "nc", "ncat", "telnet", "psql", "mysql",
    "redis-cli", "kubectl", "helm", "stress", "stress-ng", "tini", "dumb-init", "date",
)  # fmt: skip
SIGNALS = {
    129: "SIGHUP", 130: "SIGINT", 131: "SIGQUIT", 134: "SIGABRT", 135: "SIGBUS", 136: "SIGFPE", 137: "SIGKILL",
    139: "SIGSEGV", 141: "SIGPIPE", 143: "SIGTERM",
}  # fmt: skip
_NOT_FOUND = re.compile(r'exec: \\?"(?P<it>[^"\\]+)\\?":? ?:?|stat (?P<path>/\S+): no such file')
# what the runtime says when it could not start a process, or the loader when it could not run one
STARTS = (
    (r"exec format error", "image_wrong_arch",
     "its program is not built for this node's architecture (exec format error)",
     "Build the image for this architecture, or choose nodes of the other"),
    (r"executable file not found|no such file or directory", "command_not_found",
     "its command does not exist in the image", "Correct the command, or the image that lacks it"),
    (r"permission denied", "permission_denied", "its command may not be executed (permission denied)",
     "Give the file the right to be executed, or run as another user"),
    (r"read-only file system", "read_only_file_system",
     "it writes where the file system is read-only", "Mount a volume that may be written there"),
    (r"\bOOM|out of memory|cannot allocate memory", "oom_killed",
     "it was out of memory before it began (OOM-killed at start)",
     "Raise the memory limit"),
)  # fmt: skip
OOM_REASONS = ("OOMKilling", "OOMKilled", "SystemOOM")
OOM_PREVENTS = "Alert on working set against the limit, and size the limit by what the service needs at its peak"


@dataclass(frozen=True)
class _End:
    """One container's end, with everything that is known of it."""

    pod: Pod
    status: ContainerStatus
    ended: Ended
    told: tuple[Told, ...]
    lines: tuple[str, ...]
    is_init: bool

    @property
    def who(self) -> str:
        kind = "init container" if self.is_init else "container"
        return f"{kind} {self.status.name} of {named(self.pod)}".replace("  ", " ")

    @property
    def times(self) -> str:
        count = self.status.restart_count
        return f", restarted {count} time{'s' * (count != 1)}" if count else ""

    @property
    def looping(self) -> str:
        waiting = self.status.state.waiting if self.status.state else None
        return "CrashLoopBackOff: " if waiting and waiting.reason == "CrashLoopBackOff" else ""


def analyze_endings(snapshot: Snapshot) -> Iterator[Sign]:
    for pod in snapshot.of(Pod):
        if not is_troubled(pod, snapshot):
            continue
        told = tuple(index_of(snapshot).of_pod(pod))
        inits = {one.name for one in each(pod.status.init_container_statuses)}
        for status in statuses_of(pod):
            ended = _end_of(status, snapshot)
            lines = snapshot.logs.get((pod.metadata.namespace, pod.metadata.name, status.name), ())
            if ended is not None:
                end = _End(pod, status, ended, told, lines, status.name in inits)
                yield of_pod(_read(end), pod, snapshot)
            elif hung := _hung_init(pod, status, snapshot, lines) if status.name in inits else None:
                yield of_pod(hung, pod, snapshot)


def _end_of(status: ContainerStatus, snapshot: Snapshot) -> Ended | None:
    """The end that matters now: it is down, held in a loop, or came back in the window. One that ended well once and
    for all (a finished init container) does not."""
    now, before = status.state, status.last_state.terminated if status.last_state else None
    waiting = now.waiting if now else None
    if now and now.terminated is not None:
        done = now.terminated.exit_code == 0 and now.terminated.reason in ("", "Completed")
        return None if done and not status.restart_count else now.terminated
    if waiting and waiting.reason in ("RunContainerError", "CreateContainerError", "StartError", "PostStartHookError"):
        return Ended(reason=waiting.reason, message=waiting.message, exit_code=before.exit_code if before else None)
    if waiting and waiting.reason == "CrashLoopBackOff":
        return before or Ended(reason="CrashLoopBackOff", message=waiting.message)
    return before if before is not None and restarted(status, snapshot) else None


def _read(end: _End) -> Found:
    return _out_of_memory(end) or _never_began(end) or _killed_by_probe(end) or _by_signal(end) or _by_itself(end)


def _out_of_memory(end: _End) -> Found | None:
    said = [one for one in end.told if one.recent and (one.reason in OOM_REASONS or "OOMKilled" in one.message)]
    if end.ended.reason != "OOMKilled" and not (end.ended.exit_code in (137, None) and said):
        return None
    limit = _memory_limit(end)
    against = f" at its memory limit of {limit}" if limit else ""
    says = f"{end.looping}OOMKilled: {end.who} used more memory than it may have{against} and was killed "
    says += f"(exit code {end.ended.exit_code if end.ended.exit_code is not None else 137}{end.times})"
    says += f": “{clip(said[0].message, 120)}”" if said else ""
    quotes = [f"reason OOMKilled, exit code {end.ended.exit_code}", *(one.message for one in said[:1])]
    mends = f"Raise the memory limit{f' above {limit}' if limit else ''}, or find what fills the memory"
    return _found(end, "oom_killed", Role.CAUSE, says, 0.93, quotes, mends, OOM_PREVENTS)


def _memory_limit(end: _End) -> str:
    mine = next((one for one in containers_of(end.pod) if one.name == end.status.name), None)
    return str((mine.resources.limits or {}).get("memory") or "") if mine else ""


def _never_began(end: _End) -> Found | None:
    """The runtime could not start the process at all, or the shell did not find it."""
    code, message = end.ended.exit_code, end.ended.message
    failed = [one.message for one in matching(end.told, "Failed", "BackOff", "FailedStart") if "rror" in one.message]
    words = " ".join([message, *failed])
    at_start = end.ended.reason in (
        "StartError", "RunContainerError", "CreateContainerError", "ContainerCannotRun", "PostStartHookError",
    )  # fmt: skip
    line = decisive_line(end.lines)
    if "exec format error" in f"{words} {line}":
        at_start, words = True, f"{words} {line}"
    if not (at_start or (code in (126, 127) and not line) or "executable file not found" in words):
        return None
    fitting = ((kind, why, mends) for rule, kind, why, mends in STARTS if re.search(rule, words, re.I))
    kind, why, mends = next(fitting, ("container_cannot_start", "the runtime cannot start it", "Read what it says"))
    near = _near_miss(words) if kind == "command_not_found" else ""
    best = message or (failed[0] if failed else line)
    says = f"{end.looping}{end.who} cannot start: {why}{near}: “{clip(best, 230)}”{_code(code)}{end.times}"
    return _found(end, kind, Role.CAUSE, says, 0.92, [best], mends)


def _near_miss(words: str) -> str:
    found = _NOT_FOUND.search(words)
    name = (found.group("it") or found.group("path") or "").rpartition("/")[2] if found else ""
    near = get_close_matches(name, COMMANDS, 1, 0.7) if name and name not in COMMANDS else []
    return f" ({name} not found; a typo of {near[0]}?)" if near else ""


def _killed_by_probe(end: _End) -> Found | None:
    """The kubelet ended it because its liveness probe failed: the probe is the cause, this only its effect."""
    killing = [one for one in matching(end.told, "Killing") if "liveness" in one.message or "startup" in one.message]
    failing = [
        one for one in matching(end.told, "Unhealthy") if one.message.lower().startswith(("liveness", "startup"))
    ]
    if not killing and not (failing and end.ended.exit_code in (0, 137, 143) and end.ended.reason != "OOMKilled"):
        return None
    says = f"{end.looping}{end.who} is killed and started again by the kubelet because a probe fails; it was not "
    says += f"OOMKilled and did not crash by itself{_code(end.ended.exit_code)}{end.times}"
    return _found(end, "killed_by_probe", Role.SYMPTOM, says, 0.6, [one.message for one in killing[:1]])


def _by_signal(end: _End) -> Found | None:
    code = end.ended.exit_code
    if code not in SIGNALS or code == 143:
        return None
    line = decisive_line(end.lines)
    if code in (134, 139):
        crashed = "crashed (segmentation fault)" if code == 139 else "aborted itself"
        says = f"{end.looping}{end.who} {crashed}: {SIGNALS[code]}{_code(code)}{end.times}{_quoted(line)}"
        return _found(end, "process_crashed", Role.CAUSE, says, 0.8, [line], "Roll back, or find what crashes it")
    says = f"{end.looping}{end.who} was ended by {SIGNALS[code]}{_code(code)}{end.times}, and its status does not say "
    says += f"OOMKilled{_quoted(line)}"
    return _found(end, "container_killed", Role.SYMPTOM, says, 0.6, [line])


def _by_itself(end: _End) -> Found:
    code = end.ended.exit_code
    line, known = deciding(end.lines)
    reason = f"{end.ended.reason} " if end.ended.reason not in ("", "Error", "Completed", "CrashLoopBackOff") else ""
    message = clip(end.ended.message, 200) if end.ended.reason != "CrashLoopBackOff" else ""
    if code == 0 and not (known and known.role is Role.CAUSE):
        says = f"{end.looping}{end.who} ends by itself with exit code 0 (Completed) and is started again{end.times}: "
        says += "its command finishes where a service should go on running"
        return _found(
            end, "completes_and_restarts", Role.CAUSE, says, 0.7, [last_line(end.lines)],
            "Give it a command that keeps running, or make it a Job",
        )  # fmt: skip
    how = "exits" if not end.is_init else "fails, so that the pod never starts its containers,"
    kind = "init_container_crash" if end.is_init else "crash_loop_app_error"
    opening = f"{end.looping}{end.who} {how} {reason}with{_code(code, bare=True)}{end.times}"
    if line:
        return _with_line(end, kind, opening, line, known)
    last = last_line(end.lines)
    says = opening + (f": “{message}”" if message else (f"; its last line is “{clip(last, 160)}”" if last else ""))
    role, weight = (Role.CAUSE, 0.7) if end.is_init else (Role.SYMPTOM, 0.65)
    return _found(end, kind, role, says, weight, [message, last], "Read the log of the run before (kubectl logs -p)")


def _with_line(end: _End, kind: str, opening: str, line: str, known: KnownError | None) -> Found:
    """Its log says why; where that is a neighbour that does not answer, the neighbour is blamed."""
    means = f": {known.says}" if known else ""
    says = f"{opening}; its log says{_quoted(line)}{means}"
    mends = "Mend what its log names, or roll back the change that brought it"
    blames = known.blames if known else ()
    return replace(_found(end, kind, Role.CAUSE, says, 0.87 if known else 0.8, [line], mends), blames=blames)


def _hung_init(pod: Pod, status: ContainerStatus, snapshot: Snapshot, lines: tuple[str, ...]) -> Found | None:
    """An init container that runs and runs, while the pod waits for it."""
    started = when(status.state.running.started_at) if status.state and status.state.running else None
    if not (status.state and status.state.running) or (started and (snapshot.now - started).total_seconds() < 120):
        return None
    since = f" for {int((snapshot.now - started).total_seconds() // 60)} min" if started else ""
    line = decisive_line(lines) or last_line(lines)
    says = (
        f"Init container {status.name} of {named(pod)} has been running{since} and the pod waits for it{_quoted(line)}"
    )
    return Found(
        "init_container_hangs", Role.CAUSE, says, 0.75, [line], started,
        mends="Mend what it waits for (a service, a name, a migration)", same=status.name,
    )  # fmt: skip


def _code(code: int | None, *, bare: bool = False) -> str:
    text = "an unknown exit code" if code is None else f"exit code {code}"
    return f" {text}" if bare else (f" ({text})" if code is not None else "")


def _quoted(line: str) -> str:
    return f" “{clip(line, 200)}”" if line else ""


def _found(
    end: _End, kind: str, role: Role, says: str, weight: float, quotes: list[str], mends: str = "", prevents: str = ""
) -> Found:
    at = when(end.ended.finished_at)
    return Found(
        kind, role, says, weight, [one for one in quotes if one], at, at, mends=mends, prevents=prevents,
        same=f"{end.status.name} {kind}",
        facts={"exit_code": end.ended.exit_code, "restarts": end.status.restart_count},
    )  # fmt: skip
