"""`make bench`: measured figures, each beside a limit or a peer of the same run. Nothing here is asserted by a test."""
