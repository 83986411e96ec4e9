"""A CronJob as an argument, and the line that suspends or resumes it by hand."""

import json
import shlex

from pydantic import Field

from tools.specs.shapes.kubernetes import Arguments, Namespace, ObjectName


class OfCronJob(Arguments):
    namespace: Namespace = Field(description="Namespace of the CronJob")
    name: ObjectName = Field(description="Name of the CronJob")


def switch_by_hand(asked: OfCronJob, suspend: bool) -> str:
    patch = shlex.quote(json.dumps({"spec": {"suspend": suspend}}))
    return f"kubectl --namespace {asked.namespace} patch cronjob/{asked.name} --type=merge --patch={patch}"
