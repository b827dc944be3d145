"""What every policy and every preset of policies must be: named in both languages, of effect."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from cs_core.datasets import Dataset, open_dataset
from cs_core.domain.policies import (
    IDLE_WITHOUT,
    LEDGER_POLICIES,
    PRESETS,
    TRIED,
    VALUES,
    Policies,
)
from cs_core.metrics.comparison import idle_policies
from cs_core.metrics.options import Options
from cs_core.text import LANGUAGES, catalogue
from cs_core.warehouse.statements import relations

FILE = "cs_core/text/{}.toml"
# Every line gives cause to one policy, the comment says which.
LINES = """\
account_id,subscription_id,start_date,end_date,amount,interval,discount,currency,status,trial_end,cancel_requested_at
A,1,2024-01-01,,1000,month,,JPY,active,,
B,2,2024-01-10,,2000,month,,JPY,active,,
C,3,2024-02-05,2024-02-20,500,month,,JPY,canceled,,
D,4,2024-01-15,2024-03-10,700,month,,JPY,canceled,,
D,5,2024-03-15,,700,month,,JPY,active,,
D2,6,2024-01-15,2024-03-10,650,month,,JPY,canceled,,
D2,7,2024-06-20,,650,month,,JPY,active,,
E,8,2024-02-01,,900,month,25%,JPY,active,,
F,9,2024-02-03,,0,month,,JPY,active,,
G,10,2024-03-01,,800,month,,JPY,paused,,
H,11,2024-02-10,,600,month,,JPY,past_due,,
I,12,2024-02-15,2024-06-30,400,month,,JPY,canceled,,2024-04-20
J,13,2024-03-20,,300,month,,JPY,active,2024-04-20,
K,14,2024-01-20,,30,month,,USD,active,,
L,15,2024-01-05,2024-05-03,1500,month,,JPY,canceled,,
L,16,2024-05-03,,1900,month,,JPY,active,,
"""
# Data that begins in the middle gives cause to the policy on who is there then.
MONTHS = "customer,2024-01,2024-02,2024-03,2024-04\nA,100,100,100,100\nB,100,100,,\nC,,50,50,50\n"
RATES = "currency,month,rate\n" + "".join(
    f"USD,2024-{month:02},{rate}\n"
    for month, rate in enumerate((140, 150, 145, 155, 160, 150, 152), 1)
)
METRICS = ("mrr_movements", "churn", "kpis", "cohorts")
# A policy that only matters beside another.
BESIDE = {"snapshot_at": {"movement_basis": "snapshot"}}

every_policy = pytest.mark.parametrize("policy", VALUES)
every_preset = pytest.mark.parametrize("preset", PRESETS)


@pytest.fixture(scope="module")
def varied(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Dataset]:
    folder: Path = tmp_path_factory.mktemp("varied")
    (folder / "subscriptions.csv").write_text(LINES)
    (folder / "fx_rates.csv").write_text(RATES)
    with open_dataset(sorted(folder.glob("*.csv"))) as dataset:
        yield dataset


@pytest.fixture(scope="module")
def begun(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Dataset]:
    file: Path = tmp_path_factory.mktemp("begun") / "months.csv"
    file.write_text(MONTHS)
    with open_dataset([file]) as dataset:
        yield dataset


@pytest.fixture(scope="module")
def caused(varied: Dataset, begun: Dataset) -> Any:
    """The data that gives cause to a policy."""
    return lambda policy: begun if IDLE_WITHOUT[policy] == "edge" else varied


@pytest.fixture(scope="module")
def figures(caused: Any) -> Any:
    @cache
    def under(policies: Policies, policy: str = "trial") -> list[Any]:
        data = caused(policy)
        return [data.run(metric, Options(policies=policies)).records() for metric in METRICS]

    return under


@every_policy
def test_a_policy_has_its_words(policy: str) -> None:
    for language in LANGUAGES:
        words = catalogue(language)
        names = ("title", *(v.split(":")[0] for v in VALUES[policy] if not v.endswith("N")))
        names += ("none", "days") if VALUES[policy] == ("N",) else ()
        for key in (f"policy.{policy}", *(f"filter.policy.{policy}.{name}" for name in names)):
            assert words.get(key), f"{FILE.format(language)} lacks {key}"


@every_policy
def test_a_policy_moves_some_figure(policy: str, figures: Any) -> None:
    base = replace(Policies(), **BESIDE.get(policy, {}))
    for value in TRIED[policy]:
        if value != getattr(base, policy):
            moved = figures(replace(base, **{policy: value}), policy) != figures(base, policy)
            assert moved, f"{policy}={value} moves no figure: nothing in cs_core/sql/ heeds it"


@every_policy
def test_a_policy_says_whether_it_changes_the_ledger(policy: str) -> None:
    for value in TRIED[policy][1:]:
        key = Policies.of("keizoku", {policy: value}).ledger_key()
        assert (key != "default") == (policy in LEDGER_POLICIES)


@every_policy
def test_data_with_cause_for_a_policy_does_not_call_it_idle(policy: str, caused: Any) -> None:
    assert policy not in idle_policies(caused(policy).warehouse), (
        f"{policy} is called idle where it moves figures"
    )
    assert IDLE_WITHOUT[policy] in ("", "lines", "rates", "edge"), (
        f"{policy}: `idle_without` is lines, rates, edge or nothing"
    )


def test_causes_are_counted_in_the_order_of_the_policies() -> None:
    counted = re.findall(r" AS (\w+)", relations()["policy_causes"].body)
    assert counted == [name for name, cause in IDLE_WITHOUT.items() if cause == "lines"], (
        "cs_core/sql/figures/policy_causes.sql counts other policies than those idle without lines"
    )


@every_preset
def test_a_preset_has_its_words_and_sources(preset: str) -> None:
    for language in LANGUAGES:
        words = catalogue(language)
        for key in (f"filter.preset.{preset}", f"preset.{preset}.note"):
            assert words.get(key), f"{FILE.format(language)} lacks {key}"
        assert f"preset.{preset}.rest" in words, f"{FILE.format(language)}: what remains different?"
    about = PRESETS[preset]
    assert all(source.startswith("https://") for source in about.sources)
    assert bool(about.sources) == bool(about.read_on), f"{preset}: sources, and the day of reading"


@every_preset
def test_a_preset_is_no_other(preset: str, figures: Any) -> None:
    for other in PRESETS:
        if other != preset:
            same = figures(Policies.of(preset)) == figures(Policies.of(other))
            assert not same, f"{preset} and {other} give the same figures"
