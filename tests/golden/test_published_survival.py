"""Kaplan-Meier and log-rank figures that are in textbooks, through dated files."""

import csv
from datetime import date, timedelta
from pathlib import Path

import pytest

from cs_core.datasets import Dataset, open_dataset
from cs_core.metrics.options import Options

pytestmark = pytest.mark.shared
AS_OF = date(2024, 6, 30)


def dated(source: Path, group: str, target: Path) -> Dataset:
    """The patients as customers: they start `time` days before the as-of date and end on it, or
    are still there."""
    with source.open(encoding="utf-8", newline="") as file:
        patients = list(csv.DictReader(file))
    with target.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["account_id", "start_date", "end_date", "mrr", group])
        for number, patient in enumerate(patients):
            start = AS_OF - timedelta(days=int(float(patient["time"])))
            end = AS_OF if patient["status"] == "1" else ""
            writer.writerow([number, start, end, 1, patient[group]])
    return open_dataset(target)


def curves(dataset: Dataset, group: str) -> dict[str, list[dict]]:
    found: dict[str, list[dict]] = {}
    for row in dataset.run("survival", Options(unit="day", by=group, as_of=AS_OF)).records():
        found.setdefault(row[group], []).append(row)
    return found


def test_aml(published: Path, tmp_path: Path) -> None:
    with dated(published / "survival" / "aml.csv", "x", tmp_path / "aml.csv") as dataset:
        kept = curves(dataset, "x")["Maintained"]
        steps = [round(row["survival"], 3) for row in kept if row["churned"]]
        assert steps == [0.909, 0.818, 0.716, 0.614, 0.491, 0.368, 0.184]
        assert kept[0]["at_risk"] == 11
        result = dataset.log_rank(Options(unit="day", by="x", as_of=AS_OF))
    assert result["chi2"] == pytest.approx(3.4, abs=0.05)
    assert result["df"] == 1
    assert result["p"] == pytest.approx(0.0653, abs=5e-5)


def test_lung(published: Path, tmp_path: Path) -> None:
    with dated(published / "survival" / "lung.csv", "sex", tmp_path / "lung.csv") as dataset:
        medians = {sex: rows[0]["median"] for sex, rows in curves(dataset, "sex").items()}
        assert medians == {"1": 270, "2": 426}
        result = dataset.log_rank(Options(unit="day", by="sex", as_of=AS_OF))
    assert result["chi2"] == pytest.approx(10.3267, abs=5e-5)
    assert result["p"] == pytest.approx(0.00131, abs=5e-6)


def test_telco(published: Path) -> None:
    with open_dataset(published / "telco" / "Telco-Customer-Churn.csv") as dataset:
        rows = dataset.run("survival", Options(unit="month")).records()
    assert rows[0]["at_risk"] == 7043
    assert sum(row["churned"] for row in rows) == 1869
    assert sum(row["censored"] for row in rows) == 5174
    found = {row["tenure"]: row["survival"] for row in rows}
    published_values = {12: 0.8432, 24: 0.7887, 36: 0.7485, 60: 0.6644, 72: 0.5928}
    assert {month: round(found[month], 4) for month in published_values} == published_values
    assert {row["median"] for row in rows} == {None}
