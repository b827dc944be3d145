"""The page of one account: what it says is what the core says, also of who has left."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from streamlit.testing.v1 import AppTest

from cs_core import datasets
from cs_core.metrics.options import Options
from cs_core.studies import risk
from cs_core.text import LANGUAGES, numbers, t
from cs_core.workspace import Workspace

Opened = Callable[..., AppTest]
PAGE = "account"


def words(at: AppTest) -> str:
    return "\n".join(str(item.value) for item in [*at.markdown, *at.error, *at.warning])


@pytest.fixture
def ours(workspace: Workspace) -> Workspace:
    datasets.import_files(datasets.sample_files(), "ours", workspace)
    return workspace


@pytest.mark.parametrize("lang", LANGUAGES)
def test_a_customer_who_has_left_and_nobody(ours: Workspace, opened: Opened, lang: str) -> None:
    with datasets.open_dataset(dataset="ours", workspace=ours) as dataset:
        first = dataset.query("accounts").iloc[0].to_dict()
        gone = dataset.rows_behind("churn", {"month": "2025-08"}).frame().iloc[0]
        alike = risk.alike(dataset.warehouse, Options())
        lines = risk.lines(dataset.warehouse, Options(), first["account_id"])
    at = opened(PAGE, dataset="ours", lang=lang, id=first["account_id"])
    assert not at.exception
    assert not at.error
    shown = {metric.label: metric.value for metric in at.metric}
    assert shown[t("page.account.mrr", lang)] == numbers.money(first["mrr"], "JPY", lang)
    chance = t("page.account.chance", lang, days=90)
    assert shown[chance] == numbers.rate(first["probability"], 0)
    assert len(at.dataframe[0].value) == len(lines)
    assert str(at.dataframe[0].value["source"][0]).startswith("subscriptions.csv:")
    assert any(f"{numbers.count(found.customers)}" in words(at) for found in alike.values())

    at = opened(PAGE, dataset="ours", lang=lang, id=gone["account_id"])
    assert not at.exception
    assert not at.error
    day = numbers.day(gone["date"], lang)
    assert t("page.account.left", lang, day=day) in words(at)
    assert not at.metric

    at = opened(PAGE, dataset="ours", lang=lang, id="nobody *here*")
    assert t("page.account.unknown", lang, id="nobody &#42;here&#42;") in words(at)


def test_similar_accounts_are_counted_by_hand(ours: Workspace) -> None:
    with datasets.open_dataset(dataset="ours", workspace=ours) as dataset:
        found = risk.alike(dataset.warehouse, Options())
        of = risk.rows.source(dataset.warehouse, Options())
        past = risk.rows.moments(of)
    days = sorted({one.first for one in found.values()} | {one.last for one in found.values()})
    assert (days[-1] - days[0]).days <= 366
    counted = [moment for moment in past if moment.day in days]
    assert len(counted) == 2
    inside = [m for m in past if days[0] <= m.day <= days[-1]]
    customers = sum(one.customers for one in found.values())
    assert sum(m.customers for m in counted) < customers < sum(m.customers for m in inside)
    assert all(0 <= one.left <= one.customers for one in found.values())
