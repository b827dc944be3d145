"""Lessons: the figures of each, and that nothing in their texts is typed."""

from __future__ import annotations

import re
from itertools import pairwise
from pathlib import Path
from statistics import NormalDist

import numpy as np
import pytest

from cs_core import charts, open_dataset
from cs_core.charts import Drawing, Look
from cs_core.lessons import LESSONS, Lesson, words
from cs_core.lessons.chance import chance_of_rises
from cs_core.lessons.counting import LEDGER, cohort_cells, means
from cs_core.lessons.scores import improving, top_tenth
from cs_core.lessons.worth import four_values, quoted_years
from cs_core.text import LANGUAGES, catalogue

EVERY = list(LESSONS.values())
# Lengths of time that are the same in every lesson, and lists that are numbered.
ALLOWED = re.compile(
    r"12か月|12回|12倍|12分の1|[12]年|[13]か月|[24]か月目|1÷|[123]つ|1社|1割|1ポイント|B2B|95%"
)


def figures(key: str, **moved: float) -> dict[str, float]:
    lesson = LESSONS[key]
    found = lesson.outcome({**lesson.defaults, **moved})
    return {name: figure.value for name, figure in found.figures.items()}


def texts(lesson: Lesson, language: str) -> dict[str, str]:
    prefix = f"lesson.{lesson.key}."
    return {k[len(prefix) :]: v for k, v in catalogue(language).items() if k.startswith(prefix)}


def filled(lesson: Lesson, language: str, **moved: float) -> dict[str, str]:
    values = {**lesson.defaults, **moved}
    return words.fields(lesson, values, lesson.outcome(values), language)


# -- what each lesson comes to ------------------------------------------------------------


def test_five_per_cent_a_month_is_46_a_year() -> None:
    found = figures("compound")
    assert round(found["annual"], 3) == 0.460
    assert round(found["added"], 2) == 0.60


def test_one_divided_by_mean_churn_is_not_the_mean_lifetime() -> None:
    found = figures("lifetime")
    assert round(found["formula"], 1) == 9.1
    assert found["truth"] == pytest.approx(27.5)


def test_a_cohorts_churn_falls_though_nobody_changes() -> None:
    found = figures("falling")
    assert round(found["first"], 2) == 0.11
    assert round(found["later"], 3) == 0.034


def test_leavers_stayed_shorter_than_customers_do() -> None:
    found = figures("leavers")
    assert round(found["leavers"], 1) == 7.1
    assert found["truth"] == pytest.approx(20)
    assert round(found["still"], 2) == 0.56


def test_three_of_twelve_and_one_of_twelve_overlap() -> None:
    found = figures("small_numbers")
    assert round(found["after_low"], 3) == 0.089
    assert round(found["after_high"], 3) == 0.532
    assert round(found["before_low"], 3) == 0.015
    assert round(found["before_high"], 3) == 0.354
    assert found["needed"] == 6700
    lesson = LESSONS["small_numbers"]
    assert lesson.outcome(lesson.defaults).choice == "cannot_tell"
    many = {"each_month": 200, "lost_before": 0, "lost_after": 6}
    assert lesson.outcome(many).choice == "worse"


def test_so_many_customers_do_see_the_difference() -> None:
    """The two-sided z test of two shares, 6 700 a group, at 5 % and 4 %: a power of 80 %."""
    rng, n = np.random.default_rng(5), 6_700
    one, two = (rng.binomial(n, p, 20_000) / n for p in (0.05, 0.04))
    mean = (one + two) / 2
    z = (one - two) / np.sqrt(2 * mean * (1 - mean) / n)
    assert (np.abs(z) > 1.959964).mean() == pytest.approx(0.80, abs=0.01)


def test_three_rises_come_by_chance() -> None:
    found = figures("streak")
    assert round(found["year"], 2) == 0.16
    assert round(found["two_years"], 2) == 0.34


def test_the_chance_of_rises_is_that_of_simulated_years() -> None:
    lost = np.random.default_rng(1).binomial(200, 0.04, (100_000, 12))
    up = np.diff(lost, axis=1) > 0
    three = (up[:, :-2] & up[:, 1:-1] & up[:, 2:]).any(axis=1)
    assert chance_of_rises(200, 0.04, 12) == pytest.approx(three.mean(), abs=0.005)


def test_every_segment_improves_and_the_total_does_not() -> None:
    found = figures("simpson")
    assert found["monthly_new"] < found["monthly_old"]
    assert found["annual_new"] < found["annual_old"]
    assert found["after"] > found["before"]
    assert found["rate"] < 0 < found["mix"]
    assert found["rate"] + found["mix"] == pytest.approx(found["change"], abs=1e-15)
    lesson = LESSONS["simpson"]
    assert lesson.outcome(lesson.defaults).choice == "rose"


def test_nrr_of_120_with_grr_of_80() -> None:
    found = figures("net_retention")
    assert found["nrr"] == pytest.approx(1.20)
    assert found["grr"] == pytest.approx(0.80)


