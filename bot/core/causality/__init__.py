"""Which change made this fault: by what it can do, where it works, when it came; or the answer that none did."""
