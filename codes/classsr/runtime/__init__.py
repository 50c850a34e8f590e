"""What runs the networks: runners of one interface, whatever computes behind it."""

from classsr.runtime.paddle_runner import PaddleRunner
from classsr.runtime.runner import Runner

__all__ = ["PaddleRunner", "Runner"]
