"""The command line: `citynode`. Each command opens what it needs, does one thing and tells it."""

from nodes.commands.entry import main

__all__ = ["main"]
