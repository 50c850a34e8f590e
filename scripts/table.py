"""Print one of the paper's tables as Markdown, made from the weights and data sets that are there.

python scripts/table.py {branches,main,losses} [--data DIR] [--experiments DIR] ...
"""

from classsr.cli.main import script

if __name__ == "__main__":
    script("table")
