"""The lists of the Renewals page: contracts that are due, and terms that ended."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pandas
import streamlit as st

from cs_core.domain.periods import Periods, period_column_of
from cs_core.studies.due_days import due_day, workday
from cs_core.studies.renewals import Rate
from cs_core.text import numbers, plain
from cs_core.text.spreadsheet import csv_bytes
from cs_core.workspace.tasks import BY_HAND, Task, keep_tasks
from pages.act.renewals import risk as renewal_risk
from pages.act.renewals import study
from pages.act.renewals.risk import Risk
from pages.frame import loaders, session
from pages.frame.here import Here
from pages.shared import contacts, drill, panels
from pages.shared.panels import How

_TURN, _MADE = "renewal-turn", "renewal-made"


def due(on: Here, soon: pandas.DataFrame, days: int) -> Any:
    """The list; where the scores are not known yet, the places of the list and of what is being
    done, so that it can be drawn again with them."""
    last = numbers.day(study.as_of(on) + timedelta(days=days), on.language)
    line = on.t(
        "page.renewals.list_line",
        n=study.contracts(on, len(soon)),
        money=on.money(sum(soon["mrr"], start=Decimal(0))),
        day=last,
    )
    later = None
    with panels.card("due", on.t("page.renewals.list"), line, stretch=False):
        if soon.empty:
            panels.empty(on.t("page.renewals.none_within", n=days))
            return None
        quick = renewal_risk.is_quick(on)
        place = st.empty()
        with place.container():
            if quick:
                table(on, soon, renewal_risk.known(on))
            else:
                table(on, soon, None, key="due-first")
        if not quick:
            doing = st.empty()
            doing.markdown(f":small[:gray[{on.t('page.renewals.scoring')}]]")
            later = place, doing
        panels.foot(
            on,
            "due",
            How(
                "contracts_due",
                study.due_options(on),
                soon,
                lines=(on.t("page.renewals.tile.due_help"), on.t("page.renewals.risk_how")),
                n=len(soon),
                money=("mrr",),
            ),
            None,
            on.t("page.renewals.list"),
        )
    return later


def table(on: Here, soon: pandas.DataFrame, risk: Risk | None, key: str = "due-table") -> None:
    rows = _readable(on, soon, risk)
    event = panels.table(
        on,
        rows,
        key=f"{key}-{session.value(_TURN, 0)}",
        names=study.names(on),
        money=("mrr",),
        pinned="name",
        accounts=soon["account_id"].tolist(),
        on_select="rerun",
        selection_mode="multi-row",
    )
    _more(on, rows, len(soon))
    ticked = event.selection.rows if event else []
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        st.button(
            on.t("page.renewals.make_tasks"),
            key=f"renewal-tasks-{key}",
            icon=":material/add_task:",
            disabled=not ticked,
            on_click=_make_tasks,
            args=(on, soon.iloc[[place for place in ticked if place < len(soon)]]),
        )
        made = session.take(_MADE)
        said = on.t("page.renewals.made_tasks", n=made) if made is not None else ""
        st.markdown(f":small[:gray[{said or on.t('page.renewals.tick')}]]")


def _make_tasks(on: Here, rows: pandas.DataFrame) -> None:
    """Callback: one task for each contract that is ticked, due a week before its term ends."""
    as_of, column = study.as_of(on), study.owner(on)
    begin = contacts.usual_day(on)
    tasks = []
    for row in rows.to_dict("records"):
        days = (row["term_end"] - begin).days
        whose = row.get(column) if column else None
        tasks.append(
            Task(
                BY_HAND,
                "",
                "prepare_renewal",
                row["account_id"],
                row["currency"],
                row["name"] if isinstance(row["name"], str) else None,
                row["mrr"],
                [],
                whose if isinstance(whose, str) else "",
                as_of,
                workday(due_day(begin, max(days, 0), days), begin),
            )
        )
    made = keep_tasks(loaders.workspace(), on.dataset.key, tasks)
    session.remember(_MADE, numbers.count(len(made)))
    session.remember(_TURN, session.value(_TURN, 0) + 1)


def _more(on: Here, rows: pandas.DataFrame, count: int) -> None:
    if count > panels.MOST_ROWS:
        said = on.t("panel.showing", n=numbers.count(panels.MOST_ROWS), all=numbers.count(count))
        st.markdown(f":small[:gray[{said}]]")


def _readable(on: Here, soon: pandas.DataFrame, risk: Risk | None) -> pandas.DataFrame:
    """The list's columns; on a phone the first three are seen."""
    owner, as_of = study.owner(on), study.as_of(on)
    past = _past_by_plan(on)
    rows = []
    for record in soon.head(panels.MOST_ROWS).to_dict("records"):
        notice = record["notice_day"]
        row: dict[str, Any] = {
            "name": record["account_id"] if pandas.isna(record["name"]) else record["name"],
            "mrr": record["mrr"],
            "days": (record["term_end"] - as_of).days,
            "term_end": record["term_end"].isoformat(),
            "contract_plan": None
            if pandas.isna(record["contract_plan"])
            else record["contract_plan"],
            "notice_day": None if pandas.isna(notice) else notice.isoformat(),
            "past": past.get(record["contract_plan"], past[None]),
        }
        if risk is not None:
            row["health"] = risk.health.get(record["account_id"])
            row["chance"] = risk.chance.get(record["account_id"])
        if owner:
            row["owner"] = None if pandas.isna(record[owner]) else record[owner]
        rows.append(row)
    order = ["name", "mrr", "days", "health", "chance", "owner", "term_end", "contract_plan"]
    absent = {"owner"} if owner is None else set()
    if risk is None or not risk.health:
        absent.add("health")
    if risk is None or not risk.chance:
        absent.add("chance")
    columns = [column for column in (*order, "notice_day", "past") if column not in absent]
    return pandas.DataFrame(rows, columns=columns)


