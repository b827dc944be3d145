"""Charts in a notebook are drawn without a network; what cannot be is told in a sentence."""

from __future__ import annotations

from pathlib import Path

import pytest

from cs_core import charts, open_dataset
from cs_core.errors import UsageError

FILE = Path(__file__).parents[3] / "sample_data" / "demo" / "subscriptions.csv"


@pytest.fixture(scope="module")
def dataset():
    with open_dataset(FILE) as opened:
        yield opened


@pytest.mark.parametrize(
    ("chart", "metric", "options"),
    [
        (charts.retention_heatmap, "cohorts", {"from_": "2025-01"}),
        (charts.retention_curves, "cohorts", {}),
        (charts.movements, "mrr_movements", {"from_": "2025-01"}),
        (charts.movements, "mrr_movements", {"from_": "2025-01", "period": "quarter"}),
        (charts.movements, "mrr_movements", {"from_": "2025-06", "period": "week"}),
        (charts.survival_curves, "survival", {}),
        (charts.retention_history, "retention", {}),
        (charts.renewal_rate, "renewals", {}),
    ],
)
def test_every_kind_of_frame_is_drawn_alike(dataset, chart, metric, options):
    exact = chart(dataset.query(metric, exact=True, **options)).to_dict()
    usable = chart(dataset.query(metric, **options)).to_dict()
    [wanted], [found] = exact.pop("datasets").values(), usable.pop("datasets").values()
    assert len(found) == len(wanted) > 0
    for row, other in zip(found, wanted, strict=True):
        # Sums of floats differ from sums of decimals where no eye can see it.
        assert row == {
            name: pytest.approx(value) if isinstance(value, float) else value
            for name, value in other.items()
        }
    del exact["data"], usable["data"]
    assert usable == exact


def test_several_segments_are_not_drawn_over_each_other(dataset):
    frame = dataset.query("cohorts", by="plan")
    with pytest.raises(UsageError, match="cohort 2"):
        charts.retention_heatmap(frame)
    charts.retention_heatmap(frame[frame.plan == "Team"])
    survival = dataset.query("survival", by="plan")
    charts.survival_curves(survival, by="plan")
    with pytest.raises(UsageError, match="tenure"):
        charts.survival_curves(survival)


def test_a_column_that_is_not_there_is_named(dataset):
    with pytest.raises(UsageError, match="“rate”"):
        charts.rate_with_limits(dataset.query("churn"))
    with pytest.raises(UsageError, match="“cohort_customers”"):
        charts.retention_heatmap(dataset.query("cohorts").drop(columns="cohort_customers"))


def test_a_notebook_gets_a_picture(dataset):
    chart = charts.movements(dataset.query("mrr_movements", from_="2025-06"))
    bundle = chart._repr_mimebundle_()
    assert bundle["image/png"].startswith(b"\x89PNG")
    assert "text/html" not in bundle
