"""What the charts draw, checked against figures worked out by hand."""

from __future__ import annotations

import re
from decimal import Decimal
from itertools import pairwise

import altair
import pandas
import pytest

from cs_core import charts
from cs_core.charts import Look, export, picked
from cs_core.charts.breakdown import told_apart
from cs_core.charts.limits import MarkedChange
from cs_core.charts.parts import nice_step, spread
from cs_core.domain.proportion import wilson
from cs_core.errors import UsageError
from tests.core.charts import frames

LOOKS = [Look(), Look("dark", "ja"), Look("light", "ja", "USD", projector=True)]

EVERY = {
    "bridge": lambda look: charts.bridge.draw(frames.bridge_row(), look),
    "movements": lambda look: charts.movements.draw(
        pandas.DataFrame([frames.OCTOBER, frames.NOVEMBER]), look, partial="2026-11"
    ),
    "heatmap": lambda look: charts.retention_heatmap.draw(frames.COHORTS, look),
    "net": lambda look: charts.retention_heatmap.draw(
        frames.COHORTS, look, measure="net_mrr", show="amount", view="churn"
    ),
    "few": lambda look: charts.retention_heatmap.draw(
        frames.COHORTS[frames.COHORTS["cohort"] == "2026-09"], look
    ),
    "curves": lambda look: charts.retention_curves.draw(frames.COHORTS, look, oldest=6),
    "survival": lambda look: charts.survival_curves.draw(frames.plans(7), look, by="plan"),
    "one_curve": lambda look: charts.survival_curves.draw(frames.plans(1), look, unit="day"),
    "hazard": lambda look: charts.hazard.draw(frames.HAZARD, look),
    "history": lambda look: charts.retention_history.draw(frames.RETENTION, look),
    "renewal_rate": lambda look: charts.renewal_rate.draw(frames.RENEWALS, look),
    "calendar": lambda look: charts.renewal_calendar.draw(frames.RENEWALS, look),
    "lesson_lines": lambda look: charts.lesson_lines.draw(
        pandas.DataFrame(
            {
                "line": ["a", "a", "b", "b"],
                "name": ["One", "One", "Two", "Two"],
                "at": [0, 1, 0, 1],
                "value": [1.0, 0.9, 1.0, None],
            }
        ),
        look,
    ),
    "lesson_bars": lambda look: charts.lesson_bars.draw(
        pandas.DataFrame({"name": ["One", "Two"], "value": [0.0, 0.3], "true": [True, False]}), look
    ),
    "guess_dots": lambda look: charts.guess_dots.draw(
        pandas.DataFrame({"value": [0.6, 0.46, 0.6, 0.05]}), look, truth=0.4596
    ),
    "estimate_truth": lambda look: charts.estimate_truth.draw(
        pandas.DataFrame(
            {
                "at": [0, 1, 2],
                "value": [1.0, 0.9, None],
                "low": [None, 0.8, None],
                "high": [None, 0.95, None],
                "true": [1.0, 0.92, 0.85],
            }
        ),
        look,
        others=[[1.0, 0.88, 0.8]],
    ),
    "limits": lambda look: charts.rate_with_limits.draw(
        frames.LIMITS, look, changes=[MarkedChange("2026-08", 0.01)], forecast=frames.FORECAST
    ),
}


@pytest.fixture(params=EVERY)
def draw(request):
    return EVERY[request.param]


@pytest.mark.parametrize("look", LOOKS, ids=["en-light", "ja-dark", "projector"])
def test_every_chart_is_valid_and_has_a_picture(draw, look):
    drawing = draw(look)
    altair.Chart.from_dict(drawing.standalone())  # validates against the Vega-Lite schema
    svg = export.svg(drawing, width=350).decode()
    assert "NaN" not in svg
    assert "undefined" not in svg
    assert svg.count("<path") > 3, "marks were drawn"


def test_more_lost_than_chance_is_marked_as_bad_and_fewer_as_good():
    marks = {"above": frames.LIMITS.copy(), "below": frames.LIMITS.copy()}
    for side, frame in marks.items():
        row = frame.index[1]
        frame["outside"] = False
        frame.loc[row, "outside"] = True
        frame.loc[row, "rate"] = frame.loc[row, "centre"] * (4 if side == "above" else 0.01)
    look = Look()
    pictures = {
        side: export.svg(charts.rate_with_limits.draw(frame, look)).decode().lower()
        for side, frame in marks.items()
    }
    good, bad = look.color("good").lower(), look.color("bad").lower()
    assert bad in pictures["above"]
    assert good not in pictures["above"]
    assert good in pictures["below"]
    assert bad not in pictures["below"]


