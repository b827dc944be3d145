"""The demo company as files: canonical CSVs, a Stripe subscriptions export, truth.json."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import numpy as np

from cs_core.demo.calendar import NAT, Array, same_day
from cs_core.demo.company import DemoCompany
from cs_core.demo.tables import Table


def write(company: DemoCompany, folder: Path) -> list[Path]:
    """One CSV a table (UTF-8), the same as a Stripe export in a folder of its own (it is another
    view of the same subscriptions), and `truth.json`; the paths, in the order written."""
    (folder / "stripe").mkdir(parents=True, exist_ok=True)
    paths = []
    for name, table in company.tables.items():
        paths.append(folder / f"{name}.csv")
        write_csv(table, paths[-1])
    paths.append(folder / "stripe" / "subscriptions.csv")
    write_csv(stripe_export(company), paths[-1])
    paths.append(folder / "truth.json")
    planted = json.dumps(company.truth, ensure_ascii=False, indent=1)
    paths[-1].write_text(planted + "\n", encoding="utf-8")
    return paths


def write_csv(table: Table, path: Path) -> None:
    columns = [_text(column) for column in table.values()]
    with path.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream, lineterminator="\n")
        writer.writerow(table)
        writer.writerows(zip(*columns, strict=True))


def stripe_export(company: DemoCompany) -> Table:
    """The subscriptions as Stripe's dashboard exports them: one row each, in today's state.

    What a subscription cost before its last change is not in such a file, nor is a discount;
    figures from it differ from those of the whole history for that reason.
    """
    lines, accounts = company.tables["subscriptions"], company.tables["accounts"]
    as_of = np.datetime64(company.truth["as_of"])
    ids = lines["subscription_id"]
    # Lines are in the order of account and start, so a subscription's lines are neighbours.
    first = np.flatnonzero(np.r_[True, ids[1:] != ids[:-1]])
    last = np.r_[first[1:], len(ids)] - 1
    position = {key: index for index, key in enumerate(accounts["account_id"])}
    account = np.array([position[key] for key in lines["account_id"][last]])
    row = {name: column[last] for name, column in lines.items()}
    start, trial_end = lines["start_date"][first], lines["trial_end"][first]
    ended = row["end_date"]
    paid_from = np.where(np.isnat(trial_end), start, trial_end)
    until = np.where(np.isnat(ended), as_of, ended)
    period_start, period_end = _period(paid_from, until, row, ended)
    on_trial = until <= paid_from
    period_start = np.where(on_trial, start, period_start)
    period_end = np.where(on_trial, trial_end, period_end)
    request = np.where(np.isnat(row["cancel_requested_at"]), ended, row["cancel_requested_at"])
    reason = np.where(
        row["churn_kind"] == "involuntary", "payment_failed", "cancellation_requested"
    )
    leaving = np.isnat(ended) & ~np.isnat(row["cancel_requested_at"])
    status = np.where(~np.isnat(ended), "canceled", row["status"])
    return {
        "id": np.array([f"sub_{key[1:].replace('-', 'K')}" for key in ids[last]], object),
        "Customer ID": np.array([f"cus_{key}" for key in row["account_id"]], object),
        "Customer Name": accounts["name"][account],
        "Customer Email": np.array(
            [f"billing@{key.lower()}.example" for key in row["account_id"]], object
        ),
        "Product": np.full(len(last), "Keizoku Demo", object),
        "Plan": row["plan"],
        "Quantity": row["quantity"],
        "Interval": row["interval"],
        "Amount": row["amount"],
        "Currency": np.full(len(last), "jpy", object),
        "Status": status,
        "Cancellation Reason": np.where(np.isnat(request), "", reason),
        "Created (UTC)": _moment(start),
        "Start (UTC)": _moment(start),
        "Start Date (UTC)": _moment(start),
        "Current Period Start (UTC)": _moment(period_start),
        "Current Period End (UTC)": _moment(period_end),
        "Trial Start (UTC)": _moment(np.where(np.isnat(trial_end), NAT, start)),
        "Trial End (UTC)": _moment(trial_end),
        "Canceled At (UTC)": _moment(request),
        "Cancel At Period End": np.where(leaving, "true", "false"),
        "Ended At (UTC)": _moment(ended),
        **{
            f"{name} (metadata)": accounts[name][account]
            for name in ("country", "industry", "channel", "size")
        },
    }


def _period(paid_from: Array, until: Array, row: Table, ended: Array) -> tuple[Array, Array]:
    """The billing period that holds the last day before `until`."""
    month = (until - 1).astype("M8[M]")
    month = np.where(same_day(paid_from, month) > until - 1, month - 1, month)
    annual = row["interval"] == "year"
    start = np.where(annual, row["term_start"], same_day(paid_from, month))
    end = np.where(annual, row["term_end"], same_day(paid_from, month + 1))
    return np.asarray(start), np.asarray(np.where(np.isnat(ended), end, ended))


def _moment(day: Array) -> Array:
    """Days with a time before 15:00 UTC, when it is still the same day in Japan."""
    minute = np.arange(len(day)) * 37 % (14 * 60)
    moment = day.astype("M8[m]") + minute
    text = np.char.replace(moment.astype(str), "T", " ")
    return np.where(np.isnat(day), "", text).astype(object)


def _text(column: Array) -> list[object]:
    if column.dtype.kind == "M":
        return ["" if np.isnat(day) else str(day) for day in column]
    return list(column.tolist())
