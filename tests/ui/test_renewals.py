"""The Renewals page: with terms, with billing intervals only, and with neither."""

from __future__ import annotations

import csv
from collections.abc import Callable, Sequence
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest
from streamlit.testing.v1 import AppTest

from cs_core import datasets, open_dataset
from cs_core.text import LANGUAGES, numbers, t
from cs_core.workspace import Workspace
from cs_core.workspace.tasks import kept_tasks
from pages.act.renewals import lists

Opened = Callable[..., AppTest]
Imported = Callable[..., Workspace]

TERMS = ("subscription_id", "account_id", "plan", "start_date", "end_date", "mrr", "term_end")
INTERVALS = ("subscription_id", "account_id", "start_date", "amount", "interval")


def contracts() -> list[tuple[str, ...]]:
    """A yearly contract a month from January 2023; every fifth is not renewed in 2024."""
    rows = []
    for i in range(12):
        start, renewal, end = (f"{year}-{i + 1:02d}-10" for year in (2023, 2024, 2025))
        leaves = i % 5 == 4
        ids = (f"S{i}", f"A{i}", "Gold" if i % 2 else "Silver")
        rows.append((*ids, start, renewal, "1000", renewal))
        if not leaves:
            rows.append((*ids, renewal, "", "1000", end))
    # The latest date of the data, so that as-of is the end of the year.
    rows.append(("S99", "A99", "Gold", "2024-12-31", "", "10", ""))
    return rows


@pytest.fixture
def imported(workspace: Workspace, tmp_path: Path) -> Imported:
    def import_rows(
        header: Sequence[str], rows: Sequence[Sequence[str]], owners: bool = False
    ) -> Workspace:
        path = tmp_path / "subscriptions.csv"
        paths = [path]
        with path.open("w", newline="") as file:
            csv.writer(file).writerows([header, *rows])
        if owners:
            paths.append(tmp_path / "accounts.csv")
            with paths[1].open("w", newline="") as file:
                csv.writer(file).writerows(
                    [("account_id", "name", "owner")]
                    + [(f"A{i}", f"Company {i}", "Aoki" if i % 2 else "Baker") for i in range(12)]
                )
        datasets.import_files(paths, "terms", workspace)
        return workspace

    return import_rows


def said(at: AppTest) -> str:
    return "\n".join(element.value for element in at.markdown)


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_is_due_is_what_the_core_says(
    imported: Imported, opened: Opened, language: str
) -> None:
    workspace = imported(TERMS, contracts(), owners=True)

    at = opened("renewals", dataset="terms", lang=language)

    assert not at.exception
    assert [error.value for error in at.error] == []
    with open_dataset(dataset="terms", workspace=workspace) as dataset:
        due = dataset.query("contracts_due", by="owner", exact=True)
    # As-of is 31 December 2024: within 90 days the contracts of January to March end.
    soon = due[[day.month <= 3 for day in due["term_end"]]]
    assert list(soon["account_id"]) == ["A0", "A1", "A2"]
    money = numbers.money(sum(soon["mrr"], start=Decimal(0)), dataset_currency(due), language)
    assert at.metric[0].value == money
    assert at.metric[0].delta == t("page.renewals.tile.contracts", language, n=3)


def dataset_currency(due: object) -> str:
    return str(due["currency"].iloc[0])  # type: ignore[index]


def test_a_longer_horizon_shows_more(imported: Imported, opened: Opened) -> None:
    imported(TERMS, contracts(), owners=True)
    at = opened("renewals", dataset="terms", lang="en")

    at.segmented_control(key="horizon-en").select(180).run()

    assert not at.exception
    # January to June, without the fifth, which was not renewed.
    assert at.metric[0].delta == "5 contracts"


def test_the_rate_is_of_matured_terms_only(imported: Imported, opened: Opened) -> None:
    imported(TERMS, contracts())

    at = opened("renewals", dataset="terms", lang="en")

    # Twelve terms ended in 2024; the fifth and the tenth were not renewed.
    assert at.metric[2].value == "83.3%"
    assert "10 of 12" in at.metric[3].delta or "n 12" in said(at)


def test_terms_of_a_month_are_listed_those_lost_first(imported: Imported, opened: Opened) -> None:
    imported(TERMS, contracts())
    at = opened("renewals", dataset="terms", lang="en", mark="renewals;period:2024-06")

    at.selectbox(key="choose-renewals-period-en").select("2024-05").run()

    assert not at.exception
    assert "Terms that ended, May 2024: 0 of 1 renewed" in said(at)


