"""What CONTRIBUTING.md shows works as it stands there."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
OPTIONS = """
name: tiny
branches: [{{type: Tiny, nf: 8}}]
network: branch1
datasets: {{train: {{dataroot_GT: {data}/GT, dataroot_LQ: {data}/LR, batch_size: 2}}}}
train: {{niter: 50, lr: 1e-3, scheduler: {{type: CosineAnnealingLR_Restart}}}}
"""
TEST = """
name: tiny
path: {{pretrain_model: experiments/tiny/checkpoints/last.safetensors}}
datasets: [{{name: pairs, dataroot_GT: {data}/GT, dataroot_LQ: {data}/LR}}]
"""


def example(opening: str) -> str:
    """The block of code of CONTRIBUTING.md that begins with a docstring."""
    blocks = re.findall(r"```python\n(.*?)```", (ROOT / "CONTRIBUTING.md").read_text(), re.DOTALL)
    return next(block for block in blocks if block.startswith(f'"""{opening}'))


def add_line(path: Path, after: str, line: str) -> None:
    text = path.read_text()
    assert text.count(after) == 1
    path.write_text(text.replace(after, f"{after}\n{line}"))


def test_what_paddles_launcher_leaves_is_ignored() -> None:
    assert "/log/" in (ROOT / ".gitignore").read_text().splitlines()


@pytest.mark.slow
def test_a_backbone_and_a_command_are_one_file_and_their_names(
    tmp_path: Path, sub_images: Path, pairs: Path
) -> None:
    package = tmp_path / "codes" / "classsr"
    shutil.copytree(ROOT / "codes" / "classsr", package, symlinks=True)
    (package / "models" / "backbones" / "tiny.py").write_text(example("Three convolutions"))
    models = package / "models" / "backbones" / "__init__.py"
    add_line(models, "MODULES = {", '    "Tiny": "tiny",')
    (package / "cli" / "hello.py").write_text(example("Say hello"))
    add_line(package / "cli" / "main.py", "\nCOMMANDS = {", '    "hello": "say hello",')

    def classsr(*words: str) -> str:
        done = subprocess.run(
            [sys.executable, "-m", "classsr", *words],
            cwd=tmp_path,
            env=os.environ | {"PYTHONPATH": str(tmp_path / "codes")},
            capture_output=True,
            text=True,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    assert classsr("hello", "world") == "hello world\n"
    (tmp_path / "options").symlink_to(ROOT / "options")
    (tmp_path / "train.yml").write_text(OPTIONS.format(data=sub_images))
    (tmp_path / "test.yml").write_text(TEST.format(data=pairs))
    assert "trained: experiments/tiny/" in classsr("train", "-opt", "train.yml")
    assert "| pairs |" in classsr("test", "-opt", "test.yml")
    assert "train.py" in classsr("reproduce", "--dry-run")
