"""Run a Job from its CronJob again: what may be asked for. How it is done is `tools/change/rerun_job.py`.

Overrides are a mapping of names to values. A model, which cannot fill a mapping with names of its own in strict mode,
is asked for a list of pairs; both are taken.
"""

import shlex
from collections.abc import Mapping
from typing import Annotated

from pydantic import BeforeValidator, Field, StringConstraints, WithJsonSchema

from bot.core.reruns import NAME, VALUE, from_pairs, job_name
from bot.core.tool import Asked, Effect, Spec
from tools.specs.shapes.kubernetes import Arguments, Namespace, ObjectName

Variable = Annotated[str, StringConstraints(pattern=f"^{NAME.pattern}$")]
Value = Annotated[str, StringConstraints(pattern=f"^{VALUE.pattern}$")]
PAIRS = {
    "type": "array",
    "items": {
        "type": "object",
        "properties": {"name": {"type": "string"}, "value": {"type": "string"}},
        "required": ["name", "value"],
    },
}


class RerunJob(Arguments):
    namespace: Namespace = Field(description="Namespace of the CronJob")
    cron_job: ObjectName = Field(description="Name of the CronJob")
    overrides: Annotated[
        dict[Variable, Value], Field(max_length=10), BeforeValidator(from_pairs), WithJsonSchema(PAIRS)
    ] = Field(
        default_factory=dict,
        description="Environment variables to run with another value: only those, and only the values, that the "
        "CronJob's owner lets be overridden; none when left out",
    )


def command(namespace: str, name: str, overrides: Mapping[str, str]) -> str:
    """The equivalent for a person's own shell; every value is quoted for it."""
    here = f"kubectl --namespace {namespace}"
    make = f"{here} create job {job_name(name, 'by hand')} --from=cronjob/{name}"
    if not overrides:
        return make
    given = " ".join(f"{variable}={shlex.quote(value)}" for variable, value in overrides.items())
    return f"{make} --dry-run=client -o yaml | kubectl set env --local -f - {given} -o yaml | {here} create -f -"


def by_hand(asked: RerunJob) -> str:
    return command(asked.namespace, asked.cron_job, asked.overrides)


SPEC = Spec(
    name="rerun_job",
    effect=Effect.CHANGE,
    arguments=RerunJob,
    says="Run a Job from its CronJob once more now, with the overrides that its owner allows.",
    button="Re-Run",
    by_hand=by_hand,
    asked=Asked(
        verbs=("re-run", "rerun", "run again", "re-run cronjob"),
        kind="CronJob",
        pairs="overrides",
        look="list_jobs",
        rows="cron_jobs",
        named="cron_job",
    ),
)
