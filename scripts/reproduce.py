"""Reproduce the whole paper; `bash scripts/reproduce_all.sh` calls this in its environment."""

from classsr.cli.main import main
from classsr.cli.reproduce import run

if __name__ == "__main__":
    main(run)
