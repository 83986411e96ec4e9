"""Slack's limits on what may be shown, as checks over plain JSON that name the place of each fault."""
