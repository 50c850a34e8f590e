"""Where the weights that come with the project lie."""

from __future__ import annotations

from pathlib import Path

from classsr.errors import ClassSRError

# In a checkout this is a link to experiments/pretrained; an installed package holds the files.
FOLDER = Path(__file__).parent / "pretrained"
SUFFIX = ".safetensors"


def find_model(model: str | Path) -> Path:
    """The checkpoint of a shipped model's name, or the file that a path names."""
    path = Path(model)
    if path.is_file():
        return path
    shipped = FOLDER / f"{model}{SUFFIX}"
    if path.name == str(model) and shipped.is_file():
        return shipped
    names = ", ".join(sorted(path.stem for path in FOLDER.glob(f"*{SUFFIX}")))
    raise ClassSRError(
        f"model {model}: is neither a file nor a shipped model; shipped are: {names or 'none'}"
    )
