"""One file per format in which frozen incidents come."""
