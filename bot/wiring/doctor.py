"""`midwatch doctor`: looks at everything a process needs, says what is wrong and how to mend it. Changes nothing.

It checks the processes whose settings are visible, or those of a folder of env files, each in a child of its own: no
process, not even the doctor, sees two processes' credentials unless a person keeps them in one folder.
"""

import json
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, as_completed
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from dotenv import dotenv_values

from bot.core.checkup import Checkup, State, proven, usable, wrong
from bot.core.errors import BadInput
from bot.core.redact import redact
from bot.settings_common import refuse_missing_places
from bot.settings_seen import FOREIGN
from bot.views.text import seen
from bot.wiring.checks import keys
from bot.wiring.checks.effective import names_of
from bot.wiring.checks.processes import KINDS, SPEAKING, checks, probed, seen_processes, settings_of, told_settings
from bot.wiring.reading import print_line

USABLE, UNUSABLE = 0, 1
TOGETHER = "together"
ORDER = (State.WRONG, State.UNPROVEN, State.PROVEN)
CHILD_SECONDS = 180
TOOLS = ("PROMETHEUS_", "ELASTICSEARCH_", "ALERTMANAGER_", "JAEGER_", "MIDWATCH_", "SLACK_", "ANTHROPIC_")


@dataclass(frozen=True)
class Report:
    """What was found of one process; ``process`` is "together" for what only shows with all of them."""

    process: str
    found: tuple[Checkup, ...]
    settings: Mapping[str, str] = field(default_factory=dict)


def main(folder: Path | None, process: str | None, *, probe: bool, seconds: int, as_json: bool) -> int:
    """0 when nothing is wrong with any process looked at, 1 when something is. Each is told when it is done."""
    patience, progress = seconds if probe else None, Progress(sys.stderr.isatty())
    reports: list[Report] = []
    if folder:
        looked = _of_folder(_there(folder), process, patience, progress)
    else:
        looked = _of_here(process, patience, progress)
    for report in looked:
        progress.clear()
        if not as_json:
            print_line("\n".join(_as_text(report, reports)))
        reports.append(report)
    if not reports:
        raise BadInput(
            f"no process's settings are to be seen {f'in {folder}' if folder else 'here'}: name a folder with its env "
            "files (`midwatch doctor FOLDER`), set MIDWATCH_ENV_FILE, or say which process with --as"
        )
    good = all(usable(report.found) for report in reports)
    if as_json:
        reports.sort(key=lambda report: [*KINDS, TOGETHER].index(report.process))
        print_line(json.dumps({"usable": good, "processes": [_as_json(one) for one in reports]}, ensure_ascii=False))
    else:
        print_line(_summary(reports))
    return USABLE if good else UNUSABLE


def _there(folder: Path) -> Path:
    if not folder.is_dir():
        why = "is a file; name its folder, or set MIDWATCH_ENV_FILE" if folder.exists() else "does not exist"
        raise BadInput(f"the folder {folder} {why}")
    return folder


@dataclass
class Progress:
    """One line at the terminal that says what is being looked at; nothing where nobody watches."""

    shown: bool

    def say(self, text: str) -> None:
        if self.shown:
            sys.stderr.write(f"\r\x1b[K{text}")
            sys.stderr.flush()

    def clear(self) -> None:
        self.say("")


# --- what is visible here -----------------------------------------------------------------------------------------


def _of_here(process: str | None, patience: int | None, progress: Progress) -> Iterator[Report]:
    refuse_missing_places()
    here = (process,) if process else seen_processes()
    if not here:
        yield from _of_folder(Path(), process, patience, progress)
        return
    for name in here:
        progress.say(f"looking at {name} …")
        settings, told = settings_of(name)
        found = [one if one.part == "settings" else _plain(one) for one in told]  # ours, with examples to be shown
        if settings is None:
            yield Report(name, tuple(found))
            continue
        for one in _guarded(checks(name, settings)):
            found.append(_plain(one))
            progress.say(f"looking at {name} … {one.part}")
        if patience is not None and isinstance(settings, SPEAKING):
            found += [_plain(one) for one in _guarded(probed(settings, patience))]
        yield Report(name, tuple(found), told_settings(name, settings))


def _guarded(found: Iterator[Checkup]) -> Iterator[Checkup]:
    try:
        yield from found
    except Exception as error:  # noqa: BLE001
        # The doctor's own boundary: a check that breaks is told like any other fault, and nothing passes for proven.
        says = f"a check broke, and those after it were not made: {type(error).__name__}: {error}"
        yield wrong("doctor", says, "this is a fault of Midwatch: report it with this line")


def _plain(one: Checkup) -> Checkup:
    """What servers say is data: no secret, nothing a terminal would obey."""
    return Checkup(one.state, one.part, redact(seen(one.says))[:900], one.mend)


# --- a folder of env files ----------------------------------------------------------------------------------------


