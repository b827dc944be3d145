"""Numbers as screens write them, in both languages, and the same rules on Vega's axes."""

from __future__ import annotations

import re
from datetime import date
from decimal import Decimal

import pytest
import vl_convert

from cs_core.text import catalogue, numbers, ticks


@pytest.mark.parametrize(
    ("value", "english", "japanese"),
    [
        (443_000, "¥443k", "44.3万円"),
        (21_160_000, "¥21.16M", "2,116万円"),
        (120_000_000, "¥120.00M", "1.20億円"),
        (62_000, "¥62k", "6.2万円"),
        (9_800, "¥9,800", "9,800円"),
        (431, "¥431", "431円"),
        (0, "¥0", "0円"),
        (-12_000, "−¥12k", "−1.2万円"),
        (Decimal("842000.4"), "¥842k", "84.2万円"),
        (950_000, "¥950k", "95.0万円"),
        (1_600_000, "¥1.60M", "160万円"),
        (3_000_000_000_000, "¥3.00T", "3.00兆円"),
        (None, "—", "—"),
        (float("nan"), "—", "—"),
        (Decimal("NaN"), "—", "—"),
    ],
)
def test_short_money(value, english, japanese):
    assert numbers.money(value, "JPY", "en") == english
    assert numbers.money(value, "JPY", "ja") == japanese


@pytest.mark.parametrize(
    ("value", "english", "japanese"),
    [
        (999_600, "¥1.00M", "100万円"),
        (999_999_999, "¥1.00B", "10.00億円"),
        (9_999.6, "¥10k", "1.0万円"),
        (999.7, "¥1,000", "1,000円"),
        (99_999_999, "¥100.00M", "1.00億円"),
    ],
)
def test_what_rounds_up_to_the_next_unit_is_written_in_it(value, english, japanese):
    assert numbers.money(value, "JPY", "en") == english
    assert numbers.money(value, "JPY", "ja") == japanese


def test_other_currencies_have_their_symbol_and_minor_units():
    assert numbers.money(Decimal("49.9"), "USD", "en") == "$49.90"
    assert numbers.money(Decimal("49.9"), "USD", "ja") == "49.90ドル"
    assert numbers.money(443_000, "CHF", "en") == "CHF 443k"
    assert numbers.money(443_000, "CHF", "ja") == "44.3万 CHF"
    assert numbers.money(-5_000_000, "EUR", "en") == "−€5.00M"
    assert numbers.amount(Decimal("84000"), "JPY") == "84,000"
    assert numbers.amount(Decimal("84000"), "USD") == "84,000.00"
    assert numbers.amount(Decimal("1.2345"), "KWD") == "1.234"
    assert numbers.exact_money(Decimal("-84000"), "JPY", "ja") == "−84,000円"
    assert numbers.currency_mark("JPY", "ja") == "円"


def test_money_rounds_half_to_even():
    assert numbers.amount(Decimal("0.5"), "JPY") == "0"
    assert numbers.amount(Decimal("1.5"), "JPY") == "2"
    assert numbers.amount(Decimal("-0.4"), "JPY") == "0", "no minus before a shown zero"


def test_signs():
    assert numbers.money(393_000, "JPY", "en", signed=True) == "+¥393k"
    assert numbers.money(-12_000, "JPY", "en", signed=True, minus="-") == "-¥12k"
    assert numbers.money(0, "JPY", "en", signed=True) == "¥0"
    assert numbers.points(0.012) == "+1.2 pt"
    assert numbers.points(-0.003, minus="-") == "-0.3 pt"
    assert numbers.points(0.0) == "+0.0 pt"
    assert numbers.points(-0.0004) == "+0.0 pt"
    assert numbers.rate(0.047) == "4.7%"
    assert numbers.rate(-0.012) == "−1.2%"
    assert numbers.rate(0.9349, 0) == "93%"
    assert numbers.count(1344, "ja", accounts=True) == "1,344社"
    assert numbers.count(344, "en", accounts=True) == "344"
    assert numbers.count(4, signed=True) == "+4"


def test_periods_lengths_and_dates():
    assert numbers.period("2026-10", "en") == "Oct 2026"
    assert numbers.period("2026-10", "ja") == "2026年10月"
    assert numbers.period("2024-Q1", "en") == "Q1 2024"
    assert numbers.period("2024-Q1", "ja") == "2024年第1四半期"
    assert numbers.period("2024-W05", "en") == "Week 5, 2024"
    assert numbers.period("2024", "ja") == "2024年"
    assert numbers.period("2024-13", "en") == "2024-13", "not a period label: left alone"
    assert numbers.short_period("2025-06", "ja") == "25年6月"
    assert numbers.months(1, "en") == "1 month"
    assert numbers.months(5, "en") == "5 months"
    assert numbers.months(5, "ja") == "5か月"
    assert numbers.day(date(2026, 11, 12), "en") == "12 Nov 2026"
    assert numbers.day(date(2026, 11, 12), "ja") == "2026年11月12日"


