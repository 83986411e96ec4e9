"""Traces of the world's requests, as a Jaeger would have recorded them."""
