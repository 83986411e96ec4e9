"""Which checks each process gets. What is heavy is imported only for the process that needs it."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from functools import partial
from importlib import import_module
from typing import Any, TypeVar

from pydantic import ValidationError
from pydantic_settings import BaseSettings

from bot.core.checkup import Checkup, proven, unproven, wrong
from bot.core.errors import SettingsWrong
from bot.settings import (
    ActSettings,
    DiagnoseSettings,
    ServeSettings,
    TalkSettings,
    env_file,
    read,
    secrets_dir,
)
from bot.settings_common import Common
from bot.settings_seen import refuse_foreign, visible
from bot.wiring.checks import keys
from bot.wiring.checks.effective import shown
from bot.wiring.checks.probe import probe
from bot.wiring.checks.running import check_serve
from bot.wiring.checks.slack import Slack, commands, signing_secret
from bot.wiring.checks.store import check_redis, check_workers

KINDS: Mapping[str, type[Common]] = {
    "serve": ServeSettings,
    "talk": TalkSettings,
    "diagnose": DiagnoseSettings,
    "act": ActSettings,
}
DECIDING = ("MIDWATCH_SIGNING_KEY", "MIDWATCH_WEBHOOK_TOKEN", "SLACK_APP_TOKEN", "SLACK_SIGNING_SECRET")
READING = ("ANTHROPIC_API_KEY", "ELASTICSEARCH_URL", "MIDWATCH_RUNBOOKS", "PROMETHEUS_URL")
WAYS = ("SLACK_APP_TOKEN", "SLACK_SIGNING_SECRET")
SPEAKING = (ServeSettings, TalkSettings)
S = TypeVar("S", bound=BaseSettings)


def seen_processes() -> tuple[str, ...]:
    """Whose settings are visible here."""
    serves, acts = any(map(visible, DECIDING)), visible("MIDWATCH_VERIFY_KEY")
    reads = any(map(visible, READING[:3])) or (visible("PROMETHEUS_URL") and not acts)
    found = {
        "serve": serves,
        "talk": visible("SLACK_BOT_TOKEN") and not serves,
        "diagnose": reads,
        "act": acts,
    }
    return tuple(process for process, there in found.items() if there)


def settings_of(process: str) -> tuple[Common | None, list[Checkup]]:
    """The settings, or None with every fault there is."""
    found: list[Checkup] = []
    try:
        refuse_foreign(process)
    except SettingsWrong as error:
        found.append(wrong("credentials", str(error), "midwatch init writes one file for each process"))
    try:
        return read(KINDS[process]), found
    except SettingsWrong as error:
        where = str(env_file() or "this process's environment")
        found += [wrong("settings", fault, f"set it in {where}") for fault in str(error).splitlines()]
        found += [_no_way()] if process == "serve" and not any(map(visible, WAYS)) else []
        found.append(unproven("everything else", "was not looked at: settings come first"))
        return None, [*found, *_without_the_rest(process)]


def _no_way() -> Checkup:
    mend = "set SLACK_APP_TOKEN (Socket Mode, xapp-…) or SLACK_SIGNING_SECRET (HTTP mode)"
    return wrong("slack socket", "Slack has no way to reach serve", mend)


def _without_the_rest(process: str) -> Iterator[Checkup]:
    """What can be looked at although other settings are missing: Redis, where there is its address."""
    with suppress(SettingsWrong):
        yield from check_redis(read(Common).redis_url, process)


def told_settings(process: str, settings: Common) -> dict[str, str]:
    """The effective ones, the tools' own among them, secrets masked."""
    told = shown(settings)
    for kind in _tools_settings(process):
        made, _ = optional(kind)
        told |= shown(made) if made is not None else {}
    return told


def _tools_settings(process: str) -> tuple[type[BaseSettings], ...]:
    if process != "diagnose":
        return ()
    sources = import_module("bot.wiring.checks.sources")
    return (sources.PrometheusSettings, sources.ElasticSettings)


def optional(kind: type[S]) -> tuple[S | None, str]:
    """The settings of something that may be absent, or why they are not there."""
    make: Callable[..., S] = kind
    try:
        return make(_env_file=env_file(), _secrets_dir=secrets_dir()), ""
    except ValidationError as error:
        looks = import_module("bot.adapters.looks")
        return None, str(looks.why_not(kind, error))


# --- one process each ---------------------------------------------------------------------------------------------


def checks(process: str, settings: Common) -> Iterator[Checkup]:
    """Everything there is to look at for a process whose settings can be read."""
    yield keys.check_mode(settings.mode)
    yield keys.check_data_dir(settings.data_dir)
    yield from check_redis(settings.redis_url, process)
    match settings:
        case ServeSettings():
            yield from _serve(settings)
        case TalkSettings():
            yield from _slack(settings)
        case DiagnoseSettings():
            yield from _diagnose(settings)
        case ActSettings():
            yield from _act(settings)