def evaluate(expression: str, values: list[object]) -> list[str]:
    """What Vega makes of a label expression, for each value."""
    spec = {
        "width": 600,
        "data": {"values": [{"value": value, "row": row} for row, value in enumerate(values)]},
        "transform": [{"calculate": expression, "as": "label"}],
        "mark": "text",
        "encoding": {
            "y": {"field": "row", "type": "ordinal", "axis": None},
            "text": {"field": "label", "type": "nominal"},
        },
    }
    svg = vl_convert.vegalite_to_svg(spec)
    assert "undefined" not in svg
    return re.findall(r"<text[^>]*>([^<]*)</text>", svg)


def test_money_ticks():
    values = [-1_500_000, 0, 500, 500_000, 20_600_000, 21_000_000, 120_000_000]
    assert evaluate(ticks.money("JPY", "en"), values) == [
        *("−1.5M", "0", "500", "500k", "20.6M", "21M", "120M"),
    ]
    assert evaluate(ticks.money("JPY", "ja"), values) == [
        *("−150万円", "0", "500円", "50万円", "2,060万円", "2,100万円", "1.2億円"),
    ]


def test_rate_ticks_have_the_digits_they_need():
    assert evaluate(ticks.rate(), [0.75, 0.025, 0.0295, 0, -0.1, 1.4]) == [
        *("75%", "2.5%", "2.95%", "0%", "−10%", "140%"),
    ]


@pytest.mark.parametrize("language", ["en", "ja"])
def test_row_labels_are_the_same_in_python_and_on_the_axis(language):
    labels = ["2025-06", "2026-12", "2024-Q3", "2024-W05", "2024"]
    expected = [numbers.short_period(label, language) for label in labels]
    assert evaluate(ticks.short_periods(language), labels) == expected


def axis_labels(periods: list[str], language: str, width: int = 600) -> list[str]:
    spec = {
        "width": width,
        "data": {"values": [{"period": period} for period in periods]},
        "mark": "point",
        "encoding": {
            "x": {
                "field": "period",
                "type": "ordinal",
                "axis": {
                    "labelExpr": ticks.periods(language),
                    "labelOverlap": False,
                    "title": None,
                },
            }
        },
    }
    svg = vl_convert.vegalite_to_svg(spec)
    return re.findall(r"<(?:text|tspan)[^>]*>([^<]+)</", svg)


def test_every_third_month_is_labelled_and_the_year_under_january():
    months = [f"2025-{n:02}" for n in range(6, 13)] + [f"2026-{n:02}" for n in range(1, 12)]
    assert axis_labels(months, "en") == ["Jul", "Oct", "Jan", "2026", "Apr", "Jul", "Oct"]
    assert axis_labels(months, "ja") == ["7月", "10月", "1月", "2026年", "4月", "7月", "10月"]
    assert axis_labels(months[:3], "en") == ["Jun", "2025", "Jul", "Aug"]
    assert axis_labels(["2024-Q1", "2024-Q2"], "en") == ["Q1", "2024", "Q2"]
    assert axis_labels(["2023", "2024"], "en") == ["2023", "2024"]


def test_weeks_are_named_apart_and_the_year_stands_under_the_first_named():
    weeks = [f"2025-W{n:02}" for n in range(10, 38)]
    named = ["W13", "2025", "W17", "W21", "W25", "W29", "W33", "W37"]
    assert axis_labels(weeks, "en") == named
    assert axis_labels(weeks, "ja") == [label.replace("2025", "2025年") for label in named]
    over_new_year = [f"2024-W{n:02}" for n in range(48, 53)] + [
        f"2025-W{n:02}" for n in range(1, 9)
    ]
    assert axis_labels(over_new_year, "en") == ["W49", "2024", "W1", "2025", "W5"]
    three_years = [f"{year}-W{n:02}" for year in (2023, 2024, 2025) for n in range(1, 53)]
    assert axis_labels(three_years, "en") == ["W1", "2023", "W1", "2024", "W1", "2025"]


def test_years_keep_apart_where_there_is_no_room_for_all():
    months = [f"{year}-{n:02}" for year in range(2016, 2026) for n in range(1, 13)]
    years = [str(year) for year in range(2016, 2026)]
    assert axis_labels(months, "en", 700)[1::2] == years
    assert axis_labels(months, "en", 300)[1::2] == years[::2]
    assert axis_labels(years, "en", 700) == years
    assert axis_labels(years, "en", 300) == years[::2]


def test_both_languages_have_the_same_keys():
    assert catalogue("en").keys() == catalogue("ja").keys()


def test_units_of_a_table() -> None:
    assert numbers.table_unit(9_999_999, "JPY", "en") == (1, "¥")
    assert numbers.table_unit(10_000_000, "JPY", "en") == (1_000, "¥k")
    assert numbers.table_unit(Decimal(957_077_718), "JPY", "ja") == (10_000, "万円")
    assert numbers.table_unit(-2e7, "USD", "ja") == (10_000, "万ドル")
    assert numbers.table_unit(None, "USD", "en") == (1, "$")
