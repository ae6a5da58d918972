#!/bin/sh
# Generates the Go code of the protocol. The tools' versions are fixed, so the
# output is the same everywhere. Needs protoc (apt-get install protobuf-compiler).
set -eu
cd "$(dirname "$0")"
command -v protoc >/dev/null || { echo "protoc is missing: apt-get install protobuf-compiler" >&2; exit 1; }
bin=$(mktemp -d)
trap 'rm -rf "$bin"' EXIT
# Outside the module, so that go.mod stays as it is.
(cd "$bin" && GOBIN="$bin" GOFLAGS= go install google.golang.org/protobuf/cmd/protoc-gen-go@v1.36.12)
(cd "$bin" && GOBIN="$bin" GOFLAGS= go install google.golang.org/grpc/cmd/protoc-gen-go-grpc@v1.6.2)
PATH="$bin:$PATH" protoc --go_out=. --go_opt=paths=source_relative \
	--go-grpc_out=. --go-grpc_opt=paths=source_relative plugin.proto
# Which protoc it was changes nothing in the code and differs between machines.
sed -i '/^\/\/ .*protoc  *v[0-9(]/d' plugin.pb.go plugin_grpc.pb.go
gofmt -l .
