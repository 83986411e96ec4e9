"""Prometheus as the world plays it: samples in memory, a PromQL engine with the semantics of 2.42, its HTTP API."""
