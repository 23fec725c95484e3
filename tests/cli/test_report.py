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
