"""The lists of dependencies agree with each other."""

from __future__ import annotations

from configparser import ConfigParser
from pathlib import Path

ROOT = Path(__file__).parent.parent


def requirements(name: str) -> set[str]:
    lines = (ROOT / name).read_text().splitlines()
    return {line for line in lines if line and not line.startswith("#")}


def test_requirements_are_those_of_the_package_and_paddle() -> None:
    setup = ConfigParser()
    setup.read(ROOT / "setup.cfg")
    package = set(setup["options"]["install_requires"].split())
    paddle = setup["options.extras_require"]["cpu"].strip()
    assert requirements("requirements.txt") == package | {paddle}
    on_gpu = paddle.replace("paddlepaddle", "paddlepaddle-gpu")
    assert requirements("requirements-gpu.txt") == package | {on_gpu}
