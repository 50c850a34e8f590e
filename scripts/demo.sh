#!/usr/bin/env bash
# Super-resolve the sample photographs with the shipped ClassSR-FSRCNN and report on it.
#
# bash scripts/demo.sh
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/environment.sh"
use_environment cpu,dev,openvino
"$venv/bin/python" data_scripts/make_sample_set.py
"$venv/bin/python" test.py -opt options/test.yml --overwrite "$@"
echo "pictures: results/test/{large,small}/<image>.png and <image>_classes.png"
