"""Every mark of a page's charts, and who is behind it (`test_marks.py`, `tests/bench/marks.py`).

What a mark says is asked of the core; the rows behind it are those of the drawer.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import pandas
import pytest

from cs_core.datasets import Dataset
from cs_core.metrics.options import Options
from cs_core.studies import leavers
from pages.frame.here import Here
from pages.shared import drill

Mark = dict[str, str]
Behind = Callable[[Mark], drill.Behind | None]


@dataclass
class Drawn:
    """The drawers of the page that was drawn last, by name."""

    drawers: dict[str, tuple[Here, Behind]] = field(default_factory=dict)

    def watch(self, monkeypatch: pytest.MonkeyPatch) -> None:
        def accounts(
            here: Here, name: str, label: str, behind: Behind, begin: Mark | None = None
        ) -> None:
            self.drawers[name] = (here, behind)
            assert begin is None or behind(begin) is not None

        monkeypatch.setattr(drill, "accounts", accounts)

    def rows(self, name: str, mark: Mark) -> pandas.DataFrame:
        here, behind = self.drawers[name]
        found = behind(mark)
        assert found is not None, mark
        return found.narrow(here.rows_behind(found.metric, found.at, found.options))


def wrong(drawn: Drawn, page: str, dataset: Dataset, options: Options, every: int) -> list[str]:
    """The marks whose list does not add up to them; of many periods each `every`th is tried."""
    said = []
    for mark, expected, got in OF_PAGE[page](drawn, dataset, options, every):
        if expected != got:
            said.append(f"{page} {mark}: {expected} is shown, the list has {got}")
    return said


Tried = Iterator[tuple[Mark, Any, Any]]


def _money(rows: pandas.DataFrame, column: str = "delta") -> Any:
    return sum(rows[column], start=0)


def _overview(drawn: Drawn, dataset: Dataset, options: Options, every: int) -> Tried:
    moves = dataset.run("mrr_movements", options).frame()
    columns = {
        "new": "new_mrr",
        "reactivation": "reactivation_mrr",
        "expansion": "expansion_mrr",
        "contraction": "contraction_mrr",
        "churn": "churned_mrr",
    }
    for row in moves.iloc[::-1].iloc[::every].to_dict("records"):
        for movement, column in columns.items():
            mark = {"period": row["month"], "movement": movement}
            yield mark, row[column], abs(_money(drawn.rows("overview", mark)))


def _churn(drawn: Drawn, dataset: Dataset, options: Options, every: int) -> Tried:
    for row in dataset.run("churn", options).frame().iloc[::-1].iloc[::every].to_dict("records"):
        mark = {"period": row["month"]}
        yield mark, row["lost_customers"], len(drawn.rows("churn", mark))
    found = leavers.reasons(dataset.run("churn_reasons", options).frame())
    raw = {"blank": "", "other": "*"}
    found["asked"] = [raw.get(k, r) for k, r in zip(found["kind"], found["reason"], strict=True)]
    for asked, bars in found.groupby("asked"):
        rows = drawn.rows("churn", {"reason": str(asked)})
        shown = (int(bars["customers"].sum()), sum(bars["mrr"], start=0))
        yield {"reason": str(asked)}, shown, (len(rows), -_money(rows))
    hazard = dataset.run("hazard", Options(policies=options.policies)).frame()
    for row in hazard.iloc[::every].to_dict("records"):
        mark = {"tenure": str(row["tenure"])}
        yield mark, row["churned"], len(drawn.rows("churn", mark))


def groups(drawn: Drawn, dataset: Dataset, by: str) -> Tried:
    """The values of a segment, over the last twelve complete months."""
    rows = dataset.run("churn", Options(by=by)).frame()
    months = sorted(rows.loc[~rows["partial"].astype(bool), "month"].unique())[-12:]
    year = rows[rows["month"].isin(months)]
    for value, theirs in year.groupby(by, dropna=False):
        mark = {"group": "" if pandas.isna(value) else str(value)}
        yield mark, int(theirs["lost_customers"].sum()), len(drawn.rows("churn", mark))


def _retention(drawn: Drawn, dataset: Dataset, options: Options, every: int) -> Tried:
    cells = dataset.run("cohorts", options).frame()
    for row in cells.iloc[:: every * every].to_dict("records"):
        mark = {"cohort": row["cohort"], "age": str(row["age"])}
        rows = drawn.rows("retention", mark).sort_values(["account_id", "date"], kind="stable")
        last = rows.groupby("account_id").tail(1)
        got = (int((last["mrr_after"] > 0).sum()), _money(last, "mrr_after"))
        yield mark, (row["active_customers"], row["active_mrr"]), got
    known = dataset.run("retention", options).frame()
    for row in known[known["nrr"].notna()].iloc[::every].to_dict("records"):
        mark = {"period": row["month"]}
        rows = drawn.rows("retention", mark)
        nrr = float(_money(rows, "mrr_after") / _money(rows, "mrr_before"))
        shown = (row["starting_customers"], row["starting_mrr"], round(row["nrr"], 9))
        yield mark, shown, (len(rows), _money(rows, "mrr_before"), round(nrr, 9))


OF_PAGE: dict[str, Callable[[Drawn, Dataset, Options, int], Tried]] = {
    "overview": _overview,
    "churn": _churn,
    "retention": _retention,
}
