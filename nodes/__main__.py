"""`python -m nodes` is `citynode`."""

from nodes.commands import main

main()
