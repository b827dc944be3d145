"""The page of accounts at risk: what it says is what the core says, in every state."""

from __future__ import annotations

import csv
import random
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from cs_core import datasets
from cs_core.metrics.options import Options
from cs_core.models.health_score import WEIGHTS
from cs_core.studies import risk
from cs_core.text import LANGUAGES, numbers, t
from cs_core.text.spreadsheet import csv_bytes
from cs_core.workspace import Workspace
from cs_core.workspace.contacts import log_contact
from pages.act.accounts_at_risk import list as risk_list
from tests.core.studies.risk import simulated

Opened = Callable[..., AppTest]
PAGE = "accounts_at_risk"


def words(at: AppTest) -> str:
    return "\n".join(str(item.value) for item in [*at.markdown, *at.error, *at.warning])


def listed(at: AppTest) -> list[str]:
    """The accounts of the ranked list, first to last."""
    return [str(name) for name in at.dataframe[0].value["account"]]


def health_of(at: AppTest) -> list[str]:
    return [str(mark) for mark in at.dataframe[0].value["health"]]


@pytest.fixture
def signal(workspace: Workspace, tmp_path: Path) -> Workspace:
    """A company whose departures follow usage."""
    paths = simulated.write(tmp_path / "signal", 900, 30, effect=1.3)
    datasets.import_files(paths, "signal", workspace, simulated.READ)
    return workspace


@pytest.mark.parametrize("lang", LANGUAGES)
def test_figures_are_the_cores(signal: Workspace, opened: Opened, lang: str) -> None:
    at = opened(PAGE, dataset="signal", lang=lang)
    assert not at.exception
    assert not at.error
    with datasets.open_dataset(dataset="signal", workspace=signal) as dataset:
        learned, found = simulated.assessed(dataset.warehouse, Options())
    judged = learned.evaluation
    assert judged.predictive
    assert judged.precision_at_20 is not None
    shown = {metric.label: metric.value for metric in at.metric}
    assert shown[t(f"page.{PAGE}.trust.auc", lang)] == numbers.decimal(judged.auc, 2)
    assert listed(at)[:20] == [str(row[0]) for row in found.rows[:20]]
    chances = [f"{value:.6f}" for value in at.dataframe[0].value["chance"][:20]]
    assert chances == [f"{100 * row[3]:.6f}" for row in found.rows[:20]]


@pytest.mark.parametrize("lang", LANGUAGES)
def test_too_few_churns_are_said_and_health_ranks(
    small: Workspace, opened: Opened, lang: str
) -> None:
    at = opened(PAGE, dataset="small", lang=lang)
    assert not at.exception
    assert not at.error
    with datasets.open_dataset(dataset="small", workspace=small) as dataset:
        churns = risk.known(dataset.warehouse, Options()).learned.evaluation.churns
    assert t("risk.why.too_few_churns", lang, n=churns) in words(at)
    assert "chance" not in at.dataframe[0].value.columns


def test_a_colour_narrows_the_list(signal: Workspace, opened: Opened) -> None:
    at = opened(PAGE, dataset="signal", lang="en")
    everybody = health_of(at)
    colours = next(group for group in at.button_group if "■ Red" in group.options)
    colours.set_value("red").run()
    assert health_of(at) == [mark for mark in everybody if mark.startswith("■")]


def test_the_owner_and_colour_of_the_address_narrow_list_and_counts(
    workspace: Workspace, opened: Opened
) -> None:
    datasets.import_files(datasets.sample_files(), "ours", workspace)
    at = opened(PAGE, dataset="ours", lang="en", owner="Baker")
    assert not at.exception
    with datasets.open_dataset(dataset="ours", workspace=workspace) as dataset:
        rows = dataset.query("accounts", by="owner", exact=True)
        key, as_of = dataset.key, dataset.info.as_of
    his = rows[(rows["owner"] == "Baker") & rows["notice_given"].isna()]
    red = his[his["colour"] == "red"]
    assert 0 < len(red) < int((rows["colour"] == "red").sum())
    assert f"**Red: {len(red)} account" in words(at)
    assert listed(at) == [str(name) for name in his["name"].fillna(his["account_id"])]
    log_contact(workspace, key, his["account_id"].iloc[0], as_of, "Baker", "reached", "")
    at = opened(PAGE, dataset="ours", lang="en", owner="Baker", view="90.red")
    assert listed(at) == [str(name) for name in red["name"].fillna(red["account_id"])]
    at = opened(PAGE, dataset="ours", lang="en", owner="Baker", view="90")
    assert at.dataframe[0].value["contacted"][0] == numbers.day(as_of, "en")


def test_saved_weights_hold_until_they_are_taken_back(signal: Workspace, opened: Opened) -> None:
    usual = health_of(opened(PAGE, dataset="signal", lang="en"))
    weights = {**dict.fromkeys(WEIGHTS, 0.0), "usage": 10.0}
    rules = risk.Rules(tuple(weights.items()), green=80, yellow=60)
    with datasets.open_dataset(dataset="signal", workspace=signal) as kept:
        kept.set_setting("health_rules", rules.as_json())
    signal.rename("signal", "renamed")
    changed = health_of(opened(PAGE, dataset="renamed", lang="en"))
    assert changed != usual
    assert sorted(mark[0] for mark in changed) != sorted(mark[0] for mark in usual)
    kept.set_setting("health_rules", None)
    assert health_of(opened(PAGE, dataset="renamed", lang="en")) == usual


