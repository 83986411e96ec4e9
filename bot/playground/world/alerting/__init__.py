"""Alerts of the world: rules evaluated as Prometheus does, groups told as Alertmanager does."""
