"""`query ltv` and `simulate` as they are typed."""

from __future__ import annotations

import json

import pytest

from cs_core.cli import main
from tests.core.studies.lifetime.conftest import HEADER


@pytest.fixture
def typed(capsys):
    def run(*words: object) -> tuple[int, str, str]:
        status = main([str(word) for word in words])
        said = capsys.readouterr()
        return status, said.out, said.err

    return run


@pytest.fixture
def file(tmp_path):
    rows = [f"A{n},,2024-01-01,,100,month,USD" for n in range(7)]
    rows += [f"L{n},,2024-01-01,2024-0{n}-01,100,month,USD" for n in (3, 4, 5)]
    path = tmp_path / "subscriptions.csv"
    path.write_text(HEADER + "\n".join(rows) + "\n", "utf-8")
    return path


@pytest.fixture
def scenario(tmp_path):
    def write(text: str):
        path = tmp_path / "A.toml"
        path.write_text(text, "utf-8")
        return path

    return write


ASKED = ("--as-of", "2024-06-30", "--format", "json")


def test_ltv_is_a_list_of_records_with_sentences(typed, file) -> None:
    status, out, _ = typed("query", "ltv", file, *ASKED)
    records = json.loads(out)
    assert status == 0
    assert list(records[0]) == [
        "method", "currency", "value", "low", "high", "horizon_months", "note",
    ]  # fmt: skip
    assert records[0]["value"] == "1466.666667"  # 100 / (3 / 44), at a margin of 100 %
    assert records[0]["note"].startswith(
        "The limits are those of the churn rate in the formula alone"
    )
    assert records[0]["note"].endswith(
        "Without costs of service the gross margin is taken as 100 %."
    )
    _, out, _ = typed("query", "ltv", file, *ASKED, "--lang", "ja")
    assert "100%" in json.loads(out)[0]["note"]


def test_ltv_by_segment_in_csv(typed, file) -> None:
    status, out, _ = typed("query", "ltv", file, "--format", "csv", "--by", "plan")
    assert status == 0
    assert out.splitlines()[0] == "method,plan,currency,value,low,high,horizon_months,note"


def test_the_statements_behind_it_can_be_seen(typed, file) -> None:
    status, out, _ = typed("sql", "ltv", file)
    assert status == 0
    assert "customers_now" in out
    assert typed("sql", "kpis", file)[0] == 0


def test_simulate_has_exactly_its_keys(typed, file, scenario) -> None:
    path = scenario('name = "Half"\n[assumptions]\nchurn_mature = 0.01\n')
    words = ("simulate", file, "--assumptions", path, *ASKED, "--draws", 500, "--seed", 3)
    status, out, _ = typed(*words)
    found = json.loads(out)
    assert status == 0
    assert list(found) == ["baseline", "scenario", "p10", "p50", "p90", "tornado"]
    assert float(found["p10"]) <= float(found["p50"]) <= float(found["p90"])
    assert typed(*words)[1] == out  # the same seed, the same draws


def test_nothing_changed_is_the_baseline(typed, file, scenario) -> None:
    _, out, _ = typed("simulate", file, "--assumptions", scenario(""), *ASKED)
    found = json.loads(out)
    assert found["scenario"] == found["baseline"]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("churn = 2\n", ()),
        ("chrun = 0.1\n", ()),
        ("churn = [", ()),
        ("", ("--draws", 5)),
        ("", ("--seed", -1)),
        ("", ("--currency", "EUR")),
    ],
)
def test_wrong_words_are_one_line(typed, file, scenario, text, words) -> None:
    status, out, err = typed("simulate", file, "--assumptions", scenario(text), *words)
    assert status in (1, 2)
    assert out == ""
    assert len(err.splitlines()) == 1
    assert "Traceback" not in err


def test_a_scenario_file_that_is_not_there(typed, file, tmp_path) -> None:
    assert typed("simulate", file, "--assumptions", tmp_path / "none.toml")[0] == 2
    assert typed("simulate", file)[0] == 2
