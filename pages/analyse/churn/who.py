"""Who left: the drawer of the Churn page, for a period, a reason, a segment or a length of stay."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import pandas

from cs_core.charts.breakdown import OTHERS
from cs_core.domain.periods import period_column_of
from cs_core.studies import leavers
from cs_core.studies.churn import SEASON
from cs_core.text import inert, numbers
from pages.analyse.churn import study as churn_study
from pages.analyse.churn.study import Study
from pages.frame import loaders, session
from pages.frame.here import Here
from pages.shared import drill, filters
from pages.shared.drill import Behind, Choice

WHAT = ("lost", "contraction")


def draw(on: Here, study: Study, by: str | None) -> None:
    rows = on.frame("churn", on.filters.options())
    label = period_column_of(rows)
    periods: Sequence[str] = [str(p) for p in reversed(rows[label].tolist())]
    latest = study.shown[-1] if study.shown else periods[0]

    def behind(mark: session.Mark) -> Behind | None:
        if "reason" in mark:
            return _of_reason(on, mark)
        if "tenure" in mark:
            return _of_tenure(on, mark["tenure"])
        if "group" in mark:
            return _of_group(on, study, by, mark["group"]) if by else None
        return _of_period(on, mark, by, label, periods, latest)

    drill.accounts(
        on, churn_study.PICKS, on.t("page.churn.list"), behind, {"period": latest, "what": "lost"}
    )


def _of_period(
    on: Here, mark: session.Mark, by: str | None, label: str, periods: Sequence[str], latest: str
) -> Behind | None:
    what, period = mark.get("what", WHAT[0]), mark.get("period", latest)
    if what not in WHAT or period not in periods:
        return None
    at = {label: period}
    at |= {"column": "lost_customers"} if what == "lost" else {"movement": what}
    title = on.t(
        "page.churn.list_title",
        what=on.t(f"page.churn.what.{what}"),
        period=numbers.period(period, on.language),
    )
    choices = [
        Choice("what", WHAT, lambda item: on.t(f"page.churn.what.{item}"), WHAT[0]),
        Choice("period", periods, lambda p: numbers.period(p, on.language), latest),
    ]
    if by:
        known = [v for v in loaders.segment_values(on.dataset, by) if v is not None]
        choices.append(Choice("segment", known, lambda v: filters.value_words(v, on.language)))
        if mark.get("segment") in known:
            at[by] = mark["segment"]
            title += f" ({inert(mark['segment'])})"
    return Behind(
        "churn",
        churn_study.whole(on, by=by),
        at,
        lambda found: drill.ledger_listing(on, title, found),
        choices,
    )


def _of_reason(on: Here, mark: session.Mark) -> Behind:
    """Of the range shown, as the chart of reasons."""
    options = on.filters.options()
    shown = leavers.reasons(
        on.frame("churn_reasons", options), money=churn_study.measure() == "mrr"
    )
    named = {str(r) for r in shown.loc[shown["kind"] == "value", "reason"]}
    asked = mark["reason"]
    said = {"": on.t("chart.blank"), OTHERS: on.t("chart.other")}.get(asked, inert(asked))

    def narrow(found: pandas.DataFrame) -> pandas.DataFrame:
        rows = drill.within(on, found, options.first, options.last)
        why = rows["cancel_reason"]
        if asked == OTHERS:
            return rows[why.notna() & ~why.isin(named)]
        return rows[why == asked] if asked else rows[why.isna()]

    return Behind(
        "mrr_movements",
        options,
        {"movement": "churn"},
        lambda found: drill.ledger_listing(on, on.t("page.churn.list_reason", reason=said), found),
        narrow=narrow,
    )


def _of_group(on: Here, study: Study, by: str, asked: str) -> Behind:
    """Of the last year of complete periods, as the chart of segments."""
    of = study.customers.series
    first, last = of.periods[-SEASON[of.grain] :][0], of.periods[-1]
    options = churn_study.whole(on, by=by)
    shown = churn_study.segment_rates(on, study, by)
    values = shown.loc[shown["kind"] == "value", "segment"]
    named = ["" if pandas.isna(value) else str(value) for value in values]
    said = {"": on.t("chart.blank"), OTHERS: on.t("chart.other")}.get(asked, inert(asked))
    at = {"column": "lost_customers"}

    def narrow(found: pandas.DataFrame) -> pandas.DataFrame:
        rows = drill.within(on, found, first, last)
        if asked != OTHERS:
            return rows
        theirs = [on.rows_behind("churn", {**at, by: value}, options) for value in named]
        keys = {
            key for rows in theirs for key in zip(rows["account_id"], rows["date"], strict=True)
        }
        pairs = zip(rows["account_id"], rows["date"], strict=True)
        return rows[[pair not in keys for pair in pairs]]

    title = on.t(
        "page.churn.list_group",
        group=said,
        first=numbers.period(first, on.language),
        last=numbers.period(last, on.language),
    )
    return Behind(
        "churn",
        options,
        at if asked == OTHERS else {**at, by: asked},
        lambda found: drill.ledger_listing(on, title, found),
        narrow=narrow,
    )


def _of_tenure(on: Here, tenure: str) -> Behind:
    title = on.t("page.churn.list_tenure", n=inert(tenure))
    return Behind(
        "hazard",
        on.filters.options(first=None, last=None),
        {"tenure": tenure, "column": "churned"},
        lambda found: drill.ledger_listing(on, title, found),
    )


def _pairs(rows: pandas.DataFrame) -> Iterable[tuple[str, object]]:
    return zip(rows["account_id"], rows["date"], strict=True)
