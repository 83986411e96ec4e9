"""What mends each fault of a database, and what keeps it from coming again. General PostgreSQL and RDS practice."""

from collections.abc import Mapping

REMEDIES: Mapping[str, tuple[str, str]] = {
    "connection_exhaustion": (
        "End the idle sessions (pg_terminate_backend), then lower the clients' pool sizes or put a pooler between",
        "idle_in_transaction_session_timeout, a pooler (PgBouncer, RDS Proxy), an alert at 80 % of max_connections",
    ),
    "connections_growing": ("Look at what the sessions wait for (pg_stat_activity)", ""),
    "cpu_saturation": (
        "End or throttle that query, look at its plan (EXPLAIN) and add the index that it lacks",
        "statement_timeout for that role, the plan of new queries checked before they are released",
    ),
    "cpu_throttled": (
        "Take a class that does not burst, or turn on unlimited credits, and look for what spent them",
        "An alert on CPUCreditBalance",
    ),
    "storage_full": (
        "Add storage (modify the allocated storage), then drop what fills it: WAL kept by slots, temporary files",
        "Storage autoscaling, an alert on FreeStorageSpace at 15 % and on its slope, no unused replication slots",
    ),
    "storage_filling": (
        "Stop what writes, or add storage before it is full",
        "Storage autoscaling and an alert on the slope of FreeStorageSpace",
    ),
    "replication_lag": (
        "Throttle or pause the job that writes (smaller batches), let the replica catch up, read from the primary",
        "Batch jobs off the peak with pauses between batches, an alert on lag and on WAL per second",
    ),
    "checkpoint_storm": (
        "Slow the vacuum or the bulk write down (autovacuum_vacuum_cost_delay), raise max_wal_size",
        "Vacuum big tables often and early (per-table autovacuum settings), more IOPS, an alert on transaction age",
    ),
    "disk_saturation": (
        "Take the load off that writes or reads most, or give the volume more IOPS",
        "Provisioned IOPS above the peak, an alert on DiskQueueDepth",
    ),
    "lock_contention": (
        "Find the session at the head (pg_blocking_pids) and end its transaction",
        "lock_timeout, short transactions, rows locked in one order, DDL off the peak",
    ),
    "memory_exhaustion": (
        "End what holds the memory (many sessions, a big sort or hash), or take a larger class",
        "work_mem times connections within memory, an alert on FreeableMemory and SwapUsage",
    ),
    "transaction_id_wraparound": (
        "End the oldest transaction and drop unused slots, then VACUUM FREEZE the oldest tables",
        "An alert on transaction age, autovacuum that is never turned off",
    ),
    "failover": (
        "Let clients reconnect by the endpoint's name (low DNS TTL), and ask AWS Health why the primary host failed",
        "Connection retries with backoff, RDS Proxy, a DNS TTL below 30 s in clients",
    ),
    "database_restarted": (
        "Let clients reconnect, and read the events and the server's log for why it restarted",
        "Maintenance windows off the peak, connection retries with backoff",
    ),
}
