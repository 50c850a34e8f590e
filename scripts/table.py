"""Print one of the paper's tables as Markdown, made from the weights and data sets that are there.

python scripts/table.py {branches,main,losses} [--data DIR] [--experiments DIR] ...
"""

from classsr.cli.main import main
from classsr.cli.table import run

if __name__ == "__main__":
    main(run)
