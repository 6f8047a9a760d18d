#!/usr/bin/env bash
# Makes what `npm run bench:peers` measures: two Python environments and the nine full-size networks as MindIR and as
# ONNX with the same weights, and checks that each pair gives the same outputs.
#
#   test/bench/make_full_networks.sh FOLDER [NETWORK...]      without networks: all nine (6 GB, about ten minutes)
#
# FOLDER gets export/ and venv/ (environments), full/ (NAME.mindir, NAME.npz) and onnx/ (NAME.onnx, NAME.npz).
# What is already there is kept. PYTHON names the interpreter; mindspore 2.10.0 has wheels for 3.9 to 3.12.
set -euo pipefail

if [ $# -lt 1 ]; then
  sed -n '2,9s/^# \{0,1\}//p' "$0" >&2
  exit 64
fi
here=$(cd "$(dirname "$0")" && pwd)
mkdir -p "$1"
folder=$(cd "$1" && pwd)
shift
python=${PYTHON:-python3}
networks=("$@")
if [ ${#networks[@]} -eq 0 ]; then
  networks=(lenet5 alexnet resnet50 vgg16 inception_v3 mobilenet_v2 mobilenet_v3_large bert_base wide_deep)
fi

# An environment counts as made only once everything in it is installed.
environment() {
  local name=$1
  shift
  if [ ! -e "$folder/$name/complete" ]; then
    "$python" -m venv --clear "$folder/$name"
    "$folder/$name/bin/pip" install --quiet --disable-pip-version-check "$@"
    touch "$folder/$name/complete"
  fi
}

# MindSpore needs a numpy older than the one the measuring side gets, hence two environments.
environment export 'mindspore==2.10.0' 'numpy<2' onnx
environment venv 'onnxruntime==1.32.0' onnx numpy

export GLOG_v=3 # MindSpore's warnings about its own export
for name in "${networks[@]}"; do
  if [ ! -e "$folder/full/$name.npz" ]; then
    "$folder/export/bin/python" "$here/networks/export_networks.py" --scale full --out "$folder/full" --nets "$name"
  fi
  if [ ! -e "$folder/onnx/$name.npz" ]; then
    "$folder/export/bin/python" "$here/networks/export_onnx.py" --out "$folder/onnx" --nets "$name"
  fi
done
"$folder/venv/bin/python" "$here/check_pairs.py" "$folder" "${networks[@]}"
