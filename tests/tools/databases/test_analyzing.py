"""Faults of a database, each beside its healthy counterpart and its decoys. Invented incidents, no recorded ones."""

import random
from dataclasses import replace

import pytest

from bot.core.signs import Role, Sign
from tests.tools.databases.scenes import (
    GIB,
    LENGTH,
    START,
    USUAL,
    bump,
    healthy,
    noise,
    ramp,
    sampled,
    statement,
    step,
    told,
)
from tools.read.databases.analyzing import signs_of
from tools.read.databases.notices import kind_of
from tools.read.databases.values import Database, Notice

POINT_READ = statement("SELECT id FROM accounts WHERE id = $1", 0.5, {"CPU": 0.4}, calls=200)
IDLE = statement("BEGIN; SELECT balance FROM accounts WHERE id = $1", 9, {"Client:ClientRead": 8.8}, calls=0.2)
SCAN = statement("SELECT * FROM entries WHERE note LIKE $1", 11, {"CPU:user": 9, "IO:DataFileRead": 2}, calls=2)
BULK = statement(
    "INSERT INTO archive SELECT * FROM entries WHERE booked < $1", 6, {"WAL:Lock": 4, "IO:DataFileWrite": 2}, calls=0.5
)
VACUUM = statement(
    "autovacuum: VACUUM FREEZE public.entries", 8, {"LWLock:BufferMapping": 4, "IO:WALWrite": 3, "CPU:user": 0.2}, 0.01
)
BLOCKED = statement("UPDATE accounts SET balance = $1 WHERE id = $2", 9, {"Lock:transactionid": 8.5}, calls=0.4)


def causes(db: Database) -> list[Sign]:
    return [one for one in signs_of(db) if one.role is Role.CAUSE]


def kinds(db: Database) -> list[str]:
    return [one.kind for one in causes(db)]


def says(db: Database, role: Role) -> str:
    return " | ".join(one.says for one in signs_of(db) if one.role is role)


def loaded(db: Database, *statements: object, **whom: str) -> Database:
    return replace(db, insights=sampled(*statements, **whom))  # type: ignore[arg-type]


def random_healthy(seed: int) -> Database:
    """Every curve swings around its level, and one of them peaks for a few minutes or drifts a little."""
    dice = random.Random(seed)
    shares = {"queue_depth": 0.4, "lag": 0.3, "free_storage": 0.001}
    bent = {name: noise(level, shares.get(name, 0.15), dice.randrange(10**6)) for name, level in USUAL.items()}
    bent["cpu"] = noise(dice.uniform(10, 70), 0.2, seed)
    bent["connections"] = noise(dice.uniform(100, 650), 0.12, seed)
    odd, factor = dice.choice(["write_latency", "queue_depth", "write_iops", "lag", "wal"]), dice.uniform(2, 30)
    start = dice.randrange(2, LENGTH - 8)
    bent[odd] = [value * factor if start <= at < start + 3 else value for at, value in enumerate(bent[odd])]
    drifting, drift = dice.choice(["cpu", "connections", "read_iops"]), dice.uniform(0, 0.15)
    bent[drifting] = [value * (1 + drift * at / LENGTH) for at, value in enumerate(bent[drifting])]
    return healthy(**bent)


