"""The console command: classsr train, test, export or upscale."""

from __future__ import annotations

import argparse
import importlib
import sys

from classsr.cli.main import main

COMMANDS = ("train", "test", "export", "upscale")


def console() -> None:
    """Run the command of the first argument on the others."""
    parser = argparse.ArgumentParser(prog="classsr", description=__doc__)
    parser.add_argument("command", choices=COMMANDS)
    name = parser.parse_args(sys.argv[1:2]).command
    sys.argv[:2] = [f"classsr {name}"]
    main(importlib.import_module(f"classsr.cli.{name}").run)


if __name__ == "__main__":
    console()
