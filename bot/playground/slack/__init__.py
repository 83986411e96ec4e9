"""A Slack-compatible workspace in one process, for tests and the playground.

It answers Slack's Web API, speaks Socket Mode and signed HTTP, and lets a person (or a test) act through `/_people`.
It is strict where Slack is strict, and stricter where the SDK lets a mistake through. It imports nothing else of
the bot.
"""
