"""The parts of CronJobs and Jobs that the reading tools look at; everything else is skipped while decoding."""

from typing import Any

import msgspec

from tools.read.shapes.objects import Condition, Meta, Struct


class JobSpec(Struct, frozen=True):
    active_deadline_seconds: int | None = None
    backoff_limit: int | None = None
    suspend: bool | None = None
    template: dict[str, Any] = msgspec.field(default_factory=dict)


class JobStatus(Struct, frozen=True):
    active: int = 0
    succeeded: int = 0
    failed: int = 0
    start_time: str | None = None
    completion_time: str | None = None
    conditions: list[Condition] | None = None


class Job(Struct, frozen=True):
    metadata: Meta
    spec: JobSpec = JobSpec()
    status: JobStatus = JobStatus()


class JobTemplate(Struct, frozen=True):
    metadata: Meta = Meta()
    spec: JobSpec = JobSpec()


class CronJobSpec(Struct, frozen=True):
    schedule: str = ""
    time_zone: str | None = None
    suspend: bool | None = None
    concurrency_policy: str = "Allow"
    job_template: JobTemplate = JobTemplate()


class CronJobStatus(Struct, frozen=True):
    last_schedule_time: str | None = None
    last_successful_time: str | None = None


class CronJob(Struct, frozen=True):
    metadata: Meta
    spec: CronJobSpec = CronJobSpec()
    status: CronJobStatus = CronJobStatus()
