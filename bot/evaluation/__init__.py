"""Incidents frozen in files, diagnosed by the same analyzers and fusion as live ones, and scored."""
