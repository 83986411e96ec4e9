"""The settings a policy is asked with: numbers most teams want to set, and where the bot may change anything at all."""

from pathlib import Path
from typing import Annotated

from pydantic import BeforeValidator, Field, HttpUrl, SecretStr, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from bot.settings_forms import Names, names, percent, severities, slack_ids


class PeopleSettings(BaseSettings):
    """Who decides and who is called: `serve` judges presses by it, `talk` names them on cards. The same in both."""

    model_config = SettingsConfigDict(extra="ignore", frozen=True)

    approvers: Names = Field(
        default=(),
        description="who may approve: Slack ids of people, or of user groups, whose members Slack is asked for",
        examples=["U0123ABCD S0456EFGH"],
        validation_alias="MIDWATCH_APPROVERS",
    )
    approvers_careful: Names = Field(
        default=(),
        description="who alone may approve what has no way back or takes two people; unset: MIDWATCH_APPROVERS",
        examples=["S0456EFGH"],
        validation_alias="MIDWATCH_APPROVERS_CAREFUL",
    )
    approvers_critical: Names = Field(
        default=(),
        description="who alone may approve what reaches beyond one namespace; unset: as for careful changes",
        examples=["U0123ABCD U0789IJKL"],
        validation_alias="MIDWATCH_APPROVERS_CRITICAL",
    )
    oncall: Names = Field(
        default=(), description="who is invited and mentioned, once", validation_alias="MIDWATCH_ONCALL"
    )

    _split_people = field_validator("approvers", "approvers_careful", "approvers_critical", "oncall", mode="before")(
        names
    )
    _people = field_validator("approvers", "approvers_careful", "approvers_critical", "oncall")(slack_ids)


class PolicySettings(BaseSettings):
    """What the policy is asked with: by the act worker, and by `midwatch policy`, which needs nothing else."""

    model_config = SettingsConfigDict(extra="ignore", frozen=True)

    policy: Path | None = Field(
        default=None,
        description="a folder of *.cedar files, the policy; unset: the shipped one",
        examples=["/etc/midwatch/policy"],
        validation_alias="MIDWATCH_POLICY",
    )
    confidence_threshold: Annotated[int, BeforeValidator(percent)] = Field(
        default=82,
        ge=0,
        le=100,
        description="from how sure a cause (a share, or whole percent) one person's approval is enough",
        examples=["0.82"],
        validation_alias="MIDWATCH_CONFIDENCE_THRESHOLD",
    )
    max_pods: int = Field(
        default=5,
        ge=1,
        description="how many pods may be unavailable at once with one approval",
        validation_alias="MIDWATCH_BLAST_RADIUS_MAX_PODS",
    )
    share_percent: int = Field(
        default=25,
        ge=1,
        le=100,
        description="which share of the ready pods may be unavailable at once with one approval; one pod always may",
        validation_alias="MIDWATCH_BLAST_RADIUS_PERCENT",
    )
    share_percent_most: int = Field(
        default=50,
        ge=1,
        le=100,
        description="above which share nothing is done, whoever approves; one pod always may",
        validation_alias="MIDWATCH_BLAST_RADIUS_PERCENT_MOST",
    )
    max_actions_per_incident: int = Field(
        default=3,
        ge=0,
        description="after how many actions in one incident it takes two people",
        validation_alias="MIDWATCH_MAX_ACTIONS_PER_INCIDENT",
    )
    max_actions_per_target: int = Field(
        default=4,
        ge=0,
        description="after how many actions on one object within an hour it takes two people",
        validation_alias="MIDWATCH_MAX_ACTIONS_PER_TARGET",
    )
    evidence_minutes: int = Field(
        default=60,
        ge=1,
        description="how old the evidence may be for what nobody asked for",
        validation_alias="MIDWATCH_EVIDENCE_MINUTES",
    )
    require_two: Names = Field(
        default=(),
        description="tools, services, objects, namespaces, tiers, severities or incident types that take two people",
        examples=["restart_deployment checkout sev1 security"],
        validation_alias="MIDWATCH_REQUIRE_TWO",
    )
    people_only: Names = Field(
        default=(),
        description="severities at which nothing is proposed for one click unless a person asks for it",
        examples=["sev1 sev2"],
        validation_alias="MIDWATCH_PEOPLE_ONLY",
    )

    _listed = field_validator("require_two", "people_only", mode="before")(names)
    _severities = field_validator("people_only")(severities)


class MeterSettings(BaseSettings):
    """Where the act worker counts requests for the SLOs of the catalogue."""

    model_config = SettingsConfigDict(extra="ignore", frozen=True)

    prometheus_url: HttpUrl | None = Field(
        default=None,
        description="metrics; act measures the SLOs of the catalogue there",
        examples=["http://prometheus:9090"],
        validation_alias="PROMETHEUS_URL",
    )
    prometheus_token: SecretStr | None = Field(
        default=None,
        description="a bearer token, where Prometheus asks for one",
        validation_alias="PROMETHEUS_TOKEN",
    )


class ActNamespaces(BaseSettings):
    """Where the bot may change anything; of the act worker, and of `midwatch policy explain`."""

    model_config = SettingsConfigDict(extra="ignore", frozen=True)

    namespaces: Names = Field(
        default=(),
        description="the bot may change only what lives here; none by default",
        examples=["payments search"],
        validation_alias="MIDWATCH_NAMESPACES",
    )

    _split = field_validator("namespaces", mode="before")(names)
