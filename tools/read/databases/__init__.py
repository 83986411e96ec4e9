"""PostgreSQL and RDS analyzers: from curves, top SQL, waits and notices to typed signs, without a model."""
