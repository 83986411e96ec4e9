"""Kubernetes analyzers: from objects, events and container logs to typed signs, without a model."""
