"""Compare ways to run ClassSR on this machine, as a Markdown table.

python scripts/benchmark.py                                        FSRCNN and RCAN for 2K
python scripts/benchmark.py --backbones FSRCNN CARN --sizes 2K 8K --image photograph.png
python scripts/benchmark.py --costs ClassSR_FSRCNN                 what its branches take here
python scripts/benchmark.py --against-whole ClassSR_SESR --baseline FSRCNN_O \\
    --photographs FOLDER --sizes 2K 4K 8K                          routed against the plain network
python scripts/benchmark.py --against-whole options/hardware/train_ClassSR_RCAN.yml

Routed and plain take turns in one process.  In the first two, every row is measured in a process of
its own, with random weights; "times as fast" compares with the first row.
"""

from classsr.cli.main import script

if __name__ == "__main__":
    script("benchmark")