def _past_by_plan(on: Here) -> dict[Any, str]:
    """How often terms of each plan were renewed in the last year, in words; None for all."""

    def words(rate: Rate, whose: str) -> str:
        if rate.rate is None:
            return numbers.MISSING
        return f"{numbers.rate(rate.rate, 0)} (n {numbers.count(rate.due)}{whose})"

    whole = study.past_rate(on, on.frame("renewals", study.whole(on)))
    said: dict[Any, str] = {None: words(whole, ", " + on.t("page.renewals.past_overall"))}
    if "plan" not in [segment.name for segment in on.info.segments]:
        return said
    split = on.frame("renewals", study.whole(on, by="plan"))
    labels = sorted(
        on.frame("renewals", study.whole(on)).pipe(lambda f: f[period_column_of(f)]).unique()
    )
    for plan, rows in split.groupby("plan"):
        rate = study.past_rate(on, _with_every_period(rows, labels))
        if rate.due >= study.FEW_TERMS:
            said[plan] = words(rate, "")
    return said


def _with_every_period(rows: pandas.DataFrame, labels: list[str]) -> pandas.DataFrame:
    """Periods in which nothing of a plan was due count towards the year too."""
    label = period_column_of(rows)
    absent = sorted(set(labels) - set(rows[label]))
    empty = {
        "due": 0,
        "renewed": 0,
        "renewal_rate": None,
        "due_mrr": Decimal(0),
        "renewed_mrr": Decimal(0),
    }
    added = pandas.DataFrame([{label: item, **empty} for item in absent])
    kept = rows[[label, *empty]]
    return pandas.concat([kept, added]) if len(added) else kept


def of_period(on: Here, past: pandas.DataFrame, due: pandas.DataFrame) -> None:
    """The drawer of a picked period: the terms that ended, not renewed first, or are to come."""
    label = period_column_of(past)
    over = [str(item) for item in reversed(past.loc[past["due"] > 0, label].tolist())]
    grain = Periods(on.filters.period, on.filters.fiscal_start)
    ahead = [grain.label(grain.index(day)) for day in due["term_end"]]
    periods = [*sorted(set(ahead) - set(over), reverse=True), *over]
    choice = drill.Choice("period", periods, lambda item: numbers.period(item, on.language))

    def draw(mark: session.Mark) -> None:
        chosen = mark["period"]
        drill.draw_choice(on, study.PICKS, choice, mark, on.t("page.renewals.terms"))
        if chosen in over:
            _draw_terms(on, chosen)
        else:
            _draw_coming(on, chosen, due[[name == chosen for name in ahead]])

    known = (session.picked(study.PICKS) or {}).get("period") in periods
    begin = {"period": over[0] if over else periods[0]} if periods else None
    drill.drawer(on, study.PICKS, on.t("page.renewals.terms"), begin, draw if known else None)


def _draw_coming(on: Here, period: str, rows: pandas.DataFrame) -> None:
    said = on.t(
        "page.renewals.coming_title",
        period=numbers.period(period, on.language),
        n=study.contracts(on, len(rows)),
        money=on.money(sum(rows["mrr"], start=Decimal(0))),
    )
    st.markdown(f"#### {said}")
    table(on, rows, None, key="coming-table")


def _draw_terms(on: Here, period: str) -> None:
    options = on.filters.options(first=period, last=period)
    found = on.frame("ended_terms", options)
    said = on.t(
        "page.renewals.terms_title",
        period=numbers.period(period, on.language),
        due=numbers.count(len(found)),
        renewed=numbers.count(int(found["renewed"].sum())),
    )
    st.markdown(f"#### {said}")
    rows = found.copy()
    rows["name"] = found["name"].where(found["name"].notna(), found["account_id"])
    rows["term_end"] = [day.isoformat() for day in found["term_end"]]
    rows["renewed"] = [
        on.t("chart.renewed" if renewed else "chart.not_renewed") for renewed in found["renewed"]
    ]
    rows = rows.astype(object).where(rows.notna(), None)
    shown = [
        "name",
        "renewed",
        "mrr_before",
        "mrr_after",
        "term_end",
        "contract_plan",
        "cancel_reason",
    ]
    panels.table(
        on,
        rows[shown],
        key="terms-table",
        names=study.names(on),
        money=("mrr_before", "mrr_after"),
        pinned="name",
        accounts=rows["account_id"].tolist(),
    )
    with st.container(horizontal=True, vertical_alignment="center"):
        st.download_button(
            on.t("panel.csv"),
            lambda: csv_bytes(found),
            file_name=f"{plain(on.info.name)}-terms-{period}.csv",
            mime="text/csv",
            key="save-terms",
            icon=":material/download:",
            type="tertiary",
            on_click="ignore",
        )
        _more(on, rows, len(found))
