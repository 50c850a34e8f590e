#!/usr/bin/env bash
# Print how long ClassSR takes on this machine as Markdown. Takes some minutes.
#
# bash scripts/table_speed.sh [options of scripts/benchmark.py, as --backbones FSRCNN RCAN]
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/environment.sh"
use_environment cpu,dev,openvino >&2
echo "The paper counts FLOPs; no seconds of it are known to us, so that these stand alone."
"$venv/bin/python" scripts/benchmark.py --backbones FSRCNN --sizes 2K "$@"
