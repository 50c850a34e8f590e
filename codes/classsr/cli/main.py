"""The command line: classsr COMMAND [arguments].

Every command is a module with `add_arguments(parser)` and `run(arguments)`; only the one that is
called is imported, because Paddle takes seconds to load.
"""

from __future__ import annotations

import argparse
import importlib
import logging
import os
import signal
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from classsr import __version__
from classsr.errors import ClassSRError
from classsr.system.console import log_to_console
from classsr.system.signals import Terminated, interrupt_at_sigterm, sigterm_delayed

log = logging.getLogger("classsr")

COMMANDS = {
    "train": "train a branch or ClassSR by an option file",
    "test": "test a checkpoint on data sets: PSNR, SSIM, FLOPs, seconds",
    "upscale": "super-resolve pictures of any size",
    "web": "open a page to enlarge pictures, compare them and turn the budget",
    "export": "write a checkpoint as a folder to deploy",
    "convert": "convert weights between published checkpoints and those of this project",
    "flops": "count parameters and FLOPs of a network",
    "benchmark": "measure seconds and memory on this machine",
    "sweep": "score a checkpoint at a row of budgets",
    "routing": "measure how well a router chooses its tiles",
    "parity": "compare what the backends compute",
    "table": "print one of the paper's tables",
    "reproduce": "run data, trainings, tests and tables of the whole paper",
    "plot": "draw the curves of trainings",
    "options": "print the resolved options of an option file",
    "data": "make training and test sets",
}
OPTIONAL = {"paddle": "'paddlepaddle>=3.1,<4'", "matplotlib": "matplotlib"}  # and how to get them
DATA_COMMANDS = {
    "div2k": "make the paper's training set and validation pairs from DIV2K",
    "div8k": "make the paper's test sets from DIV8K",
    "folder": "make a classed training set from your own photographs",
    "pairs": "make pairs of GT and LR of the images of a folder",
    "scales": "write the photographs of a folder at several sizes",
    "cut": "cut pairs of GT and LR into sub-images",
    "score": "score the sub-images of a set by how well they can be restored",
    "split": "split scored sub-images into simple, medium and hard",
    "verify": "compare sets with their manifests and the paper's counts",
    "sample": "make a small test set from the photographs that scikit-image ships",
}


def main(arguments: Sequence[str] | None = None, *, program: str = "classsr") -> None:
    """Run a command; an error that the user can mend is one line and exit status 1.

    arguments: those of the process where they are left out.
    program: how the user called it, for usage and messages.
    """
    words = list(sys.argv[1:] if arguments is None else arguments)
    with errors_in_one_line():
        dispatch(words, program)


@contextmanager
def errors_in_one_line() -> Iterator[None]:
    """Show messages, and end the process with one line for what the user can mend.

    That is a missing package, too, and a lack of memory. Where a reader of the output is gone, as
    behind `| head`, there is nobody to tell.
    """
    log_to_console()
    try:
        yield
        sys.stdout.flush()
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # what Python flushes last
        sys.exit(128 + signal.SIGPIPE)
    except ModuleNotFoundError as error:
        if error.name not in OPTIONAL:
            raise
        log.error("%s is not installed; run: pip install %s", error.name, OPTIONAL[error.name])
        sys.exit(1)
    except ClassSRError as error:
        log.error("%s", error)
        sys.exit(1)
    except MemoryError:
        log.error("the memory is not enough; close other programs, or give it smaller images")
        sys.exit(1)
    except Terminated:
        log.error("terminated")
        sys.exit(128 + signal.SIGTERM)
    except KeyboardInterrupt:
        log.error("interrupted")
        sys.exit(128 + signal.SIGINT)


def script(*command: str) -> None:
    """Run a command as a script of the repository: python train.py is classsr train."""
    main([*command, *sys.argv[1:]], program=f"python {sys.argv[0]}")


def dispatch(words: list[str], program: str) -> None:
    """Parse the words of a command line and run the command; errors are raised."""
    name = _choose(words, COMMANDS, program)
    module, own = f"classsr.cli.{name}", [name]
    if name == "data":
        verb = _choose(words[1:], DATA_COMMANDS, f"{program} data")
        module, own = f"classsr.cli.data.{verb}", [name, verb]
    with sigterm_delayed():
        command = importlib.import_module(module)
        interrupt_at_sigterm()
    # The name of a script of the repository names its command.
    called = program if program != "classsr" else " ".join([program, *own])
    parser = argparse.ArgumentParser(
        prog=called, description=command.__doc__, formatter_class=HelpFormatter
    )
    parser.add_argument("--version", action="version", version=f"classsr {__version__}")
    command.add_arguments(parser)
    rest = words[len(own) :]
    given = parser.parse_args(rest)
    given.invocation = [*called.split(), *rest]
    command.run(given)


def _choose(words: list[str], commands: dict[str, str], program: str) -> str:
    """The command that the first word names; help and errors end the process."""
    width = max(map(len, commands))
    listed = "\n".join(f"  {name:{width}}  {help}" for name, help in commands.items())
    parser = argparse.ArgumentParser(
        prog=program,
        usage=f"{program} COMMAND [arguments]",
        description=f"Commands:\n{listed}",
        epilog=f"{program} COMMAND --help describes a command.",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("command", choices=commands, help=argparse.SUPPRESS)
    parser.add_argument("--version", action="version", version=f"classsr {__version__}")
    name: str = parser.parse_args(words[:1]).command
    return name


class HelpFormatter(argparse.RawDescriptionHelpFormatter):
    """Shows defaults, but for None and empty lists."""

    def _get_help_string(self, action: argparse.Action) -> str | None:
        text = action.help
        if not text or "%(default)" in text or isinstance(action.default, bool):
            return text
        if action.default in (None, [], argparse.SUPPRESS, "") or not action.option_strings:
            return text
        return f"{text} (default: %(default)s)"
