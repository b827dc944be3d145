"""Files that come one after the other give what one file of all of it would: the newest wins."""

from __future__ import annotations

import csv
from datetime import timedelta
from pathlib import Path

import pytest

from cs_core.datasets import import_files, open_dataset
from cs_core.errors import UsageError
from cs_core.importers import ReadOptions
from cs_core.metrics.options import Options
from cs_core.workspace import Workspace
from tests.core.importers.companies import SHAPES, Company, made

NAMES = {
    "account": "customer_id", "start": "start_date", "end": "end_date", "month": "month",
    "mrr": "mrr", "billed": "invoice_date", "amount": "amount", "interval": "interval",
    "event": "event", "happened": "event_date", "begin": "new", "more": "change",
    "less": "change", "sign": "signed", "delta": "mrr_change",
    "leaves": "churn", "monthly": "month",
}  # fmt: skip
DATED = {"states": "month", "bills": "invoice_date", "events": "event_date"}
HEAD = "account_id,subscription_id,start_date,end_date,mrr\n"


def put(path: Path, text: str) -> Path:
    path.write_text(text, "utf-8")
    return path


def rows(path: Path, cells: list[dict[str, object]]) -> Path:
    with path.open("w", newline="") as stream:
        writer = csv.DictWriter(stream, list(cells[0]))
        writer.writeheader()
        writer.writerows(cells)
    return path


def closing(dataset, company: Company) -> dict[str, int]:
    days = [day for _, day in company.days(1)]
    end = (days[-1] + timedelta(days=31)).replace(day=1) - timedelta(days=1)
    options = Options(first=f"{days[0]:%Y-%m}", last=f"{days[-1]:%Y-%m}", as_of=end)
    found = {row["month"]: int(row["closing_mrr"]) for row in dataset.run(
        "mrr_movements", options).mappings()}  # fmt: skip
    return {f"{day:%Y-%m}": found.get(f"{day:%Y-%m}", 0) for day in days}


def pieces(company: Company, shape: str, at: int, folder: Path) -> list[Path]:
    """The company's file cut in two at the n-th month."""
    cells = SHAPES[shape](company, NAMES, 5)
    day = dict(company.days(1))[at]
    if shape == "matrix":
        months = [f"{m:%Y-%m}" for _, m in company.days(1)]
        parts = [
            [{k: v for k, v in row.items() if k not in without} for row in cells]
            for without in (months[at:], months[:at])
        ]
    else:
        parts = [[c for c in cells if (c[DATED[shape]] < day) == early] for early in (True, False)]
    return [rows(folder / f"{shape}-{at}-{n}.csv", part) for n, part in enumerate(parts)]


@pytest.mark.parametrize("shape", ["states", "bills", "events", "matrix"])
def test_a_file_cut_in_two_gives_the_company(shape, tmp_path):
    for seed in range(4):
        company = made(seed)
        read = ReadOptions(shape=None if shape == "matrix" else shape)
        with open_dataset(pieces(company, shape, 4, tmp_path), read=read) as dataset:
            assert closing(dataset, company) == company.closing(), (shape, seed)


@pytest.mark.parametrize("shape", ["states", "bills", "events", "matrix"])
def test_what_comes_later_goes_on_with_what_is_there(shape, tmp_path):
    company = made(7)
    workspace = Workspace(tmp_path / "home")
    read = ReadOptions(shape=None if shape == "matrix" else shape)
    first, second = pieces(company, shape, 5, tmp_path)
    import_files([first], "d", workspace, read)
    import_files([second], "d", workspace, read, append=True)
    with open_dataset(dataset="d", workspace=workspace) as dataset:
        assert closing(dataset, company) == company.closing()


def lines(*given: str) -> str:
    return HEAD + "".join(f"{line}\n" for line in given)


OLD = [f"A{n},s{n},2024-0{n}-01,,{n}0" for n in range(1, 8)]


def answer(tmp_path: Path, *later: str, head: str = HEAD, old: list[str] = OLD):
    workspace = Workspace(tmp_path / "home")
    import_files([put(tmp_path / "old.csv", lines(*old))], "d", workspace)
    text = head + "".join(f"{line}\n" for line in later)
    said = import_files([put(tmp_path / "new.csv", text)], "d", workspace, append=True)
    with open_dataset(dataset="d", workspace=workspace) as dataset:
        [(_, mrr)] = dataset.mrr_today()
    return said, int(mrr)


def test_a_newer_export_takes_the_place_of_the_older_one(tmp_path):
    newer = [*OLD[:2], "A3,s3,2024-03-01,2024-09-01,30", *OLD[3:], "A8,s8,2024-10-01,,5"]
    said, mrr = answer(tmp_path, *newer)
    assert [file["file"] for file in said["files"]] == ["new.csv"]
    assert mrr == 255
    assert [r["mrr_change"] for r in said["restated"]] == []


def test_what_a_newer_export_has_no_more_is_told_with_its_mrr(tmp_path):
    old = [f"A{n},s{n},2024-01-{n:02d},,10" for n in range(1, 21)]
    old.append("C,c,2024-02-15,,1")
    said, mrr = answer(tmp_path, *old[:6], *old[7:], "B,t,2024-03-01,,1", old=old)
    [gone] = [p for p in said["problems"] if p["code"] == "gone_from_newer"]
    assert (gone["count"], gone["mrr_affected"], gone["examples"][0]["value"]) == (
        1, "10.000000", "A7",
    )  # fmt: skip
    assert mrr == 192
    assert [r["account_id"] for r in said["restated_accounts"]] == ["A7"]


