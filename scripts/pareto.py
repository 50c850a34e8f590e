"""Score a checkpoint at a row of budgets and draw PSNR over FLOPs and over seconds.

python scripts/pareto.py -opt options/test.yml [--plain FSRCNN_O.safetensors ...]

-opt names an option file of test.py; its first data set is scored.  The branches alone are points
in the picture, and so is every network named after --plain.
Writes pareto.md, pareto.csv and pareto.png to results/<name>/.
"""

from classsr.cli.main import script

if __name__ == "__main__":
    script("sweep")
