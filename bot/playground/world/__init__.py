"""A small broken world to fix: one process that serves Prometheus's, Elasticsearch's and Kubernetes's HTTP APIs.

Shares no module with the rest of the bot, so that what the bot sees it sees through the same clients it uses elsewhere.
"""
