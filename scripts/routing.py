"""Measure how well a router chooses its tiles: against chance, detail and an oracle.

python scripts/routing.py -opt options/test.yml [--plain FSRCNN_O.safetensors] [--together]

-opt names an option file of test.py; its first data set is scored under the paper's protocol.
Differences are from the network named after --plain, or from the widest branch without it. A
budget holds for each image; with --together, for all of them as if they were one.
Writes routing.md, routing.csv and routing.png to results/<name>/.
"""

from classsr.cli.main import script

if __name__ == "__main__":
    script("routing")
