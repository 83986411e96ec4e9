"""Every predicate and measure a runbook's conditions may use, by name. `midwatch runbooks lint` prints this table."""

from bot.core.predicates import changes, jobs, logs, metrics, neighbours, pods, slopes
from bot.core.predicates.shape import Measure, Predicate

PREDICATES: dict[str, Predicate] = {
    one.name: one
    for one in (
        *metrics.PREDICATES,
        *logs.PREDICATES,
        *pods.PREDICATES,
        *changes.PREDICATES,
        *jobs.PREDICATES,
        *neighbours.PREDICATES,
        *slopes.PREDICATES,
    )
}
MEASURES: dict[str, Measure] = {
    one.name: one for one in (*metrics.MEASURES, *logs.MEASURES, *pods.MEASURES, *changes.MEASURES, *jobs.MEASURES)
}
