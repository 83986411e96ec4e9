"""Fusion: signs of every kind become ranked hypotheses, with what speaks for and against each. Pure, deterministic."""
