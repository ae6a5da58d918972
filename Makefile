# Sealpost. Bare `make` lists what there is.

GO        ?= go
BIN       := bin
SOAK      ?= 1000
FUZZTIME  ?= 60s
STATICCHECK := honnef.co/go/tools/cmd/staticcheck@v0.8.2
GOVULNCHECK := golang.org/x/vuln/cmd/govulncheck@v1.9.0
NFPM        := github.com/goreleaser/nfpm/v2/cmd/nfpm@v2.43.0
VERSION   ?= 0.1.0
PLUGINS   := tls reject notify clamav ocr command

.PHONY: help run test check bench fuzz soak accuracy generate package build packages

help: ## list these targets
	@awk -F':.*## ' '/^[a-z-]+:.*## /{printf "  make %-10s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

run: packages ## start everything on this machine, send sample messages, show what became of them (ONCE=1: then end)
	@$(GO) run ./integration/demo $(if $(ONCE),-once)

test: packages ## every test, on real mail servers (as root)
	$(GO) test -timeout 20m ./...
	$(GO) test -timeout 10m -tags faults ./deliver ./gateway

check: packages build ## format, vet, staticcheck, known vulnerabilities, policies, generated files
	@GO="$(GO)" STATICCHECK=$(STATICCHECK) GOVULNCHECK=$(GOVULNCHECK) sh .ci/check

bench: packages ## speed, beside other filters and no filter at all (some minutes)
	$(GO) run ./bench -markdown docs/benchmarks.md

soak: packages ## the long kill test: SOAK messages (1000) while everything is killed
	SEALPOST_SOAK=$(SOAK) $(GO) test -timeout 60m -count 1 -run 'TestKill' -v ./integration

accuracy: ## recall and precision of the detectors on the project's own corpora
	$(GO) run ./accuracy -markdown docs/accuracy.md

fuzz: ## fuzz every parser for FUZZTIME (60s) each
	@GO="$(GO)" FUZZTIME=$(FUZZTIME) sh .ci/fuzz

generate: packages ## rebuild everything that is made from something else
	$(GO) generate ./...

build: ## the programs, into bin/
	$(GO) build -trimpath -ldflags "-X main.version=$(VERSION)" -o $(BIN)/sealpost ./cmd/sealpost
	@for p in $(PLUGINS); do $(GO) build -trimpath -o $(BIN)/plugins/$$p ./plugins/$$p || exit 1; done

package: build ## a .deb and an .rpm, into dist/
	@mkdir -p dist
	@for f in deb rpm; do VERSION=$(VERSION) $(GO) run $(NFPM) package --config packaging/nfpm.yaml --packager $$f --target dist/ || exit 1; done

packages: # the Debian packages that tests and the demonstration need
	@$(GO) run ./integration/demo -packages
