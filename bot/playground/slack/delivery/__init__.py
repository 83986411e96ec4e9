"""How events, commands and clicks reach an app: by Socket Mode or signed HTTP, with retries, and what is noted."""
