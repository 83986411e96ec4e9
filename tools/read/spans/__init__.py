"""Traces: spans of any recorder become who calls whom, which span took or broke it, and how the error went on."""
