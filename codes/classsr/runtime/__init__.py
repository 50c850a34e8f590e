"""What runs the networks: runners of one interface, whatever computes behind it."""

from classsr.runtime.choose import Backend, Precision, choose_runner, exported_runner
from classsr.runtime.paddle_runner import PaddleRunner
from classsr.runtime.runner import Runner

__all__ = [
    "Backend",
    "PaddleRunner",
    "Precision",
    "Runner",
    "choose_runner",
    "exported_runner",
]
