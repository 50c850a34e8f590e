#!/usr/bin/env bash
# Super-resolve the sample photographs with the shipped ClassSR-FSRCNN and ClassSR-SESR, and report.
#
# bash scripts/demo.sh
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/environment.sh"
use_environment cpu,dev,openvino
"$venv/bin/python" data_scripts/make_sample_set.py
"$venv/bin/python" test.py -opt options/test.yml --overwrite "$@"
"$venv/bin/python" test.py -n ClassSR_SESR --overwrite "$@"
echo "pictures: results/{test,ClassSR_SESR}/{large,small}/<image>.png and <image>_classes.png"
