"""The simple lifetime value is one figure: as `ltv` gives it and in the headline row, to the last
digit, for everybody, for a segment value, and for those filtered to it."""

from datetime import date

import pytest

from cs_core.datasets import open_dataset
from cs_core.metrics.options import Options

AS_OF = date(2024, 9, 10)


@pytest.fixture
def asked(tmp_path):
    """Opens a company of 210 customers with a cost table of these rows; two of three values of
    its one segment lose customers."""
    opened = []

    def make(costs: str, currencies: tuple[str, ...] = ("JPY",)):
        lines = []
        for n in range(210):
            start = f"2023-{n % 12 + 1:02}-{n % 27 + 1:02}"
            end = f"2024-{n % 8 + 1:02}-{n % 26 + 2:02}" if n % 7 == 0 and n % 3 else ""
            price = 7_777 + 1_001.37 * (n % 13)
            currency = currencies[n % len(currencies)]
            lines.append(f"a{n},{'ABC'[n % 3]},{start},{end},{price:.2f},{currency}")
        (tmp_path / "subscriptions.csv").write_text(
            "\n".join(["account_id,plan,start_date,end_date,mrr,currency", *lines]), "utf-8"
        )
        (tmp_path / "costs.csv").unlink(missing_ok=True)
        if costs:
            (tmp_path / "costs.csv").write_text(
                "month,sales_and_marketing,cost_of_service\n" + costs, "utf-8"
            )
        opened.append(open_dataset(sorted(tmp_path.glob("*.csv"))))
        return opened[-1]

    yield make
    for dataset in opened:
        dataset.close()


def simple(dataset, **options):
    rows = dataset.run("ltv", Options(as_of=AS_OF, **options)).records()
    return {
        (row.get("plan"), row["currency"]): row["value"]
        for row in rows
        if row["method"] == "simple"
    }


def headline(dataset, month="2024-08", **options):
    rows = dataset.run("kpis", Options(as_of=AS_OF, **options)).records()
    label = "month" if options.get("period", "month") == "month" else "period"
    return {(row.get("plan"), row["currency"]): row["ltv"] for row in rows if row[label] == month}


COSTS = "".join(f"2024-{month:02}-01,900000,{500_000 + 9_001 * month}\n" for month in range(1, 9))
LATE = COSTS.splitlines(keepends=True)[:-2]  # the cost of service of July and August is to come


@pytest.mark.parametrize(
    "costs",
    [COSTS, "".join(LATE), COSTS.replace(",5", ",95"), ""],
    ids=["margin", "costs come in late", "serving costs more", "no costs"],
)
def test_simple_value_is_the_headline_row(asked, costs) -> None:
    dataset = asked(costs)
    whole = simple(dataset)
    assert whole == headline(dataset)
    assert None not in whole.values()
    by_plan = simple(dataset, by="plan")
    assert by_plan == headline(dataset, by="plan")
    assert [plan for (plan, _), value in by_plan.items() if value is None] == ["A"]  # nobody left
    for plan in "ABC":
        where = (("plan", plan),)
        assert list(simple(dataset, where=where).values()) == [by_plan[plan, "JPY"]]
        assert list(headline(dataset, where=where).values()) == [by_plan[plan, "JPY"]]


def test_costs_belong_to_no_currency_where_there_are_several(asked) -> None:
    dataset = asked(COSTS, ("JPY", "USD"))
    values = simple(dataset)
    assert len(values) == 2
    assert values == headline(dataset)
    assert values == simple(asked("", ("JPY", "USD")))


def test_a_quarter_is_its_last_month(asked) -> None:
    dataset = asked(COSTS)
    quarter = headline(dataset, "2024-Q2", period="quarter")
    assert quarter == headline(dataset, "2024-06")
    as_of_june = dataset.run("ltv", Options(as_of=date(2024, 6, 30))).records()
    assert list(quarter.values()) == [as_of_june[0]["value"]]


def test_a_negative_margin_is_said(asked) -> None:
    dataset = asked(COSTS.replace(",5", ",95"))
    first = dataset.run("ltv", Options(as_of=AS_OF)).records()[0]
    assert (first["value"], first["note"]) == ("0.000000", "formula_only; no_gross_profit")