class TestHealthy:
    def test_a_quiet_database_is_said_to_be_well_with_its_values(self) -> None:
        db = healthy()

        assert causes(db) == []
        assert "within normal bounds" in says(db, Role.WELL)
        assert "no failure" in says(db, Role.WELL)
        assert "of 800" in says(db, Role.WELL)

    @pytest.mark.parametrize("seed", range(6))
    def test_swings_below_the_limits_are_no_fault(self, seed: int) -> None:
        db = healthy(cpu=noise(62, 0.2, seed), connections=noise(620, 0.1, seed))

        assert causes(db) == []

    def test_no_random_but_healthy_database_is_called_sick(self) -> None:
        sick = {seed: found for seed in range(300) if (found := kinds(random_healthy(seed)))}

        assert sick == {}

    def test_noise_near_a_threshold_is_told_as_noise(self) -> None:
        swings = [80.0 if at % 2 else 61.0 for at in range(LENGTH)]

        assert "no sustained breach" in says(healthy(cpu=swings), Role.WELL)

    def test_what_peaked_and_came_back_is_no_fault(self) -> None:
        db = healthy(write_latency=bump(0.0014, 0.09), write_iops=bump(600, 5000), queue_depth=bump(0.2, 9))

        assert causes(db) == []

    def test_storage_that_was_low_and_was_extended_is_no_fault(self) -> None:
        low = [60 * GIB, 40 * GIB, 20 * GIB, 9 * GIB, 4 * GIB, 3 * GIB, *[150 * GIB] * 14]
        db = told(healthy(free_storage=low), (5, "Storage is critically low."), (6, "Storage autoscaling is complete."))

        assert causes(db) == []

    def test_a_backup_and_a_parameter_group_are_no_fault(self) -> None:
        db = told(
            healthy(),
            (2, "Automated backup finished for DB instance ledger-main."),
            (4, "DB parameter group applied. The DB instance needs to be rebooted for the changes to take effect."),
        )

        assert causes(db) == []


class TestConnections:
    def test_idle_sessions_at_the_limit_are_a_leak(self) -> None:
        db = loaded(healthy(connections=ramp(300, 792)), IDLE, POINT_READ)

        assert kinds(db) == ["connection_exhaustion"]
        assert "792 of 800 max_connections (99 %)" in causes(db)[0].says
        assert "idle client sessions" in causes(db)[0].says
        assert "CPU is not the cause" in says(db, Role.WELL)

    def test_without_a_known_limit_the_refusals_tell(self) -> None:
        db = loaded(healthy(connections=ramp(300, 792)), IDLE)
        db = replace(db, instance=replace(db.instance, max_connections=None))

        assert kinds(db) == []
        assert kinds(replace(db, said="FATAL: sorry, too many clients already")) == ["connection_exhaustion"]

    def test_high_and_constant_below_the_limit_is_no_fault(self) -> None:
        assert kinds(healthy(connections=noise(690, 0.01))) == []

    def test_without_the_metric_refused_clients_tell(self) -> None:
        db = loaded(healthy(connections=[]), IDLE)

        assert kinds(db) == []
        refused = replace(db, said="FATAL: remaining connection slots are reserved for superusers")
        assert kinds(refused) == ["connection_exhaustion"]
        assert "DatabaseConnections metric is missing" in causes(refused)[0].says


