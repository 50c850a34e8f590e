"""Train a branch or ClassSR: python train.py -opt options/train_ClassSR_RCAN.yml"""

from classsr.cli.main import main
from classsr.cli.train import run

if __name__ == "__main__":
    main(run)
