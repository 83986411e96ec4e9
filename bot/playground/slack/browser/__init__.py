"""The page people open: who may open it, what one person sees, and the way to the world's side door."""
