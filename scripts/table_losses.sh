#!/usr/bin/env bash
# Print ClassSR without a loss and with other numbers of classes as Markdown, with what is there.
#
# bash scripts/table_losses.sh [--data DIR] [--experiments DIR] [--sets ...]
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/environment.sh"
use_environment cpu,dev,openvino >&2
"$venv/bin/python" scripts/table.py losses "$@"