def _slack(settings: ServeSettings | TalkSettings) -> Iterator[Checkup]:
    slack = Slack(settings.slack_bot_token.get_secret_value(), settings.slack_api_url)
    yield from slack.check(settings.home_channel)
    if slack.team:
        yield from slack.people(settings.approvers, "MIDWATCH_APPROVERS")
        yield from slack.people(settings.oncall, "MIDWATCH_ONCALL")
    if not settings.approvers and settings.mode == "act":
        yield wrong("MIDWATCH_APPROVERS", "nobody may approve anything", "name Slack user ids (U…)")


def probed(settings: ServeSettings | TalkSettings, seconds: int) -> Iterator[Checkup]:
    """The button that a person presses; nothing where the token is not even taken (that is told already)."""
    slack = Slack(settings.slack_bot_token.get_secret_value(), settings.slack_api_url)
    list(slack.check(settings.home_channel))
    if slack.team:
        yield from probe(slack, settings.home_channel, settings.redis_url, seconds)


def _serve(settings: ServeSettings) -> Iterator[Checkup]:
    yield from _slack(settings)
    app, secret = settings.slack_app_token, settings.slack_signing_secret
    if app is not None:
        token = settings.slack_bot_token.get_secret_value()
        yield Slack(token, settings.slack_api_url).socket(app.get_secret_value())
    if secret is not None:
        yield signing_secret(secret.get_secret_value())
    if app is None and secret is None:
        yield _no_way()
    yield commands()
    yield keys.check_private(settings.signing_key.get_secret_value())
    yield keys.check_webhook_token(settings.webhook_token.get_secret_value())
    yield keys.check_anchors(settings.anchors)
    yield from check_serve(settings.listen, settings.webhook_token.get_secret_value())
    yield from check_workers(settings.redis_url, settings.mode)


def _diagnose(settings: DiagnoseSettings) -> Iterator[Checkup]:
    sources: Any = import_module("bot.wiring.checks.sources")
    prometheus = partial(sources.check_prometheus, watchdog=settings.watchdog)
    yield from _source("prometheus", sources.PrometheusSettings, prometheus)
    yield from sources.check_alertmanager(str(settings.alertmanager_url) if settings.alertmanager_url else None)
    yield from _source("elasticsearch", sources.ElasticSettings, sources.check_elasticsearch)
    if (logs := optional(sources.ElasticSettings)[0]) is not None:
        yield from import_module("bot.wiring.checks.log_fields").check_log_fields(logs)
    cluster: Any = import_module("bot.wiring.checks.cluster")
    yield from cluster.check_reader(settings.kubeconfig, settings.namespaces)
    if not any(map(visible, ("PROMETHEUS_URL", "ELASTICSEARCH_URL", "KUBECONFIG", "KUBERNETES_SERVICE_HOST"))):
        yield wrong(
            "sources", "there is nothing to look at: no metrics, no logs, no cluster", "set PROMETHEUS_URL first"
        )
    reasoning: Any = import_module("bot.wiring.checks.reasoning")
    yield reasoning.check_model(settings)
    yield from reasoning.check_runbooks(settings)


def _source(part: str, kind: type[S], check: Callable[[S], Iterator[Checkup]]) -> Iterator[Checkup]:
    settings, why_not = optional(kind)
    if settings is None:
        prefix = str(kind.model_config.get("env_prefix"))
        if any(visible(f"{prefix}{name.upper()}") for name in kind.model_fields):
            yield wrong(part, why_not, f"set {prefix}URL, for example http://{part}:{_port(part)}")
            return
        yield unproven(part, f"not read: {why_not}", f"set {prefix}URL, for example http://{part}:{_port(part)}")
        return
    yield from check(settings)


def _port(part: str) -> int:
    return 9090 if part == "prometheus" else 9200


def _act(settings: ActSettings) -> Iterator[Checkup]:
    yield keys.check_public(settings.verify_key)
    policy: Any = import_module("bot.wiring.checks.policy")
    yield from policy.check_policy(settings)
    cluster: Any = import_module("bot.wiring.checks.cluster")
    identity: Any = optional(cluster.Identity)[0]
    yield from cluster.check_actor(identity.kubeconfig if identity else None, settings.namespaces, settings.mode)
    nodes: Any = optional(cluster.NodesIdentity)[0]
    yield from cluster.check_nodes(nodes.kubeconfig if nodes else None)
    changes: Any = import_module("bot.adapters.changes")
    offered = changes.ChangeTools.discover(env_file=env_file(), secrets_dir=secrets_dir())
    for why in dict.fromkeys(offered.not_offered.values()):
        names = ", ".join(sorted(name for name, other in offered.not_offered.items() if other == why))
        mend = "set what it names" if settings.mode == "act" else ""
        yield unproven("tools", f"not offered: {names}: {why}", mend)
    if offered.names():
        yield proven("tools", f"may prepare and carry out: {', '.join(sorted(offered.names()))}")
