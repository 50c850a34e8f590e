"""Reproduce the whole paper on a GPU machine, or print the plan: bash scripts/reproduce_all.sh"""

from __future__ import annotations

import argparse
import subprocess
import sys

from classsr.errors import ClassSRError
from classsr.evaluation.paper.plan import Stage, missing_downloads, plan, to_markdown
from classsr.evaluation.paper.results import BACKBONES
from classsr.system.device import has_gpu

HOW_TO_DOWNLOAD = "docs/data.md, Getting the images, says where to get them and where to put them"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Which part of the paper, and whether to run it."""
    parser.add_argument("--dry-run", action="store_true", help="print the plan, run nothing")
    parser.add_argument("--backbones", nargs="+", choices=BACKBONES, default=list(BACKBONES))


def run(given: argparse.Namespace) -> None:
    """Run all stages that are not done; one that was interrupted resumes."""
    stages = plan(given.backbones)
    print(to_markdown(stages), flush=True)
    missing = ", ".join(map(str, missing_downloads(stages)))
    if given.dry_run:
        print(f"\nDownloads: {f'missing: {missing}; {HOW_TO_DOWNLOAD}' if missing else 'there'}.")
        return
    if missing:
        raise ClassSRError(f"{missing}: no such folder of photographs; {HOW_TO_DOWNLOAD}")
    if not has_gpu():
        raise ClassSRError(
            "Paddle finds no GPU; install requirements-gpu.txt into an environment of your own and "
            "name it: CLASSSR_VENV=DIR bash scripts/reproduce_all.sh"
        )
    for stage in stages:
        if stage.state != "done":
            run_stage(stage)


def run_stage(stage: Stage) -> None:
    """Run a command in a process of its own; ClassSRError where it fails."""
    print(f"\n$ {' '.join(stage.command)}", flush=True)
    program, *arguments = stage.command
    if program == "python":
        program = sys.executable
    status = subprocess.run([program, *arguments], check=False).returncode
    if status != 0:
        raise ClassSRError(
            f"{' '.join(stage.command)}: ended with status {status}; mend what it says above and "
            f"repeat bash scripts/reproduce_all.sh, which resumes there"
        )