def test_specifications_are_made_once_and_carry_no_data(draw):
    first, second = draw(Look()), draw(Look())
    assert first.spec is second.spec
    assert "data" not in first.spec
    assert draw(Look("dark")).spec is not first.spec


def test_no_field_makes_the_browser_load_an_address(draw):
    """Vega's tooltip loads what a field named `image` holds; marks named image or href do too."""
    drawing = draw(Look())
    assert not {"image", "url", "href", "src"} & set(drawing.frame.columns)
    text = str(drawing.spec)
    assert "'href'" not in text
    assert "'image'" not in text
    assert re.findall(r"https?://[^'\"]+", text) == [
        "https://vega.github.io/schema/vega-lite/v6.json"
    ]


def test_picks_name_columns_of_the_frame(draw):
    drawing = draw(Look())
    params = drawing.spec.get("params", [])
    assert tuple(params[0]["select"]["fields"] if params else ()) == drawing.fields
    assert set(drawing.fields) <= set(drawing.frame.columns)


def test_called_plainly_a_chart_is_altairs():
    chart = charts.bridge(frames.bridge_row())
    assert isinstance(chart, altair.TopLevelMixin)
    assert "+¥443k" in chart.to_json()


def test_an_empty_frame_still_draws():
    nothing = frames.COHORTS.iloc[:0]
    assert export.png(charts.retention_heatmap.draw(nothing)).startswith(b"\x89PNG")
    assert export.png(charts.movements.draw(pandas.DataFrame([frames.OCTOBER]).iloc[:0]))
    assert export.png(charts.survival_curves.draw(frames.plans(1).iloc[:0], by="plan"))


# -- bridge and movements ------------------------------------------------------------------


def test_the_bridge_walks_from_opening_to_closing():
    drawing = charts.bridge.draw(frames.bridge_row())
    steps = drawing.frame.set_index("movement")
    assert list(steps.index) == [
        *("opening", "new", "reactivation", "expansion", "contraction", "churn", "closing"),
    ]
    assert steps.loc["new", "end"] == 21_213_800
    assert steps.loc["expansion", "end"] == 21_498_800
    assert steps.loc["churn", "end"] == steps.loc["closing", "end"] == 21_163_400
    assert steps.loc["churn", "label"] == "−¥210k"
    assert steps.loc["new", "following"] == "reactivation"


def test_the_bridges_axis_starts_at_a_round_number_below_everything():
    drawing = charts.bridge.draw(frames.bridge_row())
    assert drawing.facts["axis_start"] == 20_600_000
    small = frames.bridge_row(opening_mrr=Decimal(0), closing_mrr=Decimal(392_600))
    assert charts.bridge.draw(small).facts["axis_start"] == 0


def test_exchange_rates_and_transfers_are_steps_only_when_they_happened():
    row = frames.bridge_row(
        fx_mrr=Decimal(-90_000),
        transferred_in_mrr=Decimal(0),
        transferred_out_mrr=Decimal(60_000),
        closing_mrr=Decimal(21_013_400),
    )
    steps = charts.bridge.draw(row).frame.set_index("movement")
    assert list(steps.index)[-4:] == ["churn", "transferred_out", "fx", "closing"]
    assert steps.loc["fx", "end"] == 21_013_400


def test_a_bridge_is_of_one_row():
    with pytest.raises(UsageError, match="2 rows"):
        charts.bridge.draw(pandas.DataFrame([frames.OCTOBER, frames.NOVEMBER]))


def test_movements_put_losses_below_zero_and_leave_the_partial_net_out():
    drawing = EVERY["movements"](Look())
    rows = drawing.frame.set_index(["period", "movement"])
    assert rows.loc[("2026-10", "churn"), "value"] == -210_500
    assert rows.loc[("2026-10", "net"), "value"] == 392_600
    assert rows.loc[("2026-11", "new"), "partial"]
    net = [layer for layer in drawing.spec["layer"] if layer["mark"].get("shape") == "diamond"]
    assert net[0]["transform"] == [{"filter": "datum.movement === 'net' && !datum.partial"}]
    # The word "partial" stands above the highest stack: 443 + 197 + 88 thousand.
    assert rows.loc[("2026-11", "net"), "value"] == 728_000


# -- heatmap -------------------------------------------------------------------------------


