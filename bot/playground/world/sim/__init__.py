"""The simulation: traffic, errors, logs and metrics of every pod, decided by the cluster's state and the faults."""