class TestProcessor:
    def test_a_scan_on_the_cpu_is_named_with_its_text(self) -> None:
        db = loaded(healthy(cpu=step(24, 95), read_iops=step(900, 17000)), SCAN, POINT_READ)

        assert kinds(db) == ["cpu_saturation"]
        assert "SELECT * FROM entries WHERE note LIKE $1" in causes(db)[0].says
        assert "full table scan" in causes(db)[0].says
        assert "Connections are not the cause" in says(db, Role.WELL)

    def test_what_is_at_its_limit_all_along_is_said_to_stand_there(self) -> None:
        db = loaded(healthy(cpu=noise(94, 0.01)), SCAN)

        assert "CPUUtilization stands at" in causes(db)[0].says

    def test_sessions_that_pile_up_behind_it_are_its_consequence(self) -> None:
        db = loaded(healthy(cpu=step(24, 95), connections=ramp(140, 420, 5)), SCAN)

        assert kinds(db) == ["cpu_saturation"]
        assert "not connection exhaustion" in says(db, Role.WELL)

    def test_cpu_and_connections_both_at_their_limit_are_one_chain(self) -> None:
        db = loaded(healthy(cpu=step(24, 96, 3), connections=ramp(140, 797, 6)), SCAN)

        assert "cpu_saturation" in kinds(db)
        first = causes(db)[0].says
        assert "CPU saturation" in first
        assert "max_connections" in first
        assert "Causally linked" in first

    def test_without_the_metric_sessions_on_cpu_tell(self) -> None:
        db = loaded(healthy(cpu=[]), SCAN)

        assert kinds(db) == ["cpu_saturation"]
        assert kinds(loaded(healthy(cpu=[]), POINT_READ)) == []

    def test_storage_and_cpu_at_their_limits_are_both_told_and_the_rest_is_their_consequence(self) -> None:
        db = healthy(
            cpu=step(24, 95),
            free_storage=ramp(60 * GIB, 2 * GIB),
            connections=ramp(140, 796, 5),
            lag=ramp(1, 120, 6),
        )
        db = loaded(db, statement("SELECT * FROM a, b ORDER BY 1", 7, {"CPU": 5, "IO:BufFileWrite": 2}, calls=0.01))

        assert set(kinds(db)) == {"cpu_saturation", "storage_full"}
        assert "FreeStorageSpace fell from 60 GB" in causes(db)[0].says
        assert "connection exhaustion is its consequence" in says(db, Role.WELL)
        assert "replication itself is not at fault" in says(db, Role.WELL)

    def test_spent_credits_throttle_a_burstable_class(self) -> None:
        assert kinds(healthy(cpu_credits=ramp(288, 0), cpu=step(24, 20))) == ["cpu_throttled"]
        assert kinds(healthy(cpu_credits=noise(288))) == []


class TestReplication:
    def test_bulk_writing_that_outruns_the_replica(self) -> None:
        db = healthy(lag=ramp(1, 900), wal=step(3e6, 180e6), write_iops=step(600, 17000))
        db = loaded(db, BULK, POINT_READ, user="etl_nightly")

        assert kinds(db) == ["replication_lag"]
        assert "WAL faster than the replica can replay" in causes(db)[0].says
        assert "ETL INSERT" in causes(db)[0].says

    def test_cpu_of_another_read_is_causally_independent(self) -> None:
        reading = statement("SELECT region, sum(amount) FROM entries GROUP BY region", 2, {"CPU:user": 1.9}, calls=0.3)
        db = healthy(lag=ramp(1, 900), wal=step(3e6, 180e6), write_iops=step(600, 17000), cpu=step(24, 78))
        db = loaded(db, BULK, reading)

        assert kinds(db) == ["replication_lag"]
        assert "causally independent" in says(db, Role.WELL)

    def test_without_the_metric_the_events_and_the_wal_tell(self) -> None:
        db = told(
            healthy(lag=[], wal=step(3e6, 180e6), write_iops=step(600, 17000)),
            (8, "Replication lag on ledger-main-replica-1 has exceeded 900 seconds."),
        )

        assert kinds(db) == ["replication_lag"]
        assert "ReplicaLag metric is missing" in causes(db)[0].says

    def test_lag_with_flat_wal_is_held_up_on_the_replica(self) -> None:
        db = healthy(lag=ramp(1, 700))

        assert kinds(db) == ["replication_lag"]
        assert "long transaction" in causes(db)[0].says

    def test_a_busy_cpu_beside_heavy_writing_leaves_the_lag_the_cause(self) -> None:
        reading = statement("SELECT sum(amount) FROM entries GROUP BY region", 1.8, {"CPU:user": 1.7}, calls=0.3)
        db = healthy(lag=ramp(1, 900), wal=step(3e6, 180e6), write_iops=step(600, 17000), cpu=step(24, 91))
        db = loaded(db, BULK, reading)

        assert kinds(db) == ["replication_lag"]
        assert "a symptom and not the root cause" in says(db, Role.WELL)

    def test_lag_that_was_high_from_the_first_point_on_is_lag(self) -> None:
        assert kinds(healthy(lag=noise(900, 0.03))) == ["replication_lag"]
        assert kinds(healthy(lag=ramp(900, 40))) == []

    def test_replication_that_stopped_is_the_cause_of_its_lag(self) -> None:
        db = told(healthy(lag=ramp(1, 700)), (3, "Replication for the read replica has stopped: error 1062."))

        assert "Replication itself stopped at 09:03" in causes(db)[0].says

    def test_lag_that_came_back_is_no_fault(self) -> None:
        assert kinds(healthy(lag=bump(1, 200))) == []

    def test_a_failover_hours_before_is_over(self) -> None:
        db = told(
            healthy(lag=ramp(1, 900), wal=step(3e6, 180e6)),
            (-240, "A Multi-AZ failover has been initiated for DB instance ledger-main."),
            (-238, "DB instance ledger-main has finished a Multi-AZ failover."),
        )

        assert kinds(db) == ["replication_lag"]
        assert "failover" in says(db, Role.PAST)
        assert "historical, not the cause" in says(db, Role.PAST)


