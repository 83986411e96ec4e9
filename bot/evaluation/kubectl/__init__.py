"""What kubectl prints for people, read back into the objects it was printed from, as far as it shows them."""
