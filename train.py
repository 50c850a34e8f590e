"""Train a branch or ClassSR: python train.py -opt options/train_ClassSR_RCAN.yml"""

from classsr.cli.main import script

if __name__ == "__main__":
    script("train")
