"""`medgraft report` from outside: a small study by the stand-in of test_study.py, its report
opened in Chromium."""

import csv
import json
import pathlib
import re
import shutil
import subprocess

import pytest
from test_study import medgraft, place  # noqa: F401  (place is a fixture)

ROOT = pathlib.Path(__file__).parents[2]
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
PLAYWRIGHT = ROOT / "node_modules/playwright-core"


def report(place, *more):
    return subprocess.run([place / "bin/medgraft", "report", place / "out", *more],
                          capture_output=True, text=True, timeout=120)


@pytest.fixture
def finished(place):  # noqa: F811
    medgraft(place, "run", "--workers", "2")
    done = report(place, "--json")
    assert done.returncode == 0, done.stderr
    return place, json.loads(done.stdout)


def test_page_tables_and_verdicts_agree(finished):
    folder, summary = finished
    page = (folder / "out/report.html").read_text()
    with open(folder / "out/tables/contrasts.csv") as file:
        rows = [row for row in csv.DictReader(file) if row["family"] == "primary"]
    assert len(rows) == 4 and {row["verdict"] for row in rows} == {"better"}
    assert len(summary["verdicts"]) == 4
    for sentence in summary["verdicts"]:
        assert sentence.replace("<", "&lt;") in page
    assert "default-src 'none'" in page and len(page) < 5_000_000
    assert not re.search(r'(src|href)="(https?:)?//', page)


def table(folder, name):
    with open(folder / "out/tables" / name) as file:
        return list(csv.DictReader(file))


def test_contrasts_state_the_baselines_own_value(finished):
    folder, _ = finished
    cells = {(row["arm"], row["fraction"], row["metric"]): row["value"]
             for row in table(folder, "cells.csv")}
    rows = table(folder, "contrasts.csv")
    assert rows and {row["baseline"] for row in rows} == {"scratch R14x0.5"}
    for row in rows:
        own = cells[row["baseline"], row["fraction"], row["metric"]]
        assert row["baseline_value"] == own
        other = float(cells[row["arm"], row["fraction"], row["metric"]])
        assert float(row["difference"]) == pytest.approx(other - float(own), abs=1e-12)


def test_data_efficiency_is_in_tables_and_sentences(finished):
    folder, summary = finished
    rows = {row["arm"]: row for row in table(folder, "data_efficiency.csv")}
    assert set(rows) == {"photos R14x0.5", "photos@0.25 R14x0.5", "scratch R14x0.5"}
    photos = rows["photos R14x0.5"]
    assert (photos["censored"], photos["ci_high_censored"]) == ("below", "below")
    assert (photos["text"], photos["target"]) == ("< 0.5", rows["scratch R14x0.5"]["target"])
    assert len(table(folder, "learning_curves.csv")) == 3 * 2
    entry = next(entry for entry in summary["data_efficiency"]
                 if entry["arm"] == "photos R14x0.5")
    assert [point["fraction"] for point in entry["curve"]] == [0.5, 1]
    assert entry["fraction_to_reach"]["value"] is None
    assert entry["fraction_to_reach"]["censored"] == "below"
    page = (folder / "out/report.html").read_text()
    assert "with the smallest share already: &lt; 50% of the training patients" in page


def test_convergence_is_in_tables_and_sentences(finished):
    folder, summary = finished
    rows = {(row["arm"], row["fraction"]): row for row in table(folder, "convergence.csv")}
    assert len(rows) == 3 * 2
    # Evaluated at 10, 20 and 30: scratch is at its smoothed final value from 20 on.
    scratch, photos = rows["scratch R14x0.5", "1"], rows["photos R14x0.5", "1"]
    assert (scratch["baseline_final_after"], scratch["baseline_final_steps"]) == ("10", "20")
    assert (photos["baseline_final_after"], photos["baseline_final_steps"]) == ("0", "10")
    assert (photos["baseline_final_ratio"], photos["baseline_final_reached"]) == ("0.5", "2")
    assert photos["reason"] == ""
    assert {entry["fraction"] for entry in summary["convergence"]} == {0.5, 1}
    page = (folder / "out/report.html").read_text()
    assert "2 of 2 runs reached the baseline&#39;s final validation auroc" in page


def test_other_steps_are_not_comparable(finished):
    folder, _ = finished
    with open(folder / "out/plan.csv") as file:
        run = next(row["id"] for row in csv.DictReader(file)
                   if row["arm"] == "photos R14x0.5" and row["task"])
    with open(folder / "out/runs" / run / "metrics.jsonl", "a") as log:
        log.write('{"step": 40, "split": "val", "metrics": {"auroc": 0.9}}\n')
    assert report(folder, "--force").returncode == 0
    reasons = {row["reason"] for row in table(folder, "convergence.csv")
               if row["arm"] == "photos R14x0.5"}
    assert reasons == {"", "the steps of evaluation differ"}
    assert "is not comparable: the steps of evaluation differ" in (
        folder / "out/report.html").read_text()


def test_page_names_no_patient_case_or_path(finished):
    folder, _ = finished
    page = (folder / "out/report.html").read_text()
    assert str(folder) not in page
    body = re.sub(r"<script>.*?</script>", "", page, flags=re.S)
    assert not re.search(r"\b[cp]\d{1,2}\b", body)


def test_an_unfinished_study_says_what_is_missing(place):  # noqa: F811
    medgraft(place, "plan")
    done = report(place)
    assert done.returncode == 0, done.stderr
    assert "0 of 14 runs are done" in (place / "out/report.html").read_text()


@pytest.mark.skipif(not CHROMIUM, reason="no Chromium here")
@pytest.mark.skipif(not PLAYWRIGHT.exists(), reason="playwright-core is not installed")
def test_chromium_draws_every_chart_without_a_request(finished):
    folder, _ = finished
    done = subprocess.run(
        ["node", ROOT / "tests/browser/report_test.mjs", folder / "out/report.html"],
        capture_output=True, text=True, timeout=120,
        env={"CHROMIUM": CHROMIUM, "PATH": "/usr/bin:/bin:/usr/local/bin",
             "HOME": str(folder)})
    assert done.returncode == 0, done.stdout + done.stderr
    assert "phone: 3 charts" in done.stdout
