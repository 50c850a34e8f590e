"""Compare ways to run ClassSR on this machine, as a Markdown table.

python scripts/benchmark.py                                        FSRCNN and RCAN for 2K
python scripts/benchmark.py --backbones FSRCNN CARN --sizes 2K 8K --image photograph.png

Every row is measured in a process of its own, in turn, with random weights; "times as fast"
compares with the first row.
"""

from classsr.cli.main import script

if __name__ == "__main__":
    script("benchmark")
