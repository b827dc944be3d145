"""Every line of the data-quality report: a file that triggers it, with count, MRR, rows and what
is done. `error` rows are set aside, `warning` rows are used and to be checked."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from cs_core import datasets
from cs_core.text import catalogue

SUBS = "account_id,subscription_id,start_date,end_date,mrr,currency\n"
AHEAD = (date.today() + timedelta(days=400)).isoformat()  # noqa: DTZ011 - local days
ENDS = "".join(
    f"{n},s{n},2024-0{n}-01,2025-0{n}-{28 if n == 2 else 30 + n % 2 * 1},5,JPY\n"
    for n in (1, 2, 3, 4, 5)
)
CLIFF = "".join(f"A{n},s{n},2023-01-01,2024-06-30,10,JPY\n" for n in range(6))

# code: (files, severity, count, MRR affected, lines)
CASES: dict[str, tuple[dict[str, str], str, int, str, list[int]]] = {
    "missing_value": ({"s.csv": SUBS + ",s,2024-01-01,,5,JPY\nB,t,2024-01-01,,1,JPY\n"},
                      "error", 1, "5", [2]),
    "unparsable": ({"s.csv": SUBS + "A,s,2024-01-01,,oops,JPY\nB,t,2024-01-01,,1,JPY\n"},
                   "error", 1, "0", [2]),
    "date_out_of_range": (
        {"s.csv": "account_id,start_date,amount,interval,quantity\nA,1800-01-01,120,year,3\n"
                  "B,2024-01-01,1,month,1\n"},
        "error", 1, "30", [2]),
    "end_before_start": (
        {"s.csv": SUBS + "A,s,2024-02-01,2024-01-01,5,JPY\nB,t,2024-01-01,,1,JPY\n"},
        "error", 1, "5", [2]),
    "zero_length": ({"s.csv": SUBS + "A,s,2024-02-01,2024-02-01,5,JPY\nB,t,2024-01-01,,1,JPY\n"},
                    "warning", 1, "5", [2]),
    "duplicate": ({"s.csv": SUBS + "A,s,2024-01-01,,5,JPY\n" * 3}, "error", 2, "10", [3, 4]),
    "same_subscription_twice": (
        {"s.csv": SUBS + "A,s,2024-01-01,,5,JPY\nA,s,2024-01-01,,7,JPY\n"}, "warning", 1, "7", [3]),
    "overlap": ({"s.csv": SUBS + "A,s,2024-01-01,2024-06-01,5,JPY\nA,s,2024-03-01,,7,JPY\n"},
                "warning", 1, "7", [3]),
    "negative_amount": ({"s.csv": SUBS + "A,s,2024-01-01,,-5,JPY\nB,t,2024-01-01,,1,JPY\n"},
                        "error", 1, "5", [2]),
    "zero_amount": ({"s.csv": SUBS + "A,s,2024-01-01,,0,JPY\nB,t,2024-01-01,,1,JPY\n"},
                    "warning", 1, "0", [2]),
    "currencies_without_rates": (
        {"s.csv": SUBS + "A,s,2024-01-01,,5,JPY\nB,t,2024-01-01,,5,JPY\nC,u,2024-01-01,,9,USD\n"},
        "warning", 1, "9", [4]),
    "tax_inclusive": ({"s.csv": "顧客ID,契約開始日,月額（税込）\n1,2024-04-01,1100\n"},
                      "warning", 1, "1100", [2]),
    "future_start": ({"s.csv": SUBS + f"A,s,{AHEAD},,5,JPY\nB,t,2024-01-01,,1,JPY\n"},
                     "warning", 1, "5", [2]),
    "export_cliff": ({"s.csv": SUBS + CLIFF}, "warning", 6, "60", [2, 3, 4, 5, 6]),
    "one_day_gaps": ({"s.csv": SUBS + "A,s,2024-01-01,2024-01-31,5,JPY\nA,s,2024-02-01,,7,JPY\n"},
                     "warning", 1, "7", [3]),
    "month_end_dates": ({"s.csv": SUBS + ENDS}, "warning", 5, "25", [2, 3, 4, 5, 6]),
    "accounts_without_subscriptions": (
        {"s.csv": SUBS + "A,s,2024-01-01,,5,JPY\n", "a.csv": "account_id,name\nA,x\nZ,z\n"},
        "warning", 1, "0", [3]),
    "subscriptions_without_account": (
        {"s.csv": SUBS + "A,s,2024-01-01,,5,JPY\nB,t,2024-01-01,,6,JPY\n",
         "a.csv": "account_id,name\nA,x\n"}, "warning", 1, "6", [3]),
    "usage_outside_subscription": (
        {"s.csv": SUBS + "A,s,2024-01-01,2024-03-01,5,JPY\n",
         "u.csv": "account_id,date,metric,value\nA,2023-12-01,logins,1\nA,2024-02-01,logins,1\n"},
        "warning", 1, "0", [2]),
    "there_before_the_data": (
        {"m.csv": "customer,2024-01,2024-02,2024-03\nA,5,5,5\nB,,7,7\nC,6,,\n"},
        "note", 2, "11", [2, 4]),
    "total_row": ({"s.csv": SUBS + "A,s,2024-01-01,,5,JPY\nTotal,,,,5,\n"}, "error", 1, "0", [3]),
}  # fmt: skip


def problems(tmp_path: Path, files: dict[str, str]) -> dict[str, Any]:
    for name, text in files.items():
        (tmp_path / name).write_text(text, "utf-8")
    found = datasets.check([tmp_path / name for name in files])
    for item in found["files"]:
        assert item["rows_read"] == item["rows_accepted"] + item["rows_set_aside"]
    return {problem["code"]: problem for problem in found["problems"]}


@pytest.mark.parametrize("code", CASES)
def test_a_problem_is_counted_valued_placed_and_treated(tmp_path: Path, code: str):
    files, severity, count, mrr, lines = CASES[code]
    found = problems(tmp_path, files)[code]
    assert (found["severity"], found["count"]) == (severity, count)
    assert found["mrr_affected"] == f"{mrr}.000000"
    assert [example["line"] for example in found["examples"]] == lines
    words = [catalogue(language)[f"problem.{code}"] for language in ("en", "ja")]
    assert words[0] != words[1]


@pytest.mark.parametrize("code", CASES)
def test_a_clean_file_has_none_of_it(tmp_path: Path, code: str):
    rows = "A,s,2024-01-01,2024-03-01,5,JPY\nA,s,2024-03-01,,7,JPY\nB,t,2024-01-05,,7,JPY\n"
    clean = {"s.csv": SUBS + rows, "a.csv": "account_id,name\nA,x\nB,y\n"}
    assert code not in problems(tmp_path, clean)


OPTIONAL = {
    "usage": "account_id,date,metric,value\nA,2024-02-01,x,1\nZ,2024-02-01,x,1\n",
    "nps": "account_id,responded_at,score\nA,2024-02-01,9\nZ,2024-02-01,9\n",
    "tickets": "account_id,opened_at,priority\nA,2024-02-01,high\nZ,2024-02-01,low\n",
}


@pytest.mark.parametrize("table", OPTIONAL)
def test_optional_tables_say_how_many_rows_found_their_account(tmp_path: Path, table: str):
    files = {"s.csv": SUBS + "A,s,2024-01-01,,5,JPY\n", f"{table}.csv": OPTIONAL[table]}
    found = problems(tmp_path, files)
    matched, not_ = found[f"{table}_matched"], found[f"{table}_unmatched"]
    assert (matched["severity"], matched["count"]) == ("note", 1)
    assert (not_["severity"], not_["count"]) == ("warning", 1)
    assert not_["examples"][0] == {
        "file": f"{table}.csv", "line": 3, "column": "account_id", "value": "Z"
    }  # fmt: skip
