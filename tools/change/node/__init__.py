"""What the tools for nodes are made of; they run as an identity of their own."""
