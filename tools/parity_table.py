#!/usr/bin/env python3
"""Rewrites the measured table of docs/metrics/parity.md from test reports.

    parity_table.py REPORT.json...      of statistics_tests and evaluation_tests, --gtest_output=json:REPORT.json
"""
import json
import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).parent.parent
# Metric, pattern of the figures that tests record (src/medgraft/statistics/expect_parity.h), reference, note.
# {library} becomes its version, as the goldens' scripts wrote it.
ROWS = [
    ("AUROC", "auroc|(binary|multiclass|multilabel)( weighted)? auroc", "scikit-learn {scikit-learn} `roc_auc_score`",
     "ties; classes one against the rest; masked labels; weights of a resample"),
    ("AUPRC", "auprc|(binary|multiclass|multilabel)( weighted)? auprc", "scikit-learn `average_precision_score`", ""),
    ("accuracy, balanced accuracy, sensitivity, specificity, F1",
     "confusion|(binary|multi.*?)( weighted)? (accuracy|balanced_accuracy|sensitivity|specificity|f1)",
     "scikit-learn", "specificity: `recall_score(pos_label=0)`, `multilabel_confusion_matrix`"),
    ("NLL", "nll|(binary|multi.*?)( weighted)? nll", "scikit-learn `log_loss`", ""),
    ("Brier score", "brier|(binary|multi.*?)( weighted)? brier", "scikit-learn `brier_score_loss`",
     "classes: summed, `scale_by_half=False`"),
    ("metrics again", "torchmetrics (?!.*ece).*", "torchmetrics {torchmetrics}", "single precision: its own rounding"),
    ("ROC and precision-recall curves", "curve .*", "scikit-learn `roc_curve`, `precision_recall_curve`", "every point; weighted too"),
    ("partial AUROC", "partial_auroc .*", "scikit-learn `roc_auc_score(max_fpr)`", "from a TPR: of the mirrored curve"),
    ("partial AUROC, corrected", "pROC (partial|corrected) area", "pROC 1.19.0.1's tests", "aSAH, wfns"),
    ("top-k accuracy", "top-k", "scikit-learn `top_k_accuracy_score`", "without ties"),
    ("thresholds", "youden threshold|threshold of .*", "every threshold tried", "Youden's, of a sensitivity, of a specificity"),
    ("likelihood ratio and limits", "likelihood ratio.*", "SciPy {scipy} `relative_risk`", ""),
    ("ECE, equal width", "ECE|ece definition|netcal .* ece", "netcal {netcal}, the definition in NumPy {numpy}", "15 bins"),
    ("ECE, torchmetrics", "torchmetrics .* ece", "torchmetrics", "single precision"),
    ("ECE, adaptive", "ece_adaptive|equal-mass bins", "the definition, `numpy.array_split`", ""),
    ("ECE, debiased", "ece_debiased", "SciPy `foldnorm.mean`", "the bias of each bin's absolute difference"),
    ("ECE, classwise", "classwise ECE", "netcal", "mean over classes"),
    ("MCE", "MCE", "netcal, torchmetrics", ""),
    ("Brier decomposition", "Brier parts", "the definition (Stephenson et al. 2008)", "five parts, which add up to the score"),
    ("calibration slope, intercept", "slope, intercept", "statsmodels {statsmodels} `GLM`", ""),
    ("their clustered standard errors", "slope, intercept error", "statsmodels `cov_type=\"cluster\"`", ""),
    ("temperature", "temperature( of classes)?", "SciPy, the root of the derivative", "labels and classes"),
    ("temperature again", "temperature scikit-learn", "scikit-learn `_TemperatureScaling`", "stops at its own tolerance"),
    ("Platt", "Platt", "statsmodels `GLM` on Platt's targets", ""),
    ("Platt again", "Platt scikit-learn", "scikit-learn `_SigmoidCalibration`", "stops at its own tolerance"),
    ("isotonic", "isotonic", "scikit-learn `IsotonicRegression`", "recalibration and data efficiency"),
    ("beta", "beta", "statsmodels `GLM`", ""),
    ("beta, at its bound", "beta bounded", "SciPy `minimize`, bounded", ""),
    ("vector scaling", "vector", "SciPy `minimize`", ""),
    ("AURC", "AURC", "the definition in NumPy", "ties in every order"),
    ("e-AURC", "e-AURC", "the definition in NumPy", ""),
    ("accuracy and risk at coverage", "accuracy at coverage|risk at coverage", "the definition in NumPy", ""),
    ("Wilson", "Wilson limits", "statsmodels `proportion_confint`, SciPy", ""),
    ("Wilson, clustered", "Wilson clustered limits|design effect|effective size", "statsmodels, cluster-robust", ""),
    ("DeLong variance, covariance, p", "DeLong .*", "every pair of cases compared", "also the data of DeLong et al. 1988"),
    ("AUROC, DeLong variance", "pROC (auc|var)", "pROC 1.19.0.1's tests", "aSAH, wfns"),
    ("Obuchowski variance", "Obuchowski variance", "every pair of cases compared", "patients of several cases"),
    ("percentile interval", "percentile", "NumPy `quantile`", ""),
    ("BCa interval", "BCa limits", "SciPy `bootstrap`", "its own resamples"),
    ("permutation p", "permutation p", "all 1,024 exchanges", "AUROC and Brier"),
    ("Holm", "Holm", "worked example by hand", ""),
    ("cells over seeds", "cells.*", "worked by hand; SciPy `ttest_ind`", "mean, standard error, degrees of freedom, p"),
    ("minimum detectable difference", "minimum detectable", "SciPy quantiles", ""),
    ("OOD scores", "OOD score .*", "the formulas of OpenOOD, SciPy, scikit-learn", "outputs, Mahalanobis, nearest neighbors"),
    ("OOD detection", "OOD detection", "scikit-learn", "AUROC, FPR at 95% TPR, AUPR both ways; weighted"),
    ("reweighting to another prevalence", "reweighted.*", "scikit-learn `sample_weight`", "AUPRC, PPV, Brier, ECE"),
    ("subgroup figures, gaps", "group figures|gaps", "fairlearn {fairlearn}, scikit-learn", ""),
    ("subgroup rates", "group rates torchmetrics", "torchmetrics", "single precision"),
    ("net benefit", "net benefit", "dcurves {dcurves} and the closed form", "its published example"),
    ("data efficiency crossing", "data efficiency crossing", "scikit-learn fit, crossing in NumPy", "60 curves"),
    ("convergence median", "convergence median", "statsmodels `SurvfuncRight`", "60 censored samples"),
    ("MEDFAIR", "MEDFAIR auroc|gaps MEDFAIR", "its formulas", "AUROC; its equalized odds, taken from ours"),
]


