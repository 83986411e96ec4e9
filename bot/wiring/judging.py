"""Builds what changes are judged by: the policy's files, the settings they refer to, and the catalogue."""

from collections.abc import Iterable
from pathlib import Path

from bot.adapters.catalogue_file import read_catalogue
from bot.adapters.cedar import SCHEMA, Broken, CedarPolicy
from bot.adapters.slo_meter import PrometheusMeter
from bot.core.errors import SettingsWrong
from bot.core.objectives import Meter
from bot.core.policy import Rules
from bot.core.starting import Limits
from bot.services.changing import Judging
from bot.settings_forms import shipped_policy
from bot.settings_policy import MeterSettings, PolicySettings
from bot.wiring.common import own_namespace


def judged_by(
    settings: PolicySettings, namespaces: Iterable[str], catalog: Path | None, meter: Meter | None = None
) -> Judging:
    """Raises `SettingsWrong` where the policy or the catalogue cannot be read: better at start than at 02:00."""
    policy = policy_in(settings.policy)
    try:
        policy.load()
    except (Broken, OSError, UnicodeDecodeError) as error:
        raise SettingsWrong(f"MIDWATCH_POLICY={settings.policy or shipped_policy()}: {error}") from error
    return Judging(policy, rules_of(settings, namespaces), read_catalogue(catalog), meter)


def meter_of(settings: MeterSettings) -> Meter | None:
    return PrometheusMeter(str(settings.prometheus_url), settings.prometheus_token) if settings.prometheus_url else None


def policy_in(folder: Path | None) -> CedarPolicy:
    return CedarPolicy(folder or shipped_policy(), shipped_policy() / SCHEMA)


def rules_of(settings: PolicySettings, namespaces: Iterable[str]) -> Rules:
    return Rules(
        namespaces=frozenset(namespaces),
        own_namespace=own_namespace(),
        confidence_percent=settings.confidence_threshold,
        max_pods=settings.max_pods,
        share_percent=settings.share_percent,
        share_percent_most=settings.share_percent_most,
        max_actions_per_incident=settings.max_actions_per_incident,
        max_actions_per_target=settings.max_actions_per_target,
        evidence_minutes=settings.evidence_minutes,
        require_two=frozenset(settings.require_two),
        people_only=frozenset(settings.people_only),
    )


def limits_of(settings: PolicySettings) -> Limits:
    """The same numbers, checked once more in the append that starts."""
    return Limits(per_incident=settings.max_actions_per_incident, per_target=settings.max_actions_per_target)