class TestStorage:
    def test_storage_that_runs_to_nothing(self) -> None:
        db = healthy(free_storage=ramp(12 * GIB, 0.05 * GIB), write_iops=step(600, 5000))

        assert kinds(db) == ["storage_full"]
        assert "FreeStorageSpace fell from 12 GB" in causes(db)[0].says

    def test_without_the_metric_the_event_and_the_stalled_writes_tell(self) -> None:
        db = told(
            healthy(free_storage=[], write_iops=step(600, 0, 9), write_latency=step(0.001, 30, 9)),
            (9, "DB instance ran out of storage space."),
        )
        db = loaded(db, statement("INSERT INTO entries VALUES ($1)", 8, {"Lock:relation": 7}, calls=0))

        assert kinds(db) == ["storage_full"]
        assert "FreeStorageSpace metric is missing" in causes(db)[0].says
        assert "WriteIOPS collapsed" in causes(db)[0].says

    def test_a_replication_slot_that_keeps_wal_is_named(self) -> None:
        db = healthy(slot_disk=ramp(1 * GIB, 180 * GIB), free_storage=ramp(200 * GIB, 20 * GIB))

        assert kinds(db) == ["storage_filling"]
        assert "replication slot" in causes(db)[0].says

    def test_storage_that_shrinks_slowly_is_no_cause(self) -> None:
        assert kinds(healthy(free_storage=ramp(310 * GIB, 304 * GIB))) == []

    def test_little_but_constant_storage_is_no_fault(self) -> None:
        assert kinds(healthy(free_storage=noise(14 * GIB, 0.001))) == []


class TestDisk:
    def test_a_vacuum_with_frequent_checkpoints_is_a_storm_and_cpu_its_symptom(self) -> None:
        db = told(
            healthy(
                cpu=step(24, 93, 4),
                write_iops=step(600, 21000),
                write_latency=ramp(0.001, 0.15),
                queue_depth=ramp(0.1, 40),
                wal=step(3e6, 190e6),
            ),
            (6, "LOG: checkpoints are occurring too frequently (9 seconds apart)"),
        )
        db = loaded(db, VACUUM, POINT_READ)

        assert kinds(db) == ["checkpoint_storm"]
        assert "VACUUM FREEZE" in causes(db)[0].says
        assert "a symptom and not the root cause" in says(db, Role.WELL)

    def test_a_volume_without_burst_credits_is_saturated(self) -> None:
        slow = ramp(0.0012, 0.2, 8)
        db = healthy(burst=ramp(90, 0), queue_depth=ramp(0.2, 60, 8), write_latency=slow, read_latency=slow)

        assert kinds(db) == ["disk_saturation"]
        assert "burst credits are spent" in causes(db)[0].says

    def test_a_latency_that_nothing_explains_is_neither_a_cause_nor_healthy(self) -> None:
        found = signs_of(healthy(read_latency=step(0.001, 0.02)))

        assert [one.role for one in found] == [Role.SYMPTOM]

    def test_a_timed_checkpoint_is_no_fault(self) -> None:
        db = told(healthy(), (5, "LOG: checkpoint starting: time"), (6, "LOG: checkpoint complete: wrote 812 buffers"))

        assert kinds(db) == []


