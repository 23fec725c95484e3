#!/usr/bin/env bash
# Builds the fuzz targets with clang and runs each for FUZZ_SECONDS (60), one after another;
# fails on a finding, which then lies in build-fuzz/findings. What is new goes to
# build-fuzz/corpus/TARGET, not to the committed corpus.
#
#   tools/fuzz.sh [TARGET...]           all, or those named
#   tools/fuzz.sh --merge [TARGET...]   adds what is new to tests/fuzz/corpus, minimized
set -euo pipefail
cd "$(dirname "$0")/.."

seconds=${FUZZ_SECONDS:-60}
build=build-fuzz
# Pictures are limited to a million pixels, files to 12 kB: what asks for more is a finding.
limits=(-timeout=10 -rss_limit_mb=1024 -malloc_limit_mb=512 -max_len=12288)

compiler() {
  local name
  for name in clang++ clang++-{20..14}; do
    if command -v "$name" > /dev/null; then
      echo "$name"
      return
    fi
  done
  echo "fuzz: no clang++ of version 14 or later; on Debian: apt-get install clang libclang-rt-dev" >&2
  exit 2
}

run() {
  local target=$1 corpus=$build/corpus/$1 dictionary=tests/fuzz/dictionaries/$1.dict
  mkdir -p "$corpus" $build/findings
  echo "fuzz: $target for $seconds s"
  if ! "$build/${target}_fuzz" "${limits[@]}" -max_total_time="$seconds" \
    -artifact_prefix="$build/findings/$target-" -print_final_stats=1 \
    ${dictionary:+-dict="$dictionary"} "$corpus" "tests/fuzz/corpus/$target" \
    > "$build/$target.log" 2>&1; then
    tail -n 60 "$build/$target.log" >&2
    echo "fuzz: $target has a finding, see above and $build/findings" >&2
    return 1
  fi
  grep -E 'cov:' "$build/$target.log" | tail -n 1
}

merge() {
  local target=$1 fresh
  fresh=$(mktemp -d)
  "$build/${target}_fuzz" "${limits[@]}" -merge=1 "$fresh" "tests/fuzz/corpus/$target" \
    "$build/corpus/$target" > "$build/$target-merge.log" 2>&1
  rm -r "tests/fuzz/corpus/$target"
  mv "$fresh" "tests/fuzz/corpus/$target"
  du -sh "tests/fuzz/corpus/$target"
}

action=run
if [ "${1:-}" = --merge ]; then
  action=merge
  shift
fi
cmake --preset fuzz -DCMAKE_CXX_COMPILER="$(compiler)" > /dev/null
cmake --build $build --target fuzz_targets
targets=("$@")
if [ ${#targets[@]} -eq 0 ]; then mapfile -t targets < <(ls tests/fuzz/corpus); fi
failed=0
for target in "${targets[@]}"; do "$action" "$target" || failed=1; done
exit $failed
