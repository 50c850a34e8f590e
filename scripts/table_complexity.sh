#!/usr/bin/env bash
# Print parameters and multiply-accumulates at an input of 320 x 320 as Markdown: VDSR, CARN and
# SRFBN-S beside the slides of the Paddle reproduction, detectors, and the networks of the paper.
#
# bash scripts/table_complexity.sh
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/environment.sh"
use_environment cpu,dev,openvino >&2
"$venv/bin/python" scripts/table.py complexity "$@"
