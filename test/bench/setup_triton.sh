#!/usr/bin/env bash
# Triton for `npm run bench:serving -- --triton FOLDER`: the server and its Python backend out of the wheel nvidia-pytriton 0.7.0, and a Python
# environment for the backend. Needs Python 3.10 to 3.13; 400 MB.
set -euo pipefail
mkdir -p "${1:?usage: setup_triton.sh FOLDER}" && cd "$1"
[ -f tvenv/ok ] || { python3 -m venv tvenv && tvenv/bin/pip install -q 'numpy<2' protobuf && touch tvenv/ok; }
[ -d tritonserver ] || {
  tvenv/bin/pip download -q --no-deps -d wheel nvidia-pytriton==0.7.0
  mkdir tritonserver && (cd tritonserver && python3 -m zipfile -e ../wheel/nvidia_pytriton*.whl .)
  chmod +x tritonserver/pytriton/tritonserver/bin/* tritonserver/pytriton/tritonserver/backends/python/*
}
# The backend starts the program of the environment's Python from its own folder.
triton=tritonserver/pytriton/tritonserver
stub=$triton/python_backend_stubs/$(tvenv/bin/python -c 'import sys; print("%d.%d" % sys.version_info[:2])')/triton_python_backend_stub
[ -f "$stub" ] || { echo "setup_triton.sh: no $stub, want a Python from 3.10 to 3.13" >&2; exit 1; }
install -m 755 "$stub" $triton/backends/python/
echo "ready: npm run bench:serving -- --triton $PWD"
