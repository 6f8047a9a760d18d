#!/bin/sh
# Puts the pieces of pack.mjs together: unpack.sh PIECES FOLDER
#
# The small part (program.tar.xz) is unpacked each time; TensorRT, once all of its pieces are in PIECES and have their checksums. Pieces may
# come one after the other: a call with some of them missing says which, and ends with status 3.
set -eu

[ $# -eq 2 ] || { sed -n '2,5s/^# \{0,1\}//p' "$0" >&2; exit 64; }
mkdir -p "$2"
pieces=$(cd "$1" && pwd)
folder=$(cd "$2" && pwd)
cd "$pieces"

check() { grep " $1\$" SHA256SUMS | sha256sum --check --quiet -; }

check program.tar.xz
# Python has xz where the machine's tar has not.
python3 -c 'import sys, tarfile
with tarfile.open(sys.argv[1], "r:xz") as tar: tar.extractall(sys.argv[2])' program.tar.xz "$folder"

[ ! -e "$folder/tensorrt/complete" ] || exit 0
names=$(sed -n 's/^[0-9a-f]*  \(tensorrt\.tar\.zst\..*\)$/\1/p' SHA256SUMS)
missing=
for name in $names; do [ -e "$name" ] || missing="$missing $name"; done
if [ -n "$missing" ]; then
  echo "still missing:$missing" >&2
  exit 3
fi
for name in $names; do check "$name"; done
# shellcheck disable=SC2086 # names without spaces, in order
cat $names | LD_LIBRARY_PATH="$folder/bin/zstd-libraries" "$folder/bin/zstd" -d --long=31 -q -c | tar -x -C "$folder"
touch "$folder/tensorrt/complete"
