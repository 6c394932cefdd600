"""`python -m crm` is the command line."""

from crm.cli import main

main()
