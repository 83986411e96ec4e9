"""`make bench-safety`: attacks and faults, each tried many times, beside the same with its one guard switched off."""