def test_the_copied_recipe_counts_each_movement_twice() -> None:
    found = figures("recipe")
    assert found["nrr"] == 0.95
    assert found["wrong"] == 0.90
    assert found["grr"] == 0.90


def test_customers_and_money_say_two_things() -> None:
    found = figures("two_churns")
    assert round(found["mrr"], 4) == 0.1739
    assert found["customers"] == 0.20
    found = figures("two_churns", medium_gone=0, large_gone=1)
    assert round(found["mrr"], 4) == 0.2899
    assert found["customers"] == 0.10


def test_76_per_cent_renewed_is_two_per_cent_a_month() -> None:
    assert round(figures("renewal")["monthly"], 3) == 0.020


def test_the_ledger_by_hand_is_the_products(tmp_path: Path) -> None:
    """The twelve customers as a file: the metric's movements are those of the lesson."""
    lines = ["account_id,start_date,end_date,mrr"]
    for name, paid in LEDGER.items():
        for month, mrr in enumerate(paid, 1):
            if mrr:
                lines.append(f"{name},2025-{month:02}-01,2025-{month + 1:02}-01,{mrr}")
    path = tmp_path / "subscriptions.csv"
    path.write_text("\n".join(lines))
    with open_dataset(str(path)) as dataset:
        rows = dataset.query("mrr_movements", as_of="2025-04-30")
        churn = dataset.query("churn", as_of="2025-04-30")
    for month in (2, 3, 4):
        found = figures("ledger", month=month)
        row = rows[rows["month"].astype(str) == f"2025-{month:02}"].iloc[0]
        for movement in ("new", "reactivation", "expansion", "contraction"):
            assert row[f"{movement}_mrr"] == found[movement]
        assert row["churned_mrr"] == found["churn"]
        assert (row["opening_mrr"], row["closing_mrr"]) == (found["opening"], found["closing"])
        lost = churn[churn["month"].astype(str) == f"2025-{month:02}"].iloc[0]
        assert lost["lost_customers"] == found["lost"]
        assert lost["opening_customers"] == found["there"]


def test_blanks_taken_for_zero_make_retention_collapse() -> None:
    found = figures("triangle")
    assert found["observed"] + found["blank"] == found["cohorts"]
    assert found["zero"] == pytest.approx(found["right"] * found["observed"] / found["cohorts"])
    month_by_month = [figures("triangle", months_seen=n)["cohorts"] for n in range(4, 13)]
    assert month_by_month == list(range(4, 13))


def test_the_plain_mean_rises_and_the_chained_one_does_not() -> None:
    plain, chained = means(np.linspace(0.01, 0.12, 12).tolist(), 12)
    assert min(plain) < plain[-1]
    assert all(after < before for before, after in pairwise(chained))
    lesson = LESSONS["mean_line"]
    assert lesson.outcome(lesson.defaults).choice == "rises"
    assert lesson.outcome({"old_churn": 0.04, "new_churn": 0.04}).choice == "falls"


def test_the_chained_mean_is_the_products() -> None:
    frame = cohort_cells([[60, 50, 40, 30], [60, 30, 20], [60, 40], [60]])
    drawing = charts.retention_curves.draw(frame)
    assert drawing.facts["mean_1"] == pytest.approx(120 / 180)  # the three seen at both ages


def test_most_of_the_top_tenth_stay() -> None:
    found = figures("top_tenth")
    assert round(found["precision"], 3) == 0.106
    assert round(found["found"], 2) == 0.35
    assert found["precision"] == pytest.approx(found["found"] * 0.03 / 0.10)


def test_the_top_tenth_of_simulated_scores() -> None:
    rng = np.random.default_rng(3)
    leaves = rng.random(2_000_000) < 0.03
    score = rng.normal(size=len(leaves)) + leaves * 2**0.5 * NormalDist().inv_cdf(0.75)
    top = score >= np.quantile(score, 0.9)
    assert top_tenth(0.75, 0.03)[0] == pytest.approx(leaves[top].mean(), abs=0.002)


def test_the_lowest_tenth_gets_better_by_itself() -> None:
    found = figures("red_ones")
    assert round(found["better"], 2) == 0.84
    rng = np.random.default_rng(4)
    first = rng.normal(size=1_000_000)
    second = 0.5 * first + 0.75**0.5 * rng.normal(size=len(first))
    low = first <= np.quantile(first, 0.1)
    assert improving(0.5) == pytest.approx((second[low] > first[low]).mean(), abs=0.003)


def test_size_alone_makes_users_churn_less() -> None:
    found = figures("feature")
    assert round(found["users"], 4) == 0.024
    assert round(found["others"], 4) == 0.046
    frame = LESSONS["feature"].outcome(LESSONS["feature"].defaults).pictures[0].frame
    by_group = dict(zip(frame["name"], frame["value"], strict=True))
    assert by_group["large_users"] == by_group["large_others"]
    assert by_group["small_users"] == by_group["small_others"]