def cells(drawing):
    return drawing.frame.set_index(["cohort", "age"])


def chained():
    """Four cohorts of 20; the oldest keeps all of the ten it has left, as only loyal ones are left;
    the others were never seen so old."""
    kept = {"2026-01": [20, 10, 10, 10], "2026-02": [20, 15, 12], "2026-03": [20, 15, 12]}
    kept["2026-04"] = [20, 20]
    rows = [
        frames.COHORTS.iloc[0].to_dict()
        | {"cohort": cohort, "age": age, "cohort_customers": 20, "active_customers": left}
        | {"customer_retention": left / 20, "partial": False}
        for cohort, by_age in kept.items()
        for age, left in enumerate(by_age)
    ]
    return pandas.DataFrame(rows)


def test_the_mean_is_chained_and_ends_with_the_cohorts():
    rows = cells(charts.retention_heatmap.draw(chained()))
    # Age 1: 60 of 80. Age 2: of the 40 that three cohorts had left 34 stayed. Age 3: one cohort.
    assert rows.loc[("!mean", 1), "text"] == "75%"
    assert rows.loc[("!mean", 2), "shade"] == pytest.approx(0.75 * 34 / 40)
    assert ("!mean", 3) not in rows.index


def test_the_mean_of_few_cohorts_ends_at_once_and_partial_cells_are_marked():
    rows = cells(charts.retention_heatmap.draw(frames.COHORTS))
    assert rows.loc[("!mean", 0), "text"] == "100%"
    assert ("!mean", 1) not in rows.index
    assert rows.loc[("2026-08", 2), "part"] == "partial"
    assert rows.loc[("!mean", -1), "text"] == "58"


def test_small_cohorts_are_faded_and_unobserved_cells_absent():
    drawing = charts.retention_heatmap.draw(frames.COHORTS)
    rows = cells(drawing)
    assert rows.loc[("2026-09", 1), "faded"]
    assert rows.loc[("2026-09", -1), "warn"]
    assert not rows.loc[("2026-08", 1), "faded"]
    assert ("2026-10", 1) not in rows.index
    assert drawing.facts == {"customers": 58.0, "cohorts": 3.0, "faded": 1.0}


def test_amount_and_churn_views():
    amount = cells(charts.retention_heatmap.draw(frames.COHORTS, measure="net_mrr", show="amount"))
    assert amount.loc[("2026-08", 1), "text"] == "15k"
    assert amount.loc[("2026-08", 1), "amount_text"] == "¥15,000"
    churn = cells(charts.retention_heatmap.draw(frames.COHORTS, view="churn"))
    assert churn.loc[("2026-08", 1), "text"] == "25%"
    assert churn.loc[("2026-08", 1), "of_text"] == "5 of 20"
    assert churn.loc[("2026-08", 1), "shade"] == 0.75, "the colour keeps meaning retention"


def test_below_ten_customers_counts_replace_rates():
    rows = cells(EVERY["few"](Look()))
    assert rows.loc[("2026-09", 1), "text"] == "5/8"
    assert not any(cohort.startswith("!") for cohort, _ in rows.index)


def texts(drawing, width):
    svg = export.svg(drawing, width=width).decode()
    return re.findall(r"<text[^>]*>([^<]+)</text>", svg)


def test_a_phone_shows_only_some_ages():
    wide_frame = pandas.DataFrame(frames.cohort("2025-01", 20, [20] * 14))
    drawing = charts.retention_heatmap.draw(wide_frame)
    assert {"4", "5", "7", "13"} <= set(texts(drawing, 1000))
    narrow = texts(drawing, 350)
    ages = [text for text in narrow if text.isdigit() and text != "20"]
    assert ages == ["0", "1", "2", "3", "6", "9", "12"]


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("measure", ["customers", "net_mrr"])
@pytest.mark.parametrize("customers", [100, 11], ids=["full", "faded"])
def test_cell_text_can_be_read_on_every_colour(theme, measure, customers):
    """Black or white on the fill as it is seen: at least 4.5:1 (WCAG)."""
    shades = [step / 20 for step in range(30)]
    table = []
    for label in ("2025-01", "2025-02", "2025-03"):
        row = frames.cohort(label, customers, [customers] * 31)
        for cell, shade in zip(row[1:], shades, strict=False):
            cell["customer_retention"] = cell["net_mrr_retention"] = shade
        table += row
    look = Look(theme)
    drawing = charts.retention_heatmap.draw(pandas.DataFrame(table), look, measure=measure)
    svg = export.svg(drawing, width=2000).decode()
    marks = re.findall(r'<path aria-label[^>]*aria-roledescription="rect mark"[^>]*>', svg)
    fills = [re.findall(r'fill="(rgb[^"]+)"(?: fill-opacity="([^"]+)")?', mark) for mark in marks]
    fills = [found[0] for found in fills if found]
    labels = re.findall(r'fill="(#\w+)"[^>]*>\d+%<', svg)
    labels = [color for color in labels if color.upper() in ("#000000", "#FFFFFF")]
    assert len(fills) == len(labels) > 40
    assert any(opacity == "0.42" for _, opacity in fills) == (customers == 11)
    for (fill, opacity), label in zip(fills, labels, strict=True):
        seen = mixed(channels(fill), channels(look.color("ground")), float(opacity or 1))
        assert contrast(seen, channels(label)) >= 4.5, (fill, opacity, label)


