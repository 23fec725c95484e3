# `make demo` and `make test` do everything from a fresh checkout.
.PHONY: setup build test coverage demo lint fuzz docs install clean

setup:
	@tools/setup.sh

build: setup
	@cmake --preset release $(if $(MEDGRAFT_TORCH),-DMEDGRAFT_TORCH_DIR=$(MEDGRAFT_TORCH)) > build.log 2>&1 || (cat build.log; exit 1)
	@cmake --build build

test: build
	@ctest --test-dir build -j2 --output-on-failure

# Long; what bench/results/coverage.json holds already is not repeated.
# COVERAGE_ARGUMENTS: such as --sets 500 --conditions '^patients=50 '.
coverage: build
	@cmake --build build --target medgraft-coverage
	@build/medgraft-coverage $(COVERAGE_ARGUMENTS)
	@python3 tools/coverage_page.py bench/results/coverage.json > docs/metrics/coverage.md

demo: build
	@examples/demo/run.sh

lint: build
	@tools/lint.sh

# Needs clang. FUZZ_SECONDS a target, 60 unless said otherwise.
fuzz: setup
	@tools/fuzz.sh

docs: build
	@python3 tools/reference.py build/medgraft > docs/commands.md

install: build
	@cmake --install build

clean:
	rm -rf build build-*
