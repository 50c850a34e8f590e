"""Test a checkpoint on data sets: python test.py -opt options/test.yml"""

from classsr.cli import main
from classsr.commands.test import run

if __name__ == "__main__":
    main(run)