def _of_folder(folder: Path, process: str | None, patience: int | None, progress: Progress) -> Iterator[Report]:
    """The processes side by side, each told when it is done."""
    files = {name: folder / f"{name}.env" for name in KINDS if process in (None, name)}
    there = {name: path for name, path in files.items() if path.is_file()}
    looked = dict(there)
    if "act" in there and process is None and (mode := _mode(there["act"])) != "act":
        del looked["act"]
        says = f"mode {mode} needs no act process, so it was not looked at (`midwatch doctor {folder} --as act` does)"
        yield Report("act", (proven("mode", says),))
    asks = next((one for one in ("serve", "talk") if one in looked), None)  # --probe: one of them asks for a press
    with ThreadPoolExecutor(len(KINDS)) as pool:
        children = {
            pool.submit(_in_child, name, path, patience if name == asks else None): name
            for name, path in looked.items()
        }
        waiting = list(looked)
        for child in _said(children, waiting, progress):
            yield child.result()
    if len(there) > 1:
        yield Report(TOGETHER, tuple(_together(there)))


def _said(
    children: "Mapping[Future[Report], str]", waiting: list[str], progress: Progress
) -> "Iterator[Future[Report]]":
    progress.say(f"looking at {', '.join(waiting)} …")
    for child in as_completed(children):
        waiting.remove(children[child])
        yield child
        progress.say(f"looking at {', '.join(waiting)} …" if waiting else "")


def _mode(path: Path) -> str:
    return dotenv_values(path).get("MIDWATCH_MODE") or "propose"


def _in_child(process: str, path: Path, patience: int | None) -> Report:
    """One process's checks, in a process with its environment alone. What it asks a person, it asks on stderr."""
    env = {name: value for name, value in os.environ.items() if not _is_setting(name)}
    env["MIDWATCH_ENV_FILE"] = str(path)
    command = [sys.executable, "-m", "bot", "doctor", "--as", process, "--json"]
    if patience is not None:
        command += ["--probe", "--seconds", str(patience)]
    most = CHILD_SECONDS + (patience or 0)
    try:
        done = subprocess.run(command, env=env, stdout=subprocess.PIPE, text=True, timeout=most)
        [told] = json.loads(done.stdout)["processes"]
    except (subprocess.TimeoutExpired, ValueError, KeyError):
        broken = wrong("doctor", f"could not look with {path}", f"midwatch doctor --as {process}, with that file")
        return Report(process, (broken,))
    return Report(process, tuple(_read(one) for one in told["checks"]), told["settings"])


def _is_setting(name: str) -> bool:
    known = {one for kind in KINDS.values() for one in names_of(kind)}
    known |= {one for names in FOREIGN.values() for one in names}
    return name in known or name.startswith(TOOLS)


def _read(told: Mapping[str, Any]) -> Checkup:
    return Checkup(State(told["state"]), told["part"], told["says"], told["mend"])


def _together(files: Mapping[str, Path]) -> Iterator[Checkup]:
    """What shows only when several processes' files are seen by the same person."""
    values = {name: dotenv_values(path) for name, path in files.items()}
    private = values.get("serve", {}).get("MIDWATCH_SIGNING_KEY")
    public = values.get("act", {}).get("MIDWATCH_VERIFY_KEY")
    if private and public:
        yield keys.check_pair(private, public)
    yield from keys.check_modes({name: told.get("MIDWATCH_MODE") or "propose" for name, told in values.items()})


# --- told ---------------------------------------------------------------------------------------------------------


def _as_json(report: Report) -> dict[str, Any]:
    told = [{"state": one.state.value, "part": one.part, "says": one.says, "mend": one.mend} for one in report.found]
    return {
        "process": report.process,
        "usable": usable(report.found),
        "checks": told,
        "settings": dict(report.settings),
    }


def _as_text(report: Report, before: Sequence[Report] = ()) -> Iterator[str]:
    """What is wrong first, the settings last. How to mend what was told of another process too is told once."""
    known = {one for other in before for one in other.found}
    yield report.process
    width = max((len(one.part) for one in report.found), default=0)
    for one in sorted(report.found, key=lambda one: ORDER.index(one.state)):
        yield f"  {one.state.value:<8}  {one.part:<{width}}  {one.says}"
        if one.mend and one not in known:
            yield f"  {'':<8}  {'':<{width}}  mend: {one.mend}"
    for name, value in report.settings.items():
        if value != "unset":
            yield f"    {name}={value}"
    yield ""


def _summary(reports: Sequence[Report]) -> str:
    states = [one.state for report in reports for one in report.found]
    counted = ", ".join(f"{states.count(state)} {state.value}" for state in State)
    bad = [report.process for report in reports if not usable(report.found)]
    return f"{counted}. " + (f"Not usable yet: {', '.join(bad)}." if bad else "Usable.")
