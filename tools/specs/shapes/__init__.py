"""What the arguments of several specs share. A module here is no spec."""