def test_a_period_to_come_lists_the_contracts_due_in_it(imported: Imported, opened: Opened) -> None:
    imported(TERMS, contracts())
    at = opened("renewals", dataset="terms", lang="en", mark="renewals;period:2025-02")

    assert not at.exception
    assert "Terms to come, Feb 2025: 1 contract, " in said(at)
    assert [list(frame.value["name"]) for frame in at.dataframe][-1] == ["A1"]


def test_without_an_owner_column_the_page_says_what_to_add(
    imported: Imported, opened: Opened
) -> None:
    imported(TERMS, contracts())

    at = opened("renewals", dataset="terms", lang="ja")

    assert t("page.renewals.owners.none", "ja") in said(at)
    assert t("page.renewals.owners.add", "ja") in "".join(said(at).split("\\"))


def test_billing_intervals_stand_in_for_terms_and_it_is_said(
    imported: Imported, opened: Opened
) -> None:
    rows = [(f"S{i}", f"A{i}", f"2024-{i + 1:02d}-10", "1200", "year") for i in range(12)]
    imported(INTERVALS, rows)

    at = opened("renewals", dataset="terms", lang="en")

    assert not at.exception
    assert t("page.renewals.from_intervals", "en") in said(at)


def test_monthly_billing_alone_has_nothing_to_renew(imported: Imported, opened: Opened) -> None:
    rows = [(f"S{i}", f"A{i}", f"2024-{i + 1:02d}-10", "100", "month") for i in range(12)]
    imported(INTERVALS, rows)

    at = opened("renewals", dataset="terms", lang="en")

    assert not at.exception
    assert t("page.renewals.needs", "en") in said(at)
    assert not at.metric


def test_terms_that_ended_are_shown_where_none_is_to_come(
    imported: Imported, opened: Opened
) -> None:
    ended = ("S1", "A1", "Gold", "2023-06-01", "2024-06-01", "1000", "2024-06-01")
    stays = ("S2", "A2", "Gold", "2024-12-31", "", "1000", "2027-06-01")
    imported(TERMS, [ended, stays])

    at = opened("renewals", dataset="terms", lang="en")

    assert not at.exception
    assert [error.value for error in at.error] == []
    assert at.metric[0].delta == "0 contracts"
    assert t("page.renewals.none_within", "en", n=90) in said(at)


def test_where_no_term_is_near_the_page_does_not_ask_for_term_ends(
    imported: Imported, opened: Opened
) -> None:
    far = ("S1", "A1", "Gold", "2024-06-01", "", "1000", "2027-06-01")
    gone = ("S2", "A2", "Gold", "2024-06-01", "2024-12-20", "1000", "2027-06-01")
    imported(TERMS, [far, gone])

    at = opened("renewals", dataset="terms", lang="en")

    assert not at.exception
    assert t("page.renewals.no_terms", "en") in said(at)
    assert t("page.renewals.needs", "en") not in said(at)


def test_contracts_that_are_ticked_become_tasks_due_before_their_term_ends(
    workspace: Workspace, opened: Opened, monkeypatch: pytest.MonkeyPatch
) -> None:
    datasets.import_files(datasets.sample_files(), "ours", workspace)
    at = opened("renewals", dataset="ours", lang="en", owner="Baker")
    assert not at.exception
    assert not at.error
    with open_dataset(dataset="ours", workspace=workspace) as dataset:
        rows = dataset.query("contracts_due", by="owner", exact=True)
        key, as_of = dataset.key, dataset.info.as_of
    last = as_of + timedelta(days=90)
    his = rows[(rows["owner"] == "Baker") & (rows["term_end"] <= last)]
    table = next(f for f in at.dataframe if "term_end" in f.value.columns)
    assert len(table.value) == len(his)
    on = SimpleNamespace(dataset=SimpleNamespace(key=key))
    for name, value in {"as_of": as_of, "owner": "owner"}.items():
        monkeypatch.setattr(lists.study, name, lambda _, found=value: found)
    monkeypatch.setattr(lists.contacts, "usual_day", lambda _: as_of)
    lists._make_tasks(cast(Any, on), his)
    made = {task.account_id: task for task in kept_tasks(workspace, key)}
    assert set(made) == set(his["account_id"])
    for row in his.to_dict("records"):
        task = made[row["account_id"]]
        assert (task.action, task.owner) == ("prepare_renewal", "Baker")
        assert as_of <= task.due <= max(row["term_end"] - timedelta(days=7), as_of)
