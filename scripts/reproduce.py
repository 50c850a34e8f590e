"""Reproduce the whole paper; `bash scripts/reproduce_all.sh` calls this in its environment."""

from classsr.cli.main import script

if __name__ == "__main__":
    script("reproduce")
