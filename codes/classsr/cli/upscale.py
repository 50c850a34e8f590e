"""Super-resolve pictures: classsr upscale -i photos -o results"""

from __future__ import annotations

import argparse
import logging
import os
from dataclasses import replace
from functools import partial
from pathlib import Path

from classsr.cli.upscale_arguments import add_arguments, flags_of_maps, settings_of_maps
from classsr.errors import ClassSRError
from classsr.inference.budget import parse_budget
from classsr.inference.pictures.attempt import Attempt, Outcome
from classsr.inference.pictures.due import made_with
from classsr.inference.pictures.jobs import Job, Jobs, make_jobs
from classsr.inference.pictures.report import to_json
from classsr.inference.pictures.run import run_apart, run_here
from classsr.inference.pictures.sources import Found, find_sources
from classsr.inference.upscaler import Upscaler, check_arguments
from classsr.inference.usage import summary
from classsr.rasters.in_rows import InRows
from classsr.rasters.shared import shared_maker
from classsr.runtime.load import find_model
from classsr.system.console import log_to_console
from classsr.system.distributed import rank, world
from classsr.system.engines import choose_engine
from classsr.system.files import remove_partials, write_atomic

__all__ = ["add_arguments", "run"]  # what the command line calls

log = logging.getLogger("classsr")


def run(arguments: argparse.Namespace) -> None:
    """Upscale all pictures, those that fail aside, and fail at the end where any did."""
    level = logging.WARNING if arguments.quiet else logging.INFO
    level = logging.DEBUG if arguments.verbose else level
    log_to_console(level=level, as_json=arguments.log_json)
    if arguments.budget is not None:
        parse_budget(arguments.budget)
    check_arguments(
        arguments.model,
        scale=arguments.scale,
        tile=arguments.tile,
        backend=arguments.backend,
        precision=arguments.precision,
    )
    output = Path(arguments.output)
    found = find_sources(arguments.input, recursive=arguments.recursive, output=output)
    model = find_model(arguments.model)
    jobs = plan(arguments, found, output=output, model=model)
    attempt = Attempt(
        made_with(
            model,
            scale=arguments.scale,
            tile=arguments.tile,
            precision=arguments.precision,
            budget=arguments.budget,
            quality=arguments.quality,
            frames=arguments.frames,
        )
        | flags_of_maps(arguments),
        frames=arguments.frames,
        overwrite=arguments.overwrite,
        quality=arguments.quality,
        share=1 / (arguments.processes * world()),
        in_rows=InRows(settings_of_maps(arguments)),
    )
    due, outcomes = sort_out(jobs, attempt)
    if arguments.dry_run:
        for job in due:
            log.info("%s -> %s", job.source, ", ".join(map(str, job.outputs)))
    else:
        upscale(due, outcomes, attempt, arguments, level=level)
    left_out = [found.left_out, f"{jobs.earlier} earlier results" if jobs.earlier else ""]
    if rank() == 0 and any(left_out):
        log.info("left out: %s", ", ".join(filter(None, left_out)))
    failed = sum(outcome.error is not None for outcome in outcomes)
    if failed:
        number = len(outcomes) + (len(due) if arguments.dry_run else 0)
        raise ClassSRError(f"{failed} of {number} pictures could not be upscaled, see above")


def plan(arguments: argparse.Namespace, found: Found, *, output: Path, model: Path) -> Jobs:
    """What becomes of which picture; raises ClassSRError for flags that do not go together."""
    if arguments.output == "-":
        raise ClassSRError("-o -: the standard output is not written to; name a folder or a file")
    report: Path | None = arguments.report
    jobs = make_jobs(
        found.places,
        output,
        suffix=arguments.suffix,
        extension=arguments.ext,
        with_map=arguments.class_map,
        kept=[model],
    )
    if report is not None:
        check_report(report, jobs, model)
    return jobs


