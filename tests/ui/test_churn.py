"""The Churn page in every state, in both languages: what it says is what the core says."""

from __future__ import annotations

import csv
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from cs_core import datasets, open_dataset
from cs_core.text import LANGUAGES, numbers, t
from cs_core.workspace import Workspace

Opened = Callable[..., AppTest]
Row = tuple[str, str, str, str]  # account, plan, start, end
HEADER = ("account_id", "plan", "start_date", "end_date", "mrr", "cancel_reason")


def day(month: int, number: int = 5) -> str:
    """The day of a month counted from January 2023."""
    return date(2023 + month // 12, month % 12 + 1, number).isoformat()


def company(months: int, joining: int, leaving: Callable[[int, int], int]) -> list[Row]:
    """`joining` accounts a month; `leaving(month, customers)` of the oldest leave in each."""
    rows: list[list[str]] = []
    here: list[list[str]] = []
    for month in range(months):
        for _ in range(min(leaving(month, len(here)), len(here))):
            here.pop(0)[3] = day(month, 12)
        for _ in range(joining if month else joining * 4):
            number = len(rows)
            row = [f"A{number:05d}", "Large" if number % 3 else "Small", day(month), ""]
            rows.append(row)
            here.append(row)
    return [(a, b, c, d) for a, b, c, d in rows]


STATES: dict[str, list[Row]] = {
    "normal": company(30, 12, lambda month, n: n // 25),
    "tiny": [(f"A{i}", "P" * (1 + i % 2), day(i % 5), day(i % 5 + 2) * (i < 5)) for i in range(12)],
    "one_cohort": [(f"A{i}", "P", day(0), day(i % 14 + 1) if i < 40 else "") for i in range(60)],
    "no_churn": company(20, 4, lambda month, n: 0),
    "everything_churned": [(f"A{i}", "P", day(i % 6), day(7 + i % 5)) for i in range(60)],
    "ten_years": company(121, 5, lambda month, n: n // 30),
    "sixty_segments": [
        (f"A{i}", f"Plan {i % 60:02d}", day(i % 24), day(i % 24 + 6) if i % 3 else "")
        for i in range(1200)
    ],
}


def paradox() -> list[Row]:
    """Large customers: 1 of 50 leaves, then 0 of 49. Small: 5 of 50, then 41 of 450. So both
    rates fall, and the total goes from 6 of 100 to 41 of 499."""

    def rows(name: str, plan: str, start: int, count: int, end: int | None) -> list[Row]:
        over = "" if end is None else day(end, 12)
        return [(f"{name}{i}", plan, day(start), over) for i in range(count)]

    return [
        *rows("A", "Large", 0, 1, 1),
        *rows("B", "Large", 0, 49, None),
        *rows("C", "Small", 0, 5, 1),
        *rows("D", "Small", 0, 41, 2),
        *rows("E", "Small", 0, 4, None),
        *rows("F", "Small", 1, 405, None),
        *rows("G", "Large", 3, 1, None),
    ]


STATES["paradox"] = paradox()


@pytest.fixture
def imported(workspace: Workspace, tmp_path: Path) -> Callable[[str], Workspace]:
    def import_state(state: str) -> Workspace:
        path = tmp_path / f"{state}.csv"
        with path.open("w", newline="") as file:
            out = csv.writer(file)
            out.writerow(HEADER)
            out.writerows((*row, "1000", "price" if row[3] else "") for row in STATES[state])
        datasets.import_files([path], state, workspace)
        return workspace

    return import_state


def said(at: AppTest) -> str:
    return "\n".join(element.value for element in at.markdown)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("state", STATES)
def test_every_state_draws_without_an_error(
    imported: Callable[[str], Workspace], opened: Opened, state: str, language: str
) -> None:
    imported(state)

    at = opened("churn", dataset=state, lang=language)

    assert not at.exception
    assert [error.value for error in at.error] == []
    assert "nan" not in said(at).lower().replace("financ", "")
    assert len(at.metric) == 4


@pytest.mark.parametrize("view", ["", "mrr"])
@pytest.mark.parametrize("period", ["week", "month", "quarter", "year"])
def test_every_grain_and_measure_draws(
    imported: Callable[[str], Workspace], opened: Opened, period: str, view: str
) -> None:
    imported("normal")

    at = opened("churn", dataset="normal", lang="en", period=period, view=view, range="all")

    assert not at.exception
    assert [error.value for error in at.error] == []


def test_the_tile_is_the_core_s_last_complete_month(
    imported: Callable[[str], Workspace], opened: Opened
) -> None:
    workspace = imported("normal")

    at = opened("churn", dataset="normal", lang="en")

    with open_dataset(dataset="normal", workspace=workspace) as dataset:
        rows = dataset.query("churn", exact=True)
    last = rows[~rows["partial"]].iloc[-1]
    tile = at.metric[0]
    assert tile.label == numbers.period(last["month"], "en")
    assert tile.value == numbers.rate(last["customer_churn_rate"])


def test_few_customers_are_counted_and_no_paradox_is_read_into_them(
    imported: Callable[[str], Workspace], opened: Opened
) -> None:
    imported("tiny")

    at = opened("churn", dataset="tiny", lang="en")

    assert "/" in at.metric[0].value
    assert "%" not in at.metric[0].value
    assert "Simpson" not in said(at)
    assert t("panel.too_few", "en") in said(at)


@pytest.mark.parametrize(
    ("language", "named"), [("en", "**Simpson’s paradox**"), ("ja", "**シンプソンのパラドックス")]
)
def test_a_planted_paradox_is_named(
    imported: Callable[[str], Workspace], opened: Opened, language: str, named: str
) -> None:
    imported("paradox")

    at = opened("churn", dataset="paradox", lang=language)

    assert not at.exception
    assert named in said(at)
    assert "+2.22 pt" in said(at)  # 41 / 499 - 6 / 100


def test_nobody_left_is_said_with_what_would_still_go_with_it(
    imported: Callable[[str], Workspace], opened: Opened
) -> None:
    workspace = imported("no_churn")

    at = opened("churn", dataset="no_churn", lang="en")

    with open_dataset(dataset="no_churn", workspace=workspace) as dataset:
        rows = dataset.query("churn", exact=True)
    begun = rows[~rows["partial"] & (rows["opening_customers"] > 0)]
    n = int(begun["opening_customers"].sum())
    most = 3.8414588206941254 / (n + 3.8414588206941254)  # Wilson's upper end where nobody left
    assert f"**Nobody left** in {len(begun)} months" in said(at)
    assert numbers.rate(most) in said(at)
    assert t("page.churn.no_variation", "en") in said(at)
    assert "too few periods" not in said(at)
    assert at.metric[2].value == numbers.MISSING  # and so no forecast of 0 % either


def test_a_change_that_chance_explains_is_given_no_cause(
    imported: Callable[[str], Workspace], opened: Opened
) -> None:
    imported("normal")

    text = said(opened("churn", dataset="normal", lang="en"))

    assert "**Two levels**" not in text
    assert "**Mostly the" not in text
    assert "**No single period stands out**" in text


def test_nothing_is_forecast_when_the_last_customers_left_in_the_month_in_progress(
    imported: Callable[[str], Workspace], opened: Opened
) -> None:
    imported("everything_churned")

    at = opened("churn", dataset="everything_churned", lang="en")

    assert at.metric[2].value == numbers.MISSING
    assert t("page.churn.nobody_is_left", "en") in said(at)


def test_naive_is_shown_and_said_where_no_model_beats_it(
    imported: Callable[[str], Workspace], opened: Opened
) -> None:
    imported("normal")
    at = opened("churn", dataset="normal", lang="en")

    notes = {t(f"page.churn.tile.shown.{kind}", "en") for kind in ("model", "naive")}
    shown = [note for note in notes if note in said(at)]
    assert len(shown) == 1
    better = "No model did better" in said(at)
    assert better == (shown[0] == t("page.churn.tile.shown.naive", "en"))


def test_who_left_in_any_month_is_listed(
    imported: Callable[[str], Workspace], opened: Opened
) -> None:
    workspace = imported("normal")
    at = opened("churn", dataset="normal", lang="en", mark="churn;what:lost")
    with open_dataset(dataset="normal", workspace=workspace) as dataset:
        rows = dataset.query("churn", exact=True).set_index("month")
    chosen = "2024-06"

    at.selectbox(key="choose-churn-period-en").select(chosen).run()

    assert not at.exception
    lost = int(rows.loc[chosen, "lost_customers"])
    assert lost > 1
    assert f"Left, Jun 2024: {lost} accounts" in said(at)
    listed = next(frame for frame in at.dataframe if "delta" in frame.value)
    assert len(listed.value) == lost
    assert set(listed.value["delta"]) == {-1000.0}


def test_a_segment_outside_its_limits_is_counted(
    imported: Callable[[str], Workspace], opened: Opened
) -> None:
    imported("sixty_segments")

    at = opened("churn", dataset="sixty_segments", lang="ja", by="plan")

    assert not at.exception
    assert any(
        t(f"page.churn.segments.{kind}", "ja", n=n) in said(at)
        for kind in ("inside", "outside")
        for n in range(60)
    )


def test_benchmarks_stand_with_their_source_and_are_marked(
    imported: Callable[[str], Workspace], opened: Opened
) -> None:
    imported("normal")

    text = said(opened("churn", dataset="normal", lang="en"))

    assert "Sansan" in text
    assert text.count("quoted, unverified") == 4
