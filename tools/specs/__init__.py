"""Specs of the changing tools: what a reasoner may ask for. Pure; their implementations live in `tools/change`."""
