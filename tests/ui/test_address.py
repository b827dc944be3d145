"""What the address bar says, and what it is left to say when a dataset goes."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from cs_core import datasets, open_dataset
from cs_core.datasets import Dataset
from cs_core.domain.policies import Policies
from cs_core.text import t
from cs_core.workspace import Workspace
from pages.frame import address, session
from pages.frame.address import FIELDS, Facts, Scope
from pages.frame.navigation import PAGES
from tests.ui.hostile_addresses import texts

Opened = Callable[..., AppTest]
COLUMNS = {
    "plan": ["Growth", "A,B;C:D %", None],
    "国": ["日本"],
    "owner": ["&=?#"],
}
FACTS = Facts(date(2024, 5, 3), date(2026, 11, 12), ("JPY",), COLUMNS.keys(), COLUMNS.__getitem__)


def read(name: str, text: str) -> tuple[object, bool]:
    return FIELDS[name].of(text, FACTS)


# -- what a text means --------------------------------------------------------------------


def test_the_filter_of_segments_survives_the_address() -> None:
    where = (("plan", "A,B;C:D %"), ("plan", None), ("国", "日本"), ("owner", "&=?#"))
    assert read("where", address.encode_where(where)) == (where, True)


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("plan:Growth;ghost:B", (("plan", "Growth"),)),
        ("plan:Growth,Nobody", (("plan", "Growth"),)),
        ("plan:Growth;", (("plan", "Growth"),)),
        ("plan:Nobody", None),
        ("plan:;;;:::", (("plan", None),)),
        ("国:", None),
        ("," * 18, None),
    ],
)
def test_columns_and_values_the_data_does_not_have_are_left_out(text: str, meant: object) -> None:
    assert read("where", text) == (meant, False)


def test_policies_survive_the_address() -> None:
    policies = Policies.of("stripe", {"past_due": "churn_after_days:30", "trial": "counted"})
    text = address.encode_policies("stripe", policies)
    assert text == "stripe;past_due:churn_after_days:30;trial:counted"
    assert read("policies", text) == (("stripe", policies), True)
    assert address.encode_policies("keizoku", Policies()) == ""
    assert read("policies", "nobody;x:y") == (None, False)
    assert read("policies", "stripe;stripe") == (("stripe", Policies.of("stripe")), False)
    assert read("policies", "keizoku;trial:counted;x:y")[0] == (
        "keizoku",
        Policies.of("keizoku", {"trial": "counted"}),
    )


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("24", "24"),
        ("2025-01..2025-06", "2025-01..2025-06"),
        ("0001-01..9999-12", "2024-05..2026-11"),
        ("2026-01..2031-01", "2026-01..2026-11"),
        ("2023-01..2023-06", None),
        ("2025-06..2025-01", None),
        ("2025-13..2026-01", None),
        ("25", None),
    ],
)
def test_a_range_is_cut_to_the_data(text: str, meant: str | None) -> None:
    assert read("range", text) == (meant, meant is not None)


def test_a_day_outside_the_data_means_nothing() -> None:
    assert read("asof", "2024-05-03") == (date(2024, 5, 3), True)
    assert read("asof", "2026-11-12") == (date(2026, 11, 12), True)
    assert read("asof", "2027-11-13") == (date(2027, 11, 13), True)
    for text in ("2024-05-02", "2027-11-14", "9999-12-31", "2026-02-30"):
        assert read("asof", text) == (None, False)


def test_what_one_page_says_of_its_view_is_no_harm_on_another() -> None:
    assert read("view", "net_mrr.rate.churn")[1]
    assert address.view("net_mrr.rate.churn", "retention") == ("net_mrr", "rate", "churn")
    assert address.view("net_mrr.rate.churn", "churn") == (None,)
    assert address.view("..churn", "retention") == (None, None, "churn")
    assert not read("view", "net_mrr.rate.stay")[1]


def test_a_scenario_is_read_within_its_bounds() -> None:
    text = "Half%3B onboarding;churn_onboarding:0.02;churn_mature:2;ghost:1"
    assert address.scenario(text) == ("Half; onboarding", {"churn_onboarding": 0.02}, False)


def test_a_lesson_is_read_within_its_bounds() -> None:
    found, whole = read("lesson", "compound;churn:0.1")
    assert whole
    assert (found.lesson.key, found.values, found.seed) == ("compound", {"churn": 0.1}, 0)
    assert found.encoded() == "compound;churn:0.1"
    assert found.encoded(churn=0.05) == "compound"
    found, whole = read("lesson", "compound;churn:2;seed:4")
    assert not whole
    assert found.encoded() == "compound"


@pytest.mark.parametrize("name", FIELDS)
def test_no_text_fails_or_takes_long(name: str) -> None:
    begun = time.process_time()
    for text in texts(name):
        value, whole = FIELDS[name].of(text, FACTS)
        assert value is not None or not whole
        assert FIELDS[name].of(text, Facts())[0] is None or name not in ("range", "asof", "where")
    assert time.process_time() - begun < 5  # 200 texts; the slowest one ever met took 18 s


# -- on the pages -------------------------------------------------------------------------


@pytest.mark.parametrize("page", [row.key for row in PAGES])
def test_a_link_that_means_nothing_opens_its_page_and_says_so(
    small: Workspace, opened: Opened, page: str
) -> None:
    junk = {
        "range": "1900-01..1900-02",
        "where": "plan:;;;:::",
        "policies": ";".join(["stripe"] * 200),
        "asof": "9999-12-31",
        "fiscal": "²",
        "currency": "XXX",
        "by": "ghost",
        "view": "a.b",
        "scenario": "x;churn:nan",
        "scenarios": "|",
        "period": "fortnight",
        "lesson": "compound;churn:9",
        "projector": "2",
    }
    for language in ("en", "ja"):
        at = opened(page, dataset="small", lang=language, **junk)

        assert not at.exception
        assert [error.value for error in at.error] == []
        fields = ", ".join(f"`{name}`" for name in FIELDS if name in junk)
        said = t("filter.left_out", language, fields=fields)
        assert [m.value for m in at.markdown if said in m.value] != []


def nobody(dataset: Dataset) -> str:
    """A filter of two values that both occur, and at nobody together."""
    one, two = [segment.name for segment in dataset.info.segments if segment.values > 2][:2]
    for a in dataset.segment_values(one):
        for b in dataset.segment_values(two):
            if a and b and not dataset.query("kpis", where={one: a, two: b})["customers"].any():
                return address.encode_where(((one, a), (two, b)))
    raise LookupError("every pair occurs")


@pytest.mark.parametrize("page", [row.key for row in PAGES])
@pytest.mark.parametrize(
    "harm",
    [
        {"range": "0001-01..9999-12"},
        {"where": "nobody", "period": "week"},
        {"where": "nobody", "range": "all", "asof": "first"},
        {"asof": "first", "range": "all"},
        {"where": "plan:%F0%28%8C%28", "by": "plan×plan×plan"},
    ],
)
def test_extremes_and_filters_that_match_nobody_are_no_error(
    small: Workspace, opened: Opened, page: str, harm: dict[str, str]
) -> None:
    with open_dataset(dataset="small", workspace=small) as dataset:
        meant = {("asof", "first"): f"{dataset.info.first}", ("where", "nobody"): nobody(dataset)}
    harm = {name: meant.get((name, text), text) for name, text in harm.items()}
    at = opened(page, dataset="small", lang="en", **harm)

    assert not at.exception
    assert [error.value for error in at.error] == []


def test_a_link_that_is_right_says_nothing(small: Workspace, opened: Opened) -> None:
    right = {"range": "12", "where": "plan:Growth", "policies": "stripe", "view": "..churn"}
    at = opened("retention", dataset="small", lang="en", **right)

    opening = t("filter.left_out", "en", fields="")
    assert [m.value for m in at.markdown if opening in m.value] == []


# -- when another dataset is shown --------------------------------------------------------

SAID = {
    "period": "quarter",
    "policies": "stripe",
    "fiscal": "4",
    "view": "net_mrr",
    "range": "12",
    "where": "plan:Growth",
    "asof": "2024-06-30",
    "currency": "JPY",
    "by": "plan",
    "versus": "plan:Growth,plan:Starter",
    "scenario": "x;arpa:1",
    "scenarios": "x;arpa:1",
    "id": "A1",
    "mark": "churn;period:2025-08;what:lost",
    "lesson": "compound",
    "guess": "0.6@compound;churn:0.03",
}


def left(at: AppTest) -> dict[str, str]:
    return {name: at.session_state[name] for name in SAID if at.session_state[name]}


def kept() -> dict[str, str]:
    return {n: text for n, text in SAID.items() if FIELDS[n].scope is not Scope.DATASET}


def test_switching_deleting_and_importing_reset_what_belongs_to_the_dataset(
    small: Workspace, opened: Opened, subscriptions: Path
) -> None:
    datasets.import_files([subscriptions], "other", small)
    at = opened("data", dataset="small", lang="en", **SAID)
    assert left(at) == SAID

    next(box for box in at.selectbox if box.key == "dataset-choice-en").select("other").run()
    assert left(at) == kept()
    assert at.session_state["dataset"] == "other"

    at = opened("data", dataset="small", lang="en", **SAID)
    next(button for button in at.button if button.label == "Delete").click().run()
    assert left(at) == kept()

    at = opened("data", dataset="other", lang="en", **SAID)
    at.file_uploader[0].upload(
        "third.csv", b"account_id,start_date,mrr\na,2024-01-02,5\nb,2024-01-03,6\n"
    )
    at.run()
    next(button for button in at.button if button.label == "Use these 2 rows").click().run()
    assert left(at) == kept()
    assert "third" in [found.name for found in small.datasets()]


def test_every_field_belongs_somewhere_and_is_emptied_by_the_table() -> None:
    assert {*session.of_dataset("x")} == {"dataset", *address.OF_DATASET}
    assert set(SAID) == FIELDS.keys() - {"lang", "dataset", "projector", "owner"}
