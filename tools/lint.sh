#!/usr/bin/env bash
# Formatting, layers and a short list of clang-tidy's checks (.clang-tidy). Needs a build for
# its compile commands; clang-tidy reads the layers that need no LibTorch.
set -euo pipefail
cd "$(dirname "$0")/.."
mapfile -t sources < <(git ls-files '*.cc' '*.h')
clang-format --dry-run -Werror "${sources[@]}"
python3 tools/check_layers.py
git ls-files 'src/medgraft/base/*.cc' 'src/medgraft/statistics/*.cc' |
  grep -vE '_(test|bench|fuzz)\.cc$' |
  xargs -P "$(nproc)" -n 3 clang-tidy -p build --quiet 2> /dev/null
