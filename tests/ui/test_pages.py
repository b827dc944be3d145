"""Every page in both languages, on a small company whose names mean harm."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from cs_core import datasets, open_dataset
from cs_core.text import LANGUAGES, numbers, t
from cs_core.workspace import Workspace
from pages.analyse.overview import tiles
from pages.frame import problems
from pages.frame.navigation import PAGES
from tests.ui.hostile import HOSTILE

Opened = Callable[..., AppTest]
CELL = "a cell of the file"


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("page", [row.key for row in PAGES])
def test_every_page_draws_in_both_languages(
    small: Workspace, opened: Opened, page: str, language: str
) -> None:
    at = opened(page, dataset="small", lang=language)

    assert not at.exception
    assert [error.value for error in at.error] == []
    assert at.title[0].value == t(f"page.{page}.title", language)


@pytest.mark.parametrize("page", [row.key for row in PAGES])
def test_names_from_a_file_are_never_markdown(small: Workspace, opened: Opened, page: str) -> None:
    at = opened(page, dataset="small", lang="en")

    said = "\n".join(element.value for element in at.markdown)
    assert [name for name in HOSTILE if name in said] == []
    assert "evil.example" not in said  # a bare address would become a link


def test_tiles_say_what_the_core_says(small: Workspace, opened: Opened) -> None:
    at = opened("overview", dataset="small", lang="en")

    with open_dataset(dataset="small", workspace=small) as dataset:
        churn = dataset.query("churn", exact=True)
        kpis = dataset.query("kpis", exact=True)
    last = churn[~churn["partial"]].iloc[-1]["month"]
    row = kpis[kpis["month"] == last].iloc[0]
    shown = {metric.label: metric.value for metric in at.metric}
    assert shown["MRR"] == numbers.money(row["mrr"], "JPY", "en")
    assert shown["Customers"] == numbers.count(int(row["customers"]))
    assert shown["NRR, 12 months"] == numbers.rate(row["nrr"])


def test_without_data_there_is_the_first_screen_and_nothing_to_analyse(
    workspace: Workspace, opened: Opened
) -> None:
    at = opened("overview", lang="en")

    assert at.title[0].value == t("page.data.first.title", "en")
    assert {button.label for button in at.button} >= {"Open the sample", "Make a demo company"}
    assert len(at.metric) == 0


def test_a_link_to_an_unknown_dataset_says_so(small: Workspace, opened: Opened) -> None:
    at = opened("overview", dataset="![x](https://evil.example)", lang="ja")

    assert len(at.warning) == 1
    assert "データセットはありません" in at.warning[0].value
    assert "evil.example" not in at.warning[0].value


@pytest.mark.parametrize(
    "junk",
    [
        {"period": "fortnight"},
        {"range": "2024-13..x"},
        {"range": "9999"},
        {"where": "nothing:at all;plan:"},
        {"where": "%%%:::;;;"},
        {"policies": "nobody;trial:perhaps"},
        {"asof": "yesterday"},
        {"asof": "0001-01-01"},
        {"fiscal": "99"},
        {"currency": "XXX"},
        {"view": "a.b.c.d"},
        {"by": "![x](https://evil.example)"},
    ],
)
def test_junk_in_the_address_is_left_out(
    small: Workspace, opened: Opened, junk: dict[str, str]
) -> None:
    at = opened("retention", dataset="small", lang="en", **junk)

    assert not at.exception
    assert at.title[0].value == "Retention"


def test_filters_hold_from_the_address(small: Workspace, opened: Opened) -> None:
    at = opened("overview", dataset="small", lang="en", where="plan:Growth", policies="stripe")

    with open_dataset(dataset="small", workspace=small) as dataset:
        kpis = dataset.query("kpis", where={"plan": "Growth"}, preset="stripe", exact=True)
        churn = dataset.query("churn", where={"plan": "Growth"}, preset="stripe", exact=True)
    last = churn[~churn["partial"]].iloc[-1]["month"]
    mrr = kpis[kpis["month"] == last].iloc[0]["mrr"]
    assert next(m.value for m in at.metric if m.label == "MRR") == numbers.money(mrr, "JPY", "en")
    said = "\n".join(element.value for element in at.markdown)
    assert "Plan: Growth" in said
    assert "Stripe definitions" in said


def test_deleting_a_dataset_can_be_undone(small: Workspace, opened: Opened) -> None:
    at = opened("data", dataset="small", lang="en")

    next(button for button in at.button if button.label == "Delete").click().run()
    assert small.datasets() == []
    next(button for button in at.button if button.label == "Undo").click().run()
    assert [found.name for found in small.datasets()] == ["small"]


def test_after_a_deletion_the_next_dataset_stands_on_data(
    small: Workspace, subscriptions: Path, opened: Opened
) -> None:
    datasets.import_files([subscriptions], "second", small)
    at = opened("data", dataset="second", lang="en")

    next(button for button in at.button if button.label == "Delete").click().run()
    assert not at.exception
    assert not at.error
    assert at.session_state["dataset"] == "small"
    assert [found.name for found in small.datasets()] == ["small"]
    next(button for button in at.button if button.label == "Undo").click().run()
    assert at.session_state["dataset"] == "second"


def test_a_failure_shows_a_number_and_logs_no_data(
    small: Workspace, opened: Opened, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    def fail(*_: object) -> None:
        raise ValueError(CELL)

    problems._log.cache_clear()
    monkeypatch.setattr(tiles, "draw", fail)
    at = opened("overview", dataset="small", lang="en")

    said = at.error[0].value
    number = re.search(r"number ([0-9A-F]{4})", said)
    assert number
    assert CELL not in said
    log = (tmp_path / "home" / "log" / "app.log").read_text("utf-8")
    assert number.group(1) in log
    assert CELL not in log
    problems._log.cache_clear()


def test_data_without_dates_says_calmly_what_it_cannot_answer(
    workspace: Workspace, opened: Opened, tmp_path: Path
) -> None:
    path = tmp_path / "tenures.csv"
    path.write_text("account_id,tenure_months,churned\nA,3,yes\nB,9,no\nC,5,yes\n", "utf-8")
    datasets.import_files([path], "tenures", workspace)

    overview = opened("overview", dataset="tenures", lang="en")
    assert not overview.error
    assert len(overview.info) == 1
    retention = opened("retention", dataset="tenures", lang="ja")
    assert not retention.error


@pytest.mark.parametrize(
    ("language", "words"),
    [("en", "EUR only: 2 currencies"), ("ja", "EURのみ(2通貨")],
)
def test_currencies_that_nothing_joins_are_said(
    workspace: Workspace, opened: Opened, tmp_path: Path, language: str, words: str
) -> None:
    path = tmp_path / "two.csv"
    rows = [f"a{n},2023-0{n}-01,{10 * n},{'EUR' if n < 5 else 'USD'}" for n in range(1, 8)]
    path.write_text("\n".join(["account_id,start_date,mrr,currency", *rows, ""]), "utf-8")
    datasets.import_files([path], "two", workspace)

    at = opened("overview", dataset="two", lang=language)

    assert any(words in element.value for element in at.markdown)
    shown = next(metric.value for metric in at.metric if metric.label == "MRR")
    assert shown == numbers.money(100, "EUR", language)
