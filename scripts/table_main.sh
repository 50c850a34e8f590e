#!/usr/bin/env bash
# Print the paper's main table as Markdown: original and ClassSR on whole images, with what is there.
#
# bash scripts/table_main.sh [--data DIR] [--experiments DIR] [--backbones FSRCNN ...] [--sets ...]
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/environment.sh"
use_environment cpu,dev,openvino >&2
"$venv/bin/python" scripts/table.py main "$@"
