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

differ() { echo "the weights differ" >&2; exit 1; }
compare() { cmp "$folder/first/model.safetensors" "$folder/$1/model.safetensors" || differ; }
compare second

# A kill counts if it met a run at work. A run that got done is compared, and another begins.
for ((kill = 0, runs = 1; kill < kills;)); do
  "$medgraft" finetune "$config" --out "$folder/killed" --threads 1 --quiet > /dev/null &
  worker=$!
  sleep "$(awk -v limit="$milliseconds" -v draw="$RANDOM" \
    'BEGIN { print (0.15 + 0.6 * draw / 32768) * limit / 1000 }')"
  if kill -KILL "$worker" 2> /dev/null; then
    wait "$worker" 2> /dev/null && continue
    ((++kill))
    echo "kill $kill of run $runs: $(cat "$folder/killed/checkpoint/latest" 2> /dev/null ||
      echo start)"
  else
    wait "$worker"
  fi
  if grep -q '"status": "done"' "$folder/killed/run.json" 2> /dev/null; then
    compare killed
    rm -r "$folder/killed"
    ((++runs))
  fi
done
train killed
compare killed

cd "$folder"
sha256sum first/model.safetensors second/model.safetensors killed/model.safetensors
echo "after $kills kills in $runs runs the weights are those of an uninterrupted run"
