"""Test a checkpoint on data sets: python test.py -opt options/test.yml"""

from classsr.cli.main import script

if __name__ == "__main__":
    script("test")
