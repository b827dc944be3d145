"""A play's preview is what running it day by day on the past would have made."""

from __future__ import annotations

from datetime import date, timedelta

import numpy as np
import pytest

from cs_core.datasets import Dataset
from cs_core.domain.proportion import wilson
from cs_core.models.health_score import Rules
from cs_core.studies.plays import conditions as ask
from cs_core.studies.plays.conditions import KINDS, Condition, condition_of
from cs_core.studies.plays.firing import fire, firings, preview
from cs_core.studies.plays.holds import Evidence, KeptChance
from cs_core.studies.plays.past import Past
from cs_core.studies.plays.play import OFFERS, Play, play_of
from tests.core.studies.plays.company import BEGIN, Naive, Rows

Played = tuple[Rows, Dataset]

PLAYS = [
    Play("usage", (ask.UsageDown(30, 28),), rest_days=0),
    Play("one metric", (ask.UsageDown(20, 14, "exports"),), rest_days=21),
    Play("renewal", (ask.RenewalDue(30),), rest_days=0),
    Play("renewal, rested", (ask.RenewalDue(60),), rest_days=45),
    Play("detractor", (ask.Detractor(20),), rest_days=0),
    Play("overdue", (ask.Overdue(),), rest_days=30),
    Play("owner left", (ask.OwnerLeft(40),), rest_days=0),
    Play("large", (ask.MrrAtLeast(30), ask.SegmentIs("country", "JP")), rest_days=10),
    Play("plan", (ask.SegmentIs("plan", "Pro"), ask.RenewalDue(90)), rest_days=1),
    Play("leaving", (ask.Notice(), ask.MrrAtLeast(20)), rest_days=0),
    Play("all of it", (ask.UsageDown(5, 30), ask.RenewalDue(120), ask.MrrAtLeast(15)), rest_days=7),
]
UNWELL = [
    Play("turned", (ask.ColourChange("any", "yellow"),), rest_days=0),
    Play("red", (ask.ColourChange("yellow", "red"),), rest_days=0),
    Play("low", (ask.HealthBelow(60),), rest_days=14),
    Play("low and due", (ask.HealthBelow(72), ask.RenewalDue(60)), rest_days=0),
]


def fired_of(found: list) -> list[tuple[date, str]]:
    return [(one.day, one.account_id) for one in found]


@pytest.mark.parametrize("play", PLAYS, ids=lambda play: play.name)
def test_fires_as_a_run_on_each_day_would(played: Played, play: Play) -> None:
    rows, dataset = played
    found = fired_of(firings(play, Evidence(Past(dataset.warehouse), Rules())))
    assert found == Naive(rows, dataset).fired(play, BEGIN, rows.end)


def test_there_is_something_to_compare() -> None:
    """Otherwise the test above could pass on nothing."""
    from tests.core.studies.plays.company import made

    rows = made(1)
    for play in PLAYS:
        assert Naive(rows, None).fired(play, BEGIN, rows.end), play.name  # type: ignore[arg-type]


@pytest.mark.parametrize("first", [0, 260])
def test_health_is_that_of_the_day(played: Played, first: int) -> None:
    """Early on, when little is known yet, and late."""
    rows, dataset = played
    since = BEGIN + timedelta(days=first + 1)
    until = since + timedelta(days=25)
    naive = Naive(rows, dataset)
    known = Evidence(Past(dataset.warehouse, as_of=until, since=since), Rules())
    for play in UNWELL:
        assert fired_of(firings(play, known)) == naive.fired(play, since, until), play.name


def test_some_health_play_fires(played: Played) -> None:
    _, dataset = played
    known = Evidence(Past(dataset.warehouse), Rules())
    assert all(firings(play, known) for play in UNWELL if play.name != "red")


@pytest.mark.parametrize("play", [PLAYS[0], PLAYS[3], UNWELL[0], UNWELL[2]], ids=lambda p: p.name)
def test_what_comes_later_changes_nothing(played: Played, play: Play) -> None:
    """Asked as of a day, the past fires as it does when asked later."""
    _, dataset = played
    whole = Evidence(Past(dataset.warehouse), Rules(), exact=True)
    late = firings(play, whole)
    for ago in (1, 37, 120):
        day = whole.past.as_of - timedelta(days=ago)
        known = Evidence(Past(dataset.warehouse, as_of=day), Rules(), exact=True)
        early = firings(play, known)
        expected = [one for one in late if one.day <= day]
        assert fired_of(early) == fired_of(expected)
        for one, other in zip(early, expected, strict=True):
            assert one.values == pytest.approx(other.values, abs=1e-5)


@pytest.mark.parametrize("play", [PLAYS[0], PLAYS[3], PLAYS[5]], ids=lambda play: play.name)
def test_what_followed_and_what_was_usual(played: Played, play: Play) -> None:
    rows, dataset = played
    naive = Naive(rows, dataset)
    found = preview(play, Evidence(Past(dataset.warehouse), Rules()))
    horizon = timedelta(days=90)
    over = [
        (day, account)
        for day, account in naive.fired(play, BEGIN, rows.end)
        if day + horizon <= rows.end
    ]
    left = sum(naive.churns(account, day, day + horizon) for day, account in over)
    assert (found.judged, found.left) == (len(over), left)
    assert found.rate == pytest.approx(left / len(over))
    assert (found.low, found.high) == wilson(left, len(over))
    assert found.small_sample == (len(over) < 30)
    shares = []
    accounts = [row["account_id"] for row in rows.accounts]
    for day, _ in over:
        there = [a for a in accounts if naive.mrr(a, day) and not naive.noticed(a, day)]
        leaving = sum(naive.churns(account, day, day + horizon) for account in there)
        shares.append(leaving / len(there))
    assert found.base_rate == pytest.approx(sum(shares) / len(shares))
    assert found.lift == pytest.approx(found.rate / found.base_rate)  # type: ignore[operator]
    open_yet = [one for one in found.firings if one.left is None]
    assert len(found.firings) - len(open_yet) == found.judged