class TestLocksAndMemory:
    def test_sessions_that_wait_for_a_transaction(self) -> None:
        db = loaded(healthy(connections=ramp(140, 380)), BLOCKED, IDLE)

        assert kinds(db)[0] == "lock_contention"
        assert "Lock:transactionid" in causes(db)[0].says

    def test_few_waits_for_locks_are_no_fault(self) -> None:
        small = statement("UPDATE accounts SET seen = now()", 0.3, {"Lock:tuple": 0.2}, calls=5)

        assert kinds(loaded(healthy(), small, POINT_READ)) == []

    def test_memory_that_runs_into_swap(self) -> None:
        db = healthy(free_memory=ramp(9 * GIB, 0.4 * GIB), swap=ramp(60 * 2**20, 3 * GIB))

        assert kinds(db) == ["memory_exhaustion"]

    def test_transaction_ids_that_run_out_are_told_and_young_ones_are_not(self) -> None:
        assert kinds(healthy(xids=noise(1.95e9, 0.001))) == ["transaction_id_wraparound"]
        assert kinds(healthy(xids=noise(2.1e8, 0.01))) == []


@pytest.mark.parametrize(
    ("says", "kind"),
    [
        ("Allocated storage has been exhausted. Allocate additional storage to resolve.", "storage_full"),
        ("DB instance has reached the storage-full threshold.", "storage_full"),
        ("The free storage capacity for DB instance ledger is low at 5% of the allocated storage", "storage_low"),
        ("Finished applying modification to allocated storage", "storage_grown"),
        ("Multi-AZ failover to standby complete - DNS propagation may take a few minutes", "failover"),
        ("Multi-AZ instance activation started", "failover"),
        ("Replication has stopped.", "replication_stopped"),
        ("Replication for the Read Replica resumed", "replication_resumed"),
        ("DB instance restarted", "restart"),
        ("Recovery of the DB instance is complete.", "restart"),
        ("Offline maintenance of the DB instance is taking place.", "maintenance"),
        ("Finished DB Instance backup", "backup"),
        ("Updated to use DBParameterGroup; the parameter group needs a reboot", "parameter"),
        ("DB instance CPU utilization has exceeded 50%.", ""),
    ],
)
def test_what_rds_says_has_its_kind(says: str, kind: str) -> None:
    assert kind_of(Notice(START, says)) == kind


class TestFailover:
    def test_maintenance_that_is_only_announced_is_none(self) -> None:
        db = told(healthy(), (4, "The instance will undergo scheduled maintenance in the next maintenance window."))

        assert [one for one in signs_of(db) if one.role in (Role.CAUSE, Role.SYMPTOM)] == []

    def test_a_restart_that_cut_the_sessions_is_told(self) -> None:
        drop = [140, 139, 141, 3, 0, 12, 96, 120, *[138] * 12]
        db = told(healthy(connections=drop), (3, "DB instance restarted"))

        assert kinds(db) == ["database_restarted"]

    def test_a_failover_within_the_incident_is_the_cause_though_it_is_over(self) -> None:
        drop = [140, 139, 141, 3, 0, 12, 96, 120, *[138] * 12]
        db = told(
            healthy(connections=drop),
            (3, "Multi-AZ instance failover started."),
            (5, "Multi-AZ instance failover completed."),
        )

        assert kinds(db) == ["failover"]
        assert "completed at 09:05" in causes(db)[0].says
        assert causes(db)[0].facts["category"] == "infrastructure"
