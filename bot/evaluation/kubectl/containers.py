"""Containers of `kubectl describe pod` (and of a template): spec and status, as the API has them."""

import re
from collections.abc import Mapping
from typing import Any

from bot.evaluation.kubectl.sections import NOTHING, Section, sections_of
from bot.evaluation.kubectl.times import moment_of, stamp

Json = dict[str, Any]
PROBES = {"Liveness": "livenessProbe", "Readiness": "readinessProbe", "Startup": "startupProbe"}
_HTTP = re.compile(r"http-get (?P<scheme>https?)://(?P<host>[^:/\s]*):(?P<port>\w+)(?P<path>\S*)")
_TCP = re.compile(r"tcp-socket (?P<host>[^:\s]*):(?P<port>\w+)")
_EXEC = re.compile(r"exec \[(?P<command>[^\]]*)\]")
_TIMES = {"delay": "initialDelaySeconds", "timeout": "timeoutSeconds", "period": "periodSeconds"}
_FROM = re.compile(r"<set to the key '(?P<key>[^']*)' (?:in|of) (?P<kind>secret|config map) '(?P<name>[^']*)'>")


def containers_in(section: Section | None) -> tuple[list[Json], list[Json]]:
    """(spec, status) of each."""
    blocks = sections_of(section.lines) if section else []
    return [_spec(one) for one in blocks], [_status(one) for one in blocks]


def _spec(block: Section) -> Json:
    told = block.inner
    found: Json = {"name": block.name, "image": _value(told, "Image")}
    port = _value(told, "Port") or _value(told, "Ports")
    found["ports"] = [
        {"containerPort": int(number), "protocol": protocol}
        for number, protocol in re.findall(r"(\d+)/(TCP|UDP|SCTP)", port)
    ]
    for name, key in (("Command", "command"), ("Args", "args")):
        if name in told:
            found[key] = told[name].texts
    limits, requests = (_pairs(told.get(name)) for name in ("Limits", "Requests"))
    found["resources"] = {"limits": limits, "requests": requests or limits}
    for name, key in PROBES.items():
        if name in told:
            found[key] = _probe(" ".join(told[name].texts))
    found["env"] = _env(told.get("Environment"))
    return found


def _status(block: Section) -> Json:
    told = block.inner
    state, last = (_state(told.get(name)) for name in ("State", "Last State"))
    return {
        "name": block.name,
        "image": _value(told, "Image"),
        "ready": _value(told, "Ready") == "True",
        "restartCount": int(count) if (count := _value(told, "Restart Count")).isdigit() else 0,
        "state": state,
        "lastState": last,
    }


def _state(section: Section | None) -> Json:
    if section is None:
        return {}
    told = section.inner
    found: Json = {
        "reason": _value(told, "Reason"),
        "message": " ".join(told["Message"].texts) if "Message" in told else "",
    }
    code = _value(told, "Exit Code")
    if code.lstrip("-").isdigit():
        found["exitCode"] = int(code)
    for name, key in (("Started", "startedAt"), ("Finished", "finishedAt")):
        if moment := moment_of(_value(told, name)):
            found[key] = stamp(moment)
    kind = section.value.lower()
    return {kind: found} if kind in ("waiting", "running", "terminated") else {}


def _probe(text: str) -> Json:
    found: Json = {}
    if http := _HTTP.search(text):
        found["httpGet"] = {
            "scheme": http.group("scheme").upper(), "port": _port(http.group("port")), "path": http.group("path"),
        }  # fmt: skip
    elif tcp := _TCP.search(text):
        found["tcpSocket"] = {"port": _port(tcp.group("port"))}
    elif run := _EXEC.search(text):
        found["exec"] = {"command": run.group("command").split()}
    for word, key in _TIMES.items():
        if said := re.search(rf"{word}=(\d+)s", text):
            found[key] = int(said.group(1))
    if failures := re.search(r"#failure=(\d+)", text):
        found["failureThreshold"] = int(failures.group(1))
    return found


def _port(text: str) -> int | str:
    return int(text) if text.isdigit() else text


def _env(section: Section | None) -> list[Json]:
    found: list[Json] = []
    for one in sections_of(section.lines) if section else []:
        if told := _FROM.search(one.value):
            kind = "secretKeyRef" if told.group("kind") == "secret" else "configMapKeyRef"
            reference = {"name": told.group("name"), "key": told.group("key")}
            found.append({"name": one.name, "valueFrom": {kind: reference}})
        else:
            found.append({"name": one.name, "value": one.value})
    return found


def _pairs(section: Section | None) -> dict[str, str]:
    return {one.name: one.value for one in sections_of(section.lines)} if section else {}


def _value(told: Mapping[str, Section], name: str) -> str:
    value = told[name].value if name in told else ""
    return "" if value in NOTHING else value
