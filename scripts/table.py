"""Print one of the paper's tables: python scripts/table.py main"""

from classsr.cli.main import script

if __name__ == "__main__":
    script("table")
