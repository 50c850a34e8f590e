"""Score a checkpoint at a row of budgets: python scripts/pareto.py -opt options/test.yml"""

from classsr.cli.main import script

if __name__ == "__main__":
    script("sweep")