def test_four_methods_give_four_ratios() -> None:
    found = figures("ltv_cac")
    ratios = [found[name] for name in ("revenue", "simple", "within", "curve")]
    assert len({round(ratio, 1) for ratio in ratios}) == 4
    assert min(ratios) < 3 < max(ratios)
    values = four_values(0.7, 24)
    assert values["simple"] == pytest.approx(values["revenue"] * 0.7)


def test_quoted_benchmarks_cannot_all_hold() -> None:
    years = quoted_years()
    assert max(low for low, _ in years.values()) > min(high for _, high in years.values())
    assert years["yearly_b2b"][0] == pytest.approx(0.9)


# -- texts --------------------------------------------------------------------------------


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("lesson", EVERY, ids=list(LESSONS))
def test_no_number_of_a_lesson_is_typed(lesson: Lesson, language: str) -> None:
    typed = {
        name: text
        for name, text in texts(lesson, language).items()
        if re.search(r"[0-9０-９]", ALLOWED.sub("", re.sub(r"\{\w+\}", "", text)))
    }
    assert typed == {}


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("lesson", EVERY, ids=list(LESSONS))
def test_every_lesson_is_whole(lesson: Lesson, language: str) -> None:
    """Every text is there, its fields are figures of the lesson, and none stands over."""
    said = texts(lesson, language)
    expected = {"title", "belief", "question", "finding", "explain", "check.question", "own"}
    expected |= {f"check.{name}" for name in lesson.checks}
    expected |= {f"why.{name}" for name in lesson.checks}
    expected |= {f"choice.{name}" for name in lesson.choices}
    fields = filled(lesson, language)
    outcome = lesson.outcome(lesson.defaults)
    tables = [] if outcome.table is None else [outcome.table]
    expected |= {f"column.{name}" for table in tables for name in table.columns}
    words_used = [
        value
        for picture in outcome.pictures
        for column in picture.named
        for value in picture.frame[column]
    ]
    words_used += [v for table in tables for c in table for v in table[c] if isinstance(v, str)]
    expected |= {f"row.{value}" for value in words_used}
    assert expected <= set(said)
    assert {name for name in set(said) - expected if not name.startswith("row.")} == set()
    for text in said.values():
        text.format(**fields)
    for setting in lesson.settings:
        assert f"lesson.setting.{setting.name}" in catalogue(language)
    assert lesson.right in lesson.checks
    assert bool(lesson.choices) != bool(lesson.answer)
    assert outcome.choice in lesson.choices if lesson.choices else lesson.answer in outcome.figures


@pytest.mark.parametrize("lesson", EVERY, ids=list(LESSONS))
def test_a_lesson_explains_one_thing_in_few_words(lesson: Lesson) -> None:
    explained = {language: texts(lesson, language)["explain"] for language in LANGUAGES}
    assert len(explained["en"].split()) <= 150
    assert len(explained["ja"]) <= 400


@pytest.mark.parametrize("lesson", EVERY, ids=list(LESSONS))
def test_bold_in_japanese_is_seen_as_bold(lesson: Lesson) -> None:
    """Markdown does not end bold between a sign, as % is, and a letter."""
    for text in texts(lesson, "ja").values():
        said = text.format(**filled(lesson, "ja"))
        ends = [m.end() for m in re.finditer(r"\*\*", said)][1::2]
        assert [
            said[e - 4 : e + 2] for e in ends if not _closes(said[e - 3], said[e : e + 1])
        ] == []
        starts = [m.start() for m in re.finditer(r"\*\*", said)][::2]
        assert [said[s : s + 5] for s in starts if not _closes(said[s + 2], said[s - 1 : s])] == []


def _closes(inside: str, outside: str) -> bool:
    return inside.isalnum() or not outside or not outside.isalnum()


# -- pictures and settings ----------------------------------------------------------------


@pytest.mark.parametrize("lesson", EVERY, ids=list(LESSONS))
def test_every_picture_is_drawn_wherever_the_sliders_stand(lesson: Lesson) -> None:
    lowest = {setting.name: setting.low for setting in lesson.settings}
    highest = {setting.name: setting.high for setting in lesson.settings}
    mixed = [
        {one.name: one.high if place % 2 else one.low for place, one in enumerate(lesson.settings)},
        {one.name: one.low if place % 2 else one.high for place, one in enumerate(lesson.settings)},
    ]
    for values in (lesson.defaults, lowest, highest, *mixed):
        for seed in (0, 1, 2) if lesson.chance else (0,):
            outcome = lesson.outcome(values, seed)
            for language in LANGUAGES:
                fields = words.fields(lesson, values, outcome, language)
                assert "—" not in "".join(fields.values())
                for picture in outcome.pictures:
                    made = words.drawing(lesson, picture, Look(language=language), fields)
                    assert isinstance(made, Drawing)
                    assert made.shown["datasets"]


@pytest.mark.parametrize("lesson", EVERY, ids=list(LESSONS))
def test_settings_are_in_their_bounds(lesson: Lesson) -> None:
    for setting in lesson.settings:
        assert setting.low <= setting.default <= setting.high
        steps = (setting.default - setting.low) / setting.step
        assert steps == pytest.approx(round(steps))
