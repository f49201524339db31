"""`python -m flows.cli` is `watchfloor`."""

from flows.cli import main

main()
