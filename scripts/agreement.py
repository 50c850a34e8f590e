"""Compare OpenVINO and Paddle Inference with eager Paddle on the data sets of an option file.

python scripts/agreement.py -opt options/test.yml
"""

from classsr.cli.main import script

if __name__ == "__main__":
    script("parity")
