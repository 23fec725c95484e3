#!/usr/bin/env bash
# Kills a fine-tuning by SIGKILL at random moments, resumes it each time, and compares the
# SHA-256 of its weights with those of two runs that were never killed.
#
#   kill_test.sh CONFIG.toml [KILLS] [MEDGRAFT]     20 kills, build/medgraft by default
set -euo pipefail
config=$1 kills=${2:-20} medgraft=${3:-$(dirname "$0")/../build/medgraft}
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT

train() { "$medgraft" finetune "$config" --out "$folder/$1" --threads 1 --quiet > /dev/null; }

began=$(date +%s%N)
train first
milliseconds=$((($(date +%s%N) - began) / 1000000))
train second

for ((kill = 1; kill <= kills; ++kill)); do
  "$medgraft" finetune "$config" --out "$folder/killed" --threads 1 --quiet > /dev/null &
  worker=$!
  # Somewhere within a whole run's time over a few kills, so that late steps are hit too.
  sleep "$(awk -v limit="$milliseconds" -v draw="$RANDOM" \
    'BEGIN { print (0.15 + 0.6 * draw / 32768) * limit / 1000 }')"
  kill -KILL "$worker" 2> /dev/null || true
  wait "$worker" 2> /dev/null || true
  echo "kill $kill: $(cat "$folder/killed/checkpoint/latest" 2> /dev/null || echo start)"
done
train killed

cd "$folder"
sha256sum first/model.safetensors second/model.safetensors killed/model.safetensors
[ "$(sha256sum */model.safetensors | cut -d' ' -f1 | sort -u | wc -l)" = 1 ] ||
  { echo "the weights differ" >&2; exit 1; }
echo "after $kills kills the weights are those of an uninterrupted run"
