"""Curves without a model: which moved, when it began, by how much, and which service they point at first."""