def test_changed_rows_replace_those_of_their_contract(tmp_path):
    said, mrr = answer(tmp_path, "A3,s3,2024-03-01,,99", "B,t,2024-06-15,,1")
    assert mrr == 280 - 30 + 99 + 1
    assert [(p["code"], p["severity"]) for p in said["problems"]] == [("replaced", "note")]
    assert said["files"][0]["rows_set_aside"] == 1
    assert [r["account_id"] for r in said["restated_accounts"]] == ["A3", "B"]


def test_without_ids_account_plan_and_start_name_a_contract(tmp_path):
    workspace = Workspace(tmp_path / "home")
    head = "account_id,plan,start_date,end_date,mrr\n"
    old = head + "A,x,2024-01-01,,1\nA,y,2024-01-01,,2\nB,x,2024-02-01,2024-03-01,4\n"
    import_files([put(tmp_path / "old.csv", old)], "d", workspace)
    new = put(tmp_path / "new.csv", head + "A,y,2024-01-01,,3\nC,x,2024-03-02,,8\n")
    import_files([new], "d", workspace, append=True)
    with open_dataset(dataset="d", workspace=workspace) as dataset:
        assert [int(mrr) for _, mrr in dataset.mrr_today()] == [12]


def test_the_lines_before_a_contracts_first_new_one_stay(tmp_path):
    old = [*OLD[1:], "A1,s1,2024-01-01,2024-02-01,10", "A1,s1,2024-02-01,,20"]
    _, mrr = answer(tmp_path, "A1,s1,2024-05-01,,50", old=old)
    assert mrr == 270 + 50


def test_an_older_export_adds_nothing(tmp_path):
    said, mrr = answer(tmp_path, *OLD[:6], old=OLD)
    assert mrr == 280
    assert "older_export" in [p["code"] for p in said["problems"]]


def test_two_exports_of_one_source_in_one_import_count_once(tmp_path):
    one = put(tmp_path / "jan.csv", lines(*OLD))
    two = put(tmp_path / "feb.csv", lines(*OLD, "B,t,2024-09-01,,1"))
    for order in ([one, two], [two, one]):
        with open_dataset(order) as dataset:
            assert [int(mrr) for _, mrr in dataset.mrr_today()] == [281]
            found = {f["file"]: f["rows_accepted"] for f in dataset.report["files"]}
            assert found == {"jan.csv": 0, "feb.csv": 8}


def test_other_contracts_add_up(tmp_path):
    _, mrr = answer(tmp_path, *(f"A{n},t{n},2024-01-01,,1" for n in range(1, 8)))
    assert mrr == 287


def test_lists_of_accounts_join_and_the_newest_value_counts(tmp_path):
    workspace = Workspace(tmp_path / "home")
    import_files([put(tmp_path / "old.csv", lines(*OLD))], "d", workspace)
    owners = "".join(f"A{n},Sato,high\n" for n in range(1, 8))
    for name, text in (
        ("a.csv", "account_id,csm,nps_band\n" + owners),
        ("b.csv", "account_id,csm\nA1,Tanaka\nA2,Tanaka\nA3,\n"),
    ):
        said = import_files([put(tmp_path / name, text)], "d", workspace, append=True)
        assert said["files"][-1]["table"] == "accounts"
    with open_dataset(dataset="d", workspace=workspace) as dataset:
        found = dataset.query("mrr_movements", by="csm", from_="2024-07", to="2024-07")
        assert dict(zip(found["csm"], found["closing_customers"], strict=True)) == {
            "Sato": 5, "Tanaka": 2,
        }  # fmt: skip
        assert dataset.segment_values("nps_band")[0] == "high"


def test_a_known_file_is_read_again_with_other_options(tmp_path):
    workspace = Workspace(tmp_path / "home")
    import_files([put(tmp_path / "old.csv", lines(*OLD))], "d", workspace)
    text = "account_id,date,metric,value\nA1,2024-02-01,logins,3\n"
    said = import_files([put(tmp_path / "x.csv", text)], "d", workspace, append=True)
    assert said["files"][-1]["table"] == "usage"
    read = ReadOptions(tables={"x.csv": "accounts"})
    said = import_files([tmp_path / "x.csv"], "d", workspace, read, append=True)
    assert [file["table"] for file in said["files"]] == ["subscriptions", "accounts"]
    version = workspace.dataset("d").version
    import_files([tmp_path / "x.csv"], "d", workspace, append=True)
    assert workspace.dataset("d").version == version


@pytest.mark.parametrize(
    ("file", "table", "meant"),
    [("olds.csv", "subscriptions", "old.csv"), ("old.csv", "subscription", "subscriptions")],
)
def test_a_wrong_word_in_a_table_names_the_nearest(tmp_path, file, table, meant):
    path = put(tmp_path / "old.csv", lines(*OLD))
    with pytest.raises(UsageError) as raised:
        open_dataset(path, read=ReadOptions(tables={file: table}))
    assert raised.value.nearest == meant


def test_months_of_which_no_file_speaks_are_told(tmp_path):
    text = "customer_id,month,mrr\nA,2024-{m}-01,1\nB,2024-{m}-01,2\n"
    paths = [put(tmp_path / f"{m}.csv", text.format(m=m)) for m in ("01", "03")]
    with open_dataset(paths) as dataset:
        assert [int(v) for v in dataset.query("mrr_movements")["closing_mrr"]] == [3, 3, 3]
        assert "period_missing" in [p["code"] for p in dataset.report["problems"]]
