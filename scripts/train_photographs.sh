#!/usr/bin/env bash
# Train the shipped weights again, from folders of photographs: training sets, FSRCNN, small RCANs,
# and SESR. What is done stays, what was interrupted resumes. Hours on two CPU cores, 14 GB of disk.
#
# bash scripts/train_photographs.sh TRAIN VALIDATION [NETWORK ...]
# NETWORK: FSRCNN, RCAN_small, SESR, or several of them; the default is all
set -euo pipefail
if [ $# -lt 2 ]; then
    sed -n '2,7s/^# \{0,1\}//p' "$0"
    exit 2
fi
hr=$(realpath -e "$1") val=$(realpath -e "$2")
shift 2
source "$(dirname "${BASH_SOURCE[0]}")/environment.sh"
use_environment cpu,dev,openvino
export OMP_NUM_THREADS=1 # networks as small gain nothing from a second thread

sets=datasets/photographs
python="$venv/bin/python"

train() {
    local folder=experiments/photographs_$1
    if [ ! -e "$folder/checkpoints/last.safetensors" ]; then
        "$python" train.py -opt "options/photographs/train_$1.yml" \
            $([ -d "$folder" ] && echo --resume) "${@:2}"
    fi
}

# Bicubic splits the sub-images first; a network trained on all of them splits them better.
"$python" data_scripts/make_pairs.py --hr "$val" --long-side 2040 --out $sets/2K
"$python" data_scripts/prepare_folder.py --hr "$hr" --long-side 2040 --out $sets/bicubic

[ $# -gt 0 ] || set -- FSRCNN RCAN_small SESR
for network in "$@"; do
    if [ "$network" != SESR ]; then
        train FSRCNN_scorer -o datasets.train.dataroot_packed=$sets/bicubic
        "$python" data_scripts/prepare_folder.py --hr "$hr" --long-side 2040 --out $sets/train \
            --checkpoint experiments/photographs_FSRCNN_scorer/checkpoints/last.safetensors
    fi
    if [ "$network" != FSRCNN ]; then # errors of branches on sub-images that overlap take long
        "$python" data_scripts/prepare_folder.py --hr "$hr" --long-side 2040 --crops testing \
            --out $sets/tiles
    fi
    for name in "$network"_{O,O_tuned,d16,d36,m4,m4_tuned,linear,branch1,branch2,branch3} \
        "ClassSR_$network" "ClassSR_${network}_joint"; do
        if [ -e "options/photographs/train_$name.yml" ]; then
            train "$name"
        fi
    done
done
