#!/usr/bin/env bash
# Reproduce the whole paper on a machine with a GPU: data, trainings, tests and tables. What is done
# stays, what was interrupted goes on. --dry-run prints what is done and what is left.
#
# bash scripts/reproduce_all.sh --dry-run [--backbones FSRCNN ...]
# CLASSSR_VENV=DIR bash scripts/reproduce_all.sh    with requirements-gpu.txt installed in DIR
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/environment.sh"
use_environment cpu,dev,openvino
"$venv/bin/python" scripts/reproduce.py "$@"
