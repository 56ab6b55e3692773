"""The command line: `citynode`. Each command opens what it needs, does one thing and tells it."""
