#!/usr/bin/env bash
# Print each branch on simple, medium and hard tiles and on Set5 as Markdown, with what is there.
#
# bash scripts/table_branches.sh [--data DIR] [--experiments DIR] [--backbones FSRCNN ...] [--sets ...]
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/environment.sh"
use_environment cpu,dev,openvino >&2
"$venv/bin/python" scripts/table.py branches "$@"
