"""Test a checkpoint on data sets: python test.py -opt options/test.yml"""

from classsr.cli.main import main
from classsr.cli.test import run

if __name__ == "__main__":
    main(run)
