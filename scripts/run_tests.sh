#!/usr/bin/env bash
# Run the tests in an environment of their own.
#
# bash scripts/run_tests.sh [pytest options]
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/environment.sh"
use_environment cpu,dev,openvino,web,geo,cluster
"$venv/bin/python" -m pytest "$@"