def test_a_kept_chance_stands_for_a_month(played: Played) -> None:
    rows, dataset = played
    day = rows.end - timedelta(days=60)
    naive = Naive(rows, dataset)
    account = next(
        row["account_id"]
        for row in rows.accounts
        if all(
            naive.mrr(row["account_id"], day + timedelta(days=n))
            and not naive.noticed(row["account_id"], day + timedelta(days=n))
            for n in range(61)
        )
    )
    kept = [KeptChance(day, account, "USD", 0.42)]
    play = Play("likely", (ask.ChanceAbove(40),), rest_days=30)
    known = Evidence(Past(dataset.warehouse), Rules(), kept)
    assert fired_of(firings(play, known)) == [
        (day, account),
        (day + timedelta(days=30), account),
    ]
    assert firings(Play("likelier", (ask.ChanceAbove(42),)), known) == []
    unkept = Evidence(Past(dataset.warehouse), Rules())
    assert preview(play, unkept).missing == ("scores",)


def test_without_a_table_it_says_which(tmp_path) -> None:
    from cs_core.datasets import open_dataset

    path = tmp_path / "subscriptions.csv"
    path.write_text("account_id,start_date,mrr,currency\nA,2024-01-01,10,USD\nB,2024-03-01,5,USD\n")
    with open_dataset([path]) as dataset:
        known = Evidence(Past(dataset.warehouse), Rules())
        missing = {code: preview(play, known).missing for code, play in OFFERS.items()}
        assert missing == {
            "turned_red": (),
            "usage_fell": ("usage",),
            "renewal_unwell": ("terms",),
            "detractor": ("nps",),
            "overdue": ("past_due",),
            "owner_left": ("owners",),
        }
        assert preview(Play("all", (ask.MrrAtLeast(7),)), known).matching == 1


def test_rest() -> None:
    days = np.array([1, 2, 3, 6, 7, 12, 2, 3])
    who = np.array([0, 0, 0, 0, 0, 0, 5, 5])
    order = np.lexsort((who, days))
    days, who = days[order], who[order]

    def fired(rest: int) -> list[tuple[int, int]]:
        held = fire(days, who, rest)
        return sorted(zip(who[held].tolist(), days[held].tolist(), strict=True))

    assert fired(0) == [(0, 1), (0, 6), (0, 12), (5, 2)]
    assert fired(1) == sorted(zip(who.tolist(), days.tolist(), strict=True))
    assert fired(5) == [(0, 1), (0, 6), (0, 12), (5, 2)]
    assert fired(6) == [(0, 1), (0, 7), (5, 2)]
    assert fire(np.array([0, 1]), np.array([3, 3]), 10).tolist() == [False, True]


def test_rules_survive_being_kept() -> None:
    for play in [*PLAYS, *UNWELL, *OFFERS.values()]:
        assert play_of(play.name, play.as_json()) == play


@pytest.mark.parametrize(
    "kept",
    [
        {"kind": "health_below", "score": 0},
        {"kind": "usage_down", "percent": 101, "days": 28, "metric": ""},
        {"kind": "colour_change", "before": "blue", "after": "red"},
        {"kind": "segment_is", "column": "x" * 300, "value": ""},
        {"kind": "moon_phase"},
    ],
)
def test_a_wrong_rule_is_refused(kept: dict) -> None:
    from cs_core.errors import UsageError

    with pytest.raises(UsageError):
        condition_of(kept)


def test_every_kind_has_its_words() -> None:
    from cs_core.studies.plays.words import condition_words, reason_words
    from cs_core.text import LANGUAGES, catalogue

    for language in LANGUAGES:
        words = catalogue(language)
        for kind, made in KINDS.items():
            condition: Condition = made()
            assert condition_words(condition, language, "JPY")
            assert f"plays.kind.{kind}" in words
            figures = (None,) if made in (ask.SegmentIs, ask.Notice) else (None, 1.0, 0.42, 17.0)
            for value in figures:
                assert reason_words([[condition.as_json(), value]], language, "JPY")
            assert not condition.needs or f"plays.missing.{condition.needs}" in words


def test_health_of_the_past_is_worked_out_once(workspace, monkeypatch) -> None:
    """And anew for other rules, or from a file that was cut short; what fires is the same."""
    from dataclasses import replace

    from cs_core.datasets import open_dataset
    from cs_core.studies.plays import daily_health

    times: list[Rules] = []
    work = daily_health.daily_health

    def counted(past: Past, rules: Rules) -> daily_health.DailyHealth:
        times.append(rules)
        return work(past, rules)

    monkeypatch.setattr(daily_health, "daily_health", counted)
    play, usual, strict = UNWELL[2], Rules(), replace(Rules(), green=90.5)
    with open_dataset(dataset="ours", workspace=workspace) as dataset:

        def fired(rules: Rules) -> list:
            return fired_of(firings(play, Evidence(Past(dataset.warehouse), rules)))

        first = fired(usual)
        assert first
        assert fired(usual) == first
        assert times == [usual]
        folder = dataset.warehouse.folder
        assert folder is not None
        (kept,) = folder.glob("plays-health-*")
        kept.write_bytes(kept.read_bytes()[:-7])
        assert fired(usual) == first
        assert fired(strict) == first
        assert times == [usual, usual, strict]
        assert len(list(folder.glob("plays-health-*"))) == 1