@pytest.mark.parametrize("lang", LANGUAGES)
def test_tenures_without_dates(
    workspace: Workspace, tmp_path: Path, opened: Opened, lang: str
) -> None:
    draw = random.Random(4)
    path = tmp_path / "tenures.csv"
    with path.open("w", newline="") as stream:
        writer = csv.writer(stream)
        writer.writerow(["customerID", "tenure", "Contract", "MonthlyCharges", "Churn"])
        for number in range(900):
            contract = draw.choice(["monthly", "yearly"])
            left = draw.random() < (0.5 if contract == "monthly" else 0.1)
            row = [f"C{number:04d}", draw.randrange(1, 60), contract, 20 + number % 50]
            writer.writerow([*row, "Yes" if left else "No"])
    datasets.import_files([path], "tenures", workspace)
    at = opened(PAGE, dataset="tenures", lang=lang)
    assert not at.exception
    assert not at.error
    assert t(f"page.{PAGE}.trust.out_of_fold", lang) in words(at)
    first = at.dataframe[0].value["why"][0]
    assert "Contract: monthly" in list(first)


@pytest.mark.parametrize("lang", LANGUAGES)
def test_nps_section(workspace: Workspace, opened: Opened, lang: str) -> None:
    datasets.import_files(datasets.sample_files(), "ours", workspace)
    at = opened(PAGE, dataset="ours", lang=lang)
    assert not at.exception
    assert not at.error
    with datasets.open_dataset(dataset="ours", workspace=workspace) as dataset:
        months = dataset.query("nps", first="2024-09", last="2025-08", exact=True)
        churn = dataset.query("nps_churn", exact=True).set_index(["horizon_days", "answer_group"])
    # Twelve complete months up to 17 September 2025, added up by hand.
    answers, promoters, detractors = (
        int(months[name].sum()) for name in ("responses", "promoters", "detractors")
    )
    score = numbers.decimal(100 * (promoters - detractors) / answers, 0)
    assert f"**NPS {score}**" in words(at)
    assert numbers.count(answers) in words(at)
    rates = {
        name: numbers.rate(float(churn.loc[(90, name), "churn_rate"]))
        for name in ("promoters", "detractors")
    }
    assert t(f"page.{PAGE}.nps.finding", lang, **rates) in words(at)


@pytest.mark.parametrize("lang", LANGUAGES)
def test_without_answers_the_section_says_what_they_would_add(
    signal: Workspace, opened: Opened, lang: str
) -> None:
    said = words(opened(PAGE, dataset="signal", lang=lang))
    assert t(f"page.{PAGE}.nps.none", lang) in said
    assert t(f"page.{PAGE}.nps.none_advice", lang).split("、")[0].split(",")[0] in said


def test_crossed_segments_add_up_and_open_the_list(workspace: Workspace, opened: Opened) -> None:
    datasets.import_files(datasets.sample_files(), "ours", workspace)
    at = opened(PAGE, dataset="ours", lang="en", by="plan×country")
    whole = at.dataframe[0].value
    assert len(whole) == 1000  # of the list, the first rows only are sent
    with datasets.open_dataset(dataset="ours", workspace=workspace) as dataset:
        rows = dataset.query("accounts", by="plan", exact=True)
        placed = dataset.query("accounts", by="country", exact=True)
    countries = placed.set_index("account_id")["country"]
    rows["country"] = [countries[account] for account in rows["account_id"]]
    chosen = rows[
        (rows["plan"] == "Team") & (rows["country"] == "JP") & rows["notice_given"].isna()
    ]
    at.session_state["mark"] = "risk;segment:Team × JP;health:yellow"
    at.session_state["view"] = ".yellow"
    at.run()
    assert not at.exception
    assert "Team × JP" in [box.value for box in at.selectbox]
    yellow = chosen[chosen["colour"] == "yellow"]
    assert listed(at) == [str(name) for name in yellow["name"]]


def test_phase_and_touch_split_the_heat_table(signal: Workspace, opened: Opened) -> None:
    at = opened(PAGE, dataset="signal", lang="en", by="=phase×=touch")
    assert not at.exception
    assert not at.error
    at.session_state["mark"] = "risk;segment:Mature × Tech touch"
    at.run()
    with datasets.open_dataset(dataset="signal", workspace=signal) as dataset:
        rows = dataset.query("accounts", exact=True)
    chosen = rows[(rows["phase"] == "mature") & (rows["touch"] == "tech")]
    assert listed(at) == [str(account) for account in chosen["account_id"]]


def test_a_company_of_one_plan_is_one_row(small: Workspace, opened: Opened) -> None:
    at = opened(PAGE, dataset="small", lang="ja", by="")
    assert not at.exception
    assert not at.error


def test_the_export_is_one_flat_row_an_account() -> None:
    with datasets.open_dataset(datasets.sample_files()) as dataset:
        rows = dataset.run("accounts").frame()
    on: Any = SimpleNamespace(
        language="en", currency="JPY", t=lambda key, **fields: t(key, "en", **fields)
    )
    lines = csv_bytes(risk_list.export(on, rows)).decode("utf-8-sig").splitlines()
    first = next(csv.DictReader(lines))
    assert list(first)[:4] == ["account_id", "name", "mrr", "currency"]
    assert {"reasons", "play", "next_renewal", "mrr_at_risk"} <= set(first)
    assert first["mrr"] == str(round(rows["mrr"][0]))
    assert first["probability"] == str(round(rows["probability"][0], 4))
    assert first["reasons"].split("; ")[0] == "was overdue in Apr"
    assert len(lines) == len(rows) + 1
