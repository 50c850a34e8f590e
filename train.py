"""Train a branch or ClassSR: python train.py -opt options/train_ClassSR_RCAN.yml"""

from classsr.cli import main
from classsr.commands.train import run

if __name__ == "__main__":
    main(run)
