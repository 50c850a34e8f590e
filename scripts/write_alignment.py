"""Write docs/alignment.md from the comparisons that the tests make.

python scripts/write_alignment.py
"""

from __future__ import annotations

import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "tests"))

from alignment import all_comparisons  # noqa: E402
from classsr.evaluation.markdown import row, table  # noqa: E402

HEAD = """# Alignment with the original implementation

Differences between this project and the original PyTorch code on the same deterministic weights
and inputs, on the CPU in float32. Written by `python scripts/write_alignment.py`; the test suite
holds every row to its bound (`tests/test_alignment.py`).

The numbers of the original lie in `tests/fixtures/reference`, trimmed to crops. The table below
was made from the untrimmed files and with the images of Set5 and Set14 (`CLASSSR_REFERENCE` and
`CLASSSR_BENCHMARKS`, see `tests/alignment.py`); without those, the test procedure is compared on a
block of four tiles, and the rows on Set5 and Set14 are left out.
"""


def main() -> None:
    rows = []
    for compare in all_comparisons().values():
        for found in compare():
            figures = (f"{found.difference:.2g}", f"{found.bound:g}")
            rows.append((found.part, found.quantity, *figures))
            print(row(rows[-1]))
    text = table(("part", "quantity", "difference", "bound"), rows, text_columns=2)
    page = ROOT / "docs" / "alignment.md"
    _, title, rest = page.read_text().partition("\n## With the authors' weights\n")
    page.write_text(f"{HEAD}\n{text}\n{title}{rest}")


if __name__ == "__main__":
    main()
