"""Draw the curves of trainings: python scripts/plot_log.py experiments/NAME -o curves.png"""

from classsr.cli.main import script

if __name__ == "__main__":
    script("plot")
