"""Reproduce the whole paper; `bash scripts/reproduce_all.sh` calls this in its environment."""

from classsr.cli import main
from classsr.commands.reproduce import run

if __name__ == "__main__":
    main(run)
