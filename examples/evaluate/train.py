"""Two scikit-learn models' probabilities as files that `medgraft evaluate` reads."""
import pandas
from sklearn.datasets import load_breast_cancer
from sklearn.linear_model import LogisticRegression
from sklearn.neighbors import KNeighborsClassifier

x, y = load_breast_cancer(return_X_y=True)
split = pandas.Series(["train", "val", "test", "test"] * len(y))[: len(y)]
for name, model in [("logistic", LogisticRegression(max_iter=10000)), ("neighbors", KNeighborsClassifier(15))]:
    p = model.fit(x[split == "train"], y[split == "train"]).predict_proba(x)[:, 1]
    table = pandas.DataFrame({"case": range(len(y)), "split": split, "label:benign": y, "prob:benign": p})
    table[split != "train"].to_csv(f"{name}.csv", index=False)