def channels(color):
    if color.startswith("#"):
        return [int(color[at : at + 2], 16) for at in (1, 3, 5)]
    return [float(number) for number in re.findall(r"[\d.]+", color)]


def mixed(over, under, opacity):
    return [opacity * a + (1 - opacity) * b for a, b in zip(over, under, strict=True)]


def contrast(one, other):
    def luminance(color):
        linear = [
            c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4
            for c in (channel / 255 for channel in color)
        ]
        return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]

    high, low = sorted((luminance(one), luminance(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


def test_a_click_says_cell_row_or_column():
    assert picked({"pick": [{"cohort": "2026-08", "age": 2}]}) == {"cohort": "2026-08", "age": 2}
    assert picked({"pick": [{"cohort": "2026-08", "age": -1}]}) == {"cohort": "2026-08"}
    assert picked({"pick": [{"cohort": "!mean", "age": 2}]}) == {"age": 2}
    assert picked({"pick": [{"cohort": "!mean", "age": -1}]}) is None
    assert picked({"pick": []}) is None
    assert picked({}) is None


def test_curves_give_the_mean_by_age():
    drawing = charts.retention_curves.draw(frames.COHORTS, oldest=6)
    assert "mean_1" not in drawing.facts
    assert charts.retention_curves.draw(chained()).facts["mean_2"] == pytest.approx(0.6375)
    assert drawing.facts["customers"] == 58
    assert not ((drawing.frame["cohort"] == "2026-08") & (drawing.frame["age"] == 2)).any()


# -- survival ------------------------------------------------------------------------------


def test_customers_observed_stand_under_each_tick():
    drawing = charts.survival_curves.draw(frames.plans(2), by="plan")
    observed = drawing.frame[drawing.frame["part"] == "observed"]
    # B began with 20, lost 2 in month 3, the rest were last seen in month 12.
    rows = observed[observed["slot"] == "segment_0"].set_index("tenure")["text"]
    assert rows[0] == "20"
    assert rows[4] == "18"
    assert rows[12] == "18"


def test_five_segments_have_names_and_the_rest_are_other():
    drawing = charts.survival_curves.draw(frames.plans(7), by="plan")
    named = drawing.frame[drawing.frame["part"] == "label"]
    assert list(named["name"]) == ["G", "F", "E", "D", "C"], "the largest first"
    other = drawing.frame[(drawing.frame["slot"] == "other")]
    assert set(other.loc[other["part"] == "curve", "name"]) == {"A", "B"}
    start = other[(other["part"] == "observed") & (other["tenure"] == 0)]
    assert list(start["text"]) == ["30"]


def test_labels_of_equal_curves_do_not_lie_on_each_other():
    drawing = charts.survival_curves.draw(frames.plans(5), by="plan")
    heights = sorted(drawing.frame.loc[drawing.frame["part"] == "label", "survival"])
    assert min(b - a for a, b in pairwise(heights)) > 0.06
    assert heights[-1] <= 1


def test_names_stand_at_the_right_edge_also_where_a_curve_ends_earlier():
    plans = frames.plans(2)
    shorter = plans[(plans["plan"] != "A") | (plans["tenure"] < plans["tenure"].max())]
    marks = charts.survival_curves.draw(shorter, by="plan").frame
    for part in ("end", "label"):
        assert set(marks.loc[marks["part"] == part, "tenure"]) == {float(plans["tenure"].max())}


def test_segment_names_are_shown_plain():
    frame = frames.plans(1).assign(plan="a\u202eb\n<script>")
    drawing = charts.survival_curves.draw(frame, by="plan")
    assert set(drawing.frame["name"].dropna()) == {"ab <script>"}
    svg = export.svg(drawing).decode()
    assert "<script" not in svg
    assert "&lt;script" in svg


def test_the_hazard_stops_at_the_last_month_asked_for():
    assert list(charts.hazard.draw(frames.HAZARD).frame["tenure"]) == [0, 1]


# -- rates ---------------------------------------------------------------------------------


def test_the_last_points_carry_their_names():
    drawing = charts.retention_history.draw(frames.RETENTION)
    labels = drawing.frame[drawing.frame["part"] == "label"]
    assert list(labels["text"]) == ["GRR 84%", "NRR 92%"]


def test_where_nobody_left_nrr_and_grr_are_flat_and_named_apart():
    kept = frames.RETENTION.assign(nrr=1.0, grr=1.0)
    drawing = charts.retention_history.draw(kept)
    labels = drawing.frame[drawing.frame["part"] == "label"].set_index("text")["value"]
    assert labels["NRR 100%"] > labels["GRR 100%"] == 1.0
    ticks = [float(tick) for tick in re.findall(r">([\d.]+)%<", export.svg(drawing).decode())]
    assert min(ticks) <= 96
    assert max(ticks) >= 104


def test_wilson_intervals_equal_the_published_ones():
    """Newcombe 1998, table I, method 3."""
    assert wilson(81, 263) == pytest.approx((0.2553, 0.3662), abs=5e-5)
    assert wilson(15, 148) == pytest.approx((0.0624, 0.1605), abs=5e-5)
    assert wilson(0, 20) == pytest.approx((0.0, 0.1611), abs=5e-5)
    assert wilson(1, 29) == pytest.approx((0.0061, 0.1718), abs=5e-5)
    assert wilson(3, 0) == (None, None)


def test_renewals_have_whiskers_and_few_terms_are_hollow():
    frame = charts.renewal_rate.draw(frames.RENEWALS).frame
    assert frame["low"].iloc[0] == pytest.approx(0.2553, abs=5e-5)
    assert list(frame["small"]) == [False, True]
    partial = frames.RENEWALS.assign(renewal_rate=[0.308, None])
    assert charts.renewal_rate.draw(partial).frame["low"].isna().to_list() == [False, True]


def test_the_calendar_splits_what_was_renewed_from_what_was_not():
    coming = frames.RENEWALS.assign(renewed_mrr=[Decimal(81_000), None])
    frame = charts.renewal_calendar.draw(coming).frame
    assert list(zip(frame["part"], frame["value"], strict=True)) == [
        ("renewed", 81_000),
        ("not_renewed", 182_000),
        ("upcoming", 10_000),
    ]


def test_the_forecast_starts_at_the_last_observed_point():
    frame = EVERY["limits"](Look()).frame
    first = frame[frame["part"] == "forecast"].iloc[0]
    assert first["period"] == "2026-09", "October is partial: it has no rate"
    assert first["forecast"] == first["low95"] == 0.02
    change = frame[frame["part"] == "change"].iloc[0]
    assert change["text"] == "Change point\nAug 2026 (p 0.01)"


# -- parts ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("positions", "expected"),
    [
        ([0.5, 0.9], [0.5, 0.9]),
        ([0.5, 0.5], [0.5, 0.6]),
        ([1.0, 0.98], [1.0, 0.9]),
        ([0.2, 1.0, 0.99], [0.2, 1.0, 0.9]),
        ([], []),
    ],
)
def test_labels_are_spread(positions, expected):
    assert spread(positions, 0.1, 0.0, 1.0) == pytest.approx(expected)


@pytest.mark.parametrize(("extent", "step"), [(1_000_000, 200_000), (7, 2), (0.3, 0.1), (0, 1)])
def test_tick_distances_are_round(extent, step):
    assert nice_step(extent) == pytest.approx(step)


def test_long_names_that_begin_alike_are_cut_in_the_middle():
    alike = {"0": "Industry group number 01", "1": "Industry group number 02", "2": "Retail"}
    assert told_apart(alike) == {"0": "Industr…ber 01", "1": "Industr…ber 02", "2": "Retail"}
    alone = {"0": "Industry group number 01", "1": "Retail"}
    assert told_apart(alone) == alone
    assert set(
        told_apart({"0": "株式会社東日本営業本部一課", "1": "株式会社東日本営業本部二課"}).values()
    ) == {
        "株式会社…本部一課",
        "株式会社…本部二課",
    }
