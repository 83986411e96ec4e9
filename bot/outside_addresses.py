"""The settings that say where people open what evidence came from; part of the narrator's settings."""

import re

from pydantic import AnyHttpUrl, Field, field_validator
from pydantic_settings import BaseSettings

from bot.core.sources import PLACES, Sources, fields_of


class OutsideAddresses(BaseSettings):
    """Each may be unset: then evidence of that source has no link."""

    prometheus_external_url: AnyHttpUrl | None = Field(
        default=None,
        description="where people open Prometheus: evidence leads to its graph, with the same query and range",
        validation_alias="PROMETHEUS_EXTERNAL_URL",
    )
    elasticsearch_external_url: AnyHttpUrl | None = Field(
        default=None,
        description="where people open Kibana: evidence leads to the same filter in Discover",
        validation_alias="ELASTICSEARCH_EXTERNAL_URL",
    )
    jaeger_external_url: AnyHttpUrl | None = Field(
        default=None,
        description="where people open Jaeger: evidence leads to the trace",
        validation_alias="JAEGER_EXTERNAL_URL",
    )
    kubernetes_external_url: str = Field(
        default="",
        description="a page of a cluster dashboard, with {namespace} and {name} where they belong",
        examples=["https://headlamp.example/c/main/deployments/{namespace}/{name}"],
        validation_alias="KUBERNETES_EXTERNAL_URL",
    )

    @field_validator("kubernetes_external_url")
    @classmethod
    def _template(cls, value: str) -> str:
        try:
            unknown = fields_of(value) - PLACES
        except ValueError as error:
            raise ValueError(f"its braces do not fit: {error}") from error
        if unknown or (value and not re.match(r"https?://[^\s/{}]", value)):
            raise ValueError("it is an http address with {namespace} and {name} in it and no other braces")
        return value

    @property
    def sources(self) -> Sources:
        return Sources(
            prometheus=str(self.prometheus_external_url or ""),
            elasticsearch=str(self.elasticsearch_external_url or ""),
            jaeger=str(self.jaeger_external_url or ""),
            kubernetes=self.kubernetes_external_url,
        )
