#!/bin/sh
# Makes the package `inference` of the protocol: generate.sh [PROTOC…]. Needs protoc, and of Go's modules protoc-gen-go and protoc-gen-go-grpc:
#   go install google.golang.org/protobuf/cmd/protoc-gen-go@v1.36.12 google.golang.org/grpc/cmd/protoc-gen-go-grpc@v1.6.2
set -eu
cd "$(dirname "$0")"
protos=../../../../proto
module=example.org/classify
places=
for file in "$protos"/inference/*.proto; do
  name=inference/$(basename "$file")
  places="$places --go_opt=M$name=$module/inference --go-grpc_opt=M$name=$module/inference"
done
[ $# -gt 0 ] || set -- protoc
# shellcheck disable=SC2086
"$@" -I "$protos" --go_out=. --go-grpc_out=. --go_opt=module=$module --go-grpc_opt=module=$module $places "$protos"/inference/*.proto
