"""`python -m nodes` is `citynode`."""

from nodes.commands.entry import main

main()
