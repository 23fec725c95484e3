#!/usr/bin/env bash
# Imports and audits the demo's data sets, runs its study and writes the report. Killed or
# repeated, it goes on where it was.
#
#   run.sh [MEDGRAFT]     MEDGRAFT: the executable, build/medgraft by default
set -euo pipefail
demo=$(cd "$(dirname "$0")" && pwd)
medgraft=${1:-$demo/../../build/medgraft}

import() {  # NAME TITLE CITATION [--set key=value]...
  local name=$1 title=$2 citation=$3
  shift 3
  [ -f "$demo/imported/$name/dataset.toml" ] && return
  "$medgraft" data import medmnist --root "$demo/data/$name.npz" \
    --out "$demo/imported/$name" --set "name=$name" --set "title=$title" \
    --set "citation=$citation" --set "license=CC BY 4.0" "$@"
}

import photos "Caltech-101, 32 x 32 pixels, at most 44 training photographs a class" \
  "Fei-Fei, Fergus and Perona 2004, doi:10.22002/D1.20086" --set kind=multiclass
# Its photographs repeat: copies in two splits would make the upstream's validation too good.
[ -f "$demo/imported/photos/audit.json" ] ||
  "$medgraft" data split "$demo/imported/photos" --fractions 0.83,0.17,0 \
    --duplicates-together --force
import busi "BUSI, breast ultrasound, 28 x 28 pixels" \
  "Al-Dhabyani et al. 2020, doi:10.1016/j.dib.2019.104863" \
  --set positive=0 --set label=malignant
import pneumonia "PneumoniaMNIST, chest radiographs of children, 28 x 28 pixels" \
  "Kermany et al. 2018, doi:10.1016/j.cell.2018.02.010; Yang et al. 2023, doi:10.1038/s41597-022-01721-8" \
  --set positive=1 --set label=pneumonia --set drop_train_repeats=true

for name in photos busi pneumonia; do
  [ -f "$demo/imported/$name/audit.json" ] || "$medgraft" data audit "$demo/imported/$name"
done

"$medgraft" study run "$demo/study.toml" --out "$demo/study" --workers 2
"$medgraft" report "$demo/study" --force --out "$demo/study/report.html"
for name in photos busi pneumonia; do
  echo "imported: $demo/imported/$name/manifest.csv"
done
echo "report: $demo/study/report.html"