def measured(reports):
    worst = {}
    for path in reports:
        for suite in json.loads(pathlib.Path(path).read_text())["testsuites"]:
            for test in suite["testsuite"]:
                assert not test.get("failures"), f"{test['name']} failed"
                for key, value in test.items():
                    if key.startswith("parity "):
                        figure = key.removeprefix("parity ")
                        worst[figure] = max(worst.get(figure, 0), float(value))
    return worst


def main(reports):
    versions = {}
    for golden in (ROOT / "tests/data/statistics").glob("*.json"):
        versions |= json.loads(golden.read_text()).get("versions", {})
    worst, unused = measured(reports), set()
    unused |= worst.keys()
    lines = ["| metric | reference | worst difference | note |", "|---|---|---|---|"]
    for metric, pattern, reference, note in ROWS:
        figures = [figure for figure in worst if re.fullmatch(pattern, figure)]
        assert figures, f"no test records {pattern!r}"
        unused -= set(figures)
        difference = max(worst[figure] for figure in figures)
        lines.append(f"| {metric} | {reference.format_map(versions)} | "
                     f"{f'{difference:.1e}' if difference else '0'} | {note} |")
    assert not unused, f"no row has {sorted(unused)}"
    page = ROOT / "docs/metrics/parity.md"
    before, after = "<!-- measured -->\n", "<!-- end -->"
    start, end = page.read_text().split(before)[0], page.read_text().split(after)[1]
    page.write_text(start + before + "\n".join(lines) + "\n" + after + end)


main(sys.argv[1:])