def check_report(report: Path, jobs: Jobs, model: Path) -> None:
    """Raise ClassSRError where the report would replace another file or has no folder."""
    all_jobs = [*jobs.accepted, *jobs.refused]
    used = {model, *(path for job in all_jobs for path in (job.source, *job.outputs))}
    if os.path.realpath(report) in {os.path.realpath(path) for path in used}:
        raise ClassSRError(f"--report {report}: is a file of this run; choose another name")
    if report.is_dir():
        raise ClassSRError(f"--report {report}: is a folder; name a file in it")
    if not report.parent.is_dir():
        raise ClassSRError(f"--report {report}: there is no folder {report.parent}; make it first")


def sort_out(jobs: Jobs, attempt: Attempt) -> tuple[list[Job], list[Outcome]]:
    """This process's share of what is to be done, and what is finished or cannot be done."""
    due, outcomes = [], []
    if rank() == 0:
        outcomes = [Outcome(job, error=error) for job, error in jobs.refused.items()]
    again = 0
    for job in jobs.accepted[rank() :: world()]:
        try:
            missing = attempt.due(job)
        except ClassSRError as error:
            outcomes.append(Outcome(job, error=str(error)))
            continue
        again += missing.again and not attempt.overwrite
        if missing:
            due.append(job)
        else:
            outcomes.append(Outcome(job))
    for outcome in outcomes:
        if outcome.error is not None:
            log.error("%s", outcome.error)
    finished = sum(outcome.error is None for outcome in outcomes)
    if finished:
        log.info("%d finished before, --overwrite does them again", finished)
    if again:
        log.info("%d to do again, made from other files or settings", again)
    return due, outcomes


def upscale(
    due: list[Job],
    outcomes: list[Outcome],
    attempt: Attempt,
    arguments: argparse.Namespace,
    *,
    level: int,
) -> None:
    """Do what is due, add what became of it to `outcomes`, and always write the report."""
    make_upscaler = partial(
        Upscaler,
        arguments.model,
        scale=arguments.scale,
        tile=arguments.tile,
        device=arguments.device,
        backend=arguments.backend,
        precision=arguments.precision,
        budget=arguments.budget,
    )
    for folder in {job.target.parent for job in due}:
        remove_partials(folder)
    upscaler = make_upscaler() if due else None
    cost = upscaler.cost if upscaler else None

    def done(outcome: Outcome) -> None:
        outcomes.append(outcome)
        if outcome.error is not None:
            log.error("%s", outcome.error)
        elif outcome.usage is None:
            log.info("%s: needed nothing but its class map", outcome.job.target)
        elif cost is not None:
            log.info("%s: %s", outcome.job.target, summary(outcome.usage, cost))

    bar = not (arguments.quiet or arguments.log_json)
    engine = choose_engine(processes=arguments.processes, cluster=arguments.cluster)
    telling = partial(log_to_console, level=max(level, logging.WARNING), as_json=arguments.log_json)
    if engine and len(due) == 1:  # its parts are shared
        maker = shared_maker(engine, make_upscaler, telling)
        attempt = replace(attempt, in_rows=InRows(settings_of_maps(arguments), maker))
    try:
        if engine and len(due) > 1:
            run_apart(
                due,
                attempt,
                make_upscaler,
                engine=engine,
                prepare=telling,
                done=done,
                bar=bar,
            )
        elif upscaler:
            run_here(due, attempt, upscaler, done=done, bar=bar)
    finally:  # an interrupted run reports on what it finished
        if arguments.report:
            scale = upscaler.scale if upscaler else arguments.scale
            about = {"model": arguments.model, "scale": scale, "budget": arguments.budget}
            write_atomic(report_of_rank(arguments.report), to_json(about, outcomes, cost))


def report_of_rank(report: Path) -> Path:
    """The report's file, or report.0.json and so on where several processes share the pictures."""
    return report.with_suffix(f".{rank()}{report.suffix}") if world() > 1 else report
