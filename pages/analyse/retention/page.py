"""Retention: do customers stay, and which ones?"""

from __future__ import annotations

from typing import Any

import pandas
import streamlit as st

from cs_core import charts
from cs_core.charts.cohorts import MEASURES, SHOWS, VIEWS
from cs_core.domain.periods import period_column_of
from cs_core.models.survival import log_rank
from cs_core.text import inert, numbers
from pages.analyse.retention import comparison, conversions
from pages.frame import here, loaders, session
from pages.frame.here import Here
from pages.shared import compared, drill, earlier, filters, formulas, panels, versus
from pages.shared.panels import How

PICKS = "retention"
SMALL_COHORT = 12  # customers
ROW, AROUND = 21, 94  # pixels of the heatmap: a cohort, and what is around them
MULTIPLES = 3  # small multiples in a row
TOLD_AGE = {"week": 12, "month": 12, "quarter": 4, "year": 1}  # the age a mean is told at
OLDEST = {"week": 26, "month": 18, "quarter": 8, "year": 8}  # the last age of small multiples
LONGER = {"week": "month", "month": "quarter"}  # offered when most cohorts are small


def page(on: Here) -> None:
    with panels.working(on, on.filters.options()):
        cohorts = _cohorts(on) if on.info.shape == "calendar" else None
    by = compared.column(on)
    if cohorts is None:
        panels.empty(on.t("page.retention.no_calendar"))
        _survival(on, by)
        return
    _heatmap(on, cohorts)
    left, right = st.columns([1.5, 1])
    with left:
        _survival(on, by)
    with right:
        _history(on)
    if by:
        title = on.t("page.retention.multiples", by=inert(filters.segment_words(by, on.language)))
        panels.folded("multiples", title, lambda: _multiples(on, by))
    versus.card(on)
    left, right = st.columns(2)
    with left:
        panels.folded("against", on.t("page.retention.against.title"), lambda: comparison.card(on))
    with right:
        panels.folded(
            "conversions", on.t("page.retention.conversions"), lambda: conversions.draw(on)
        )


# -- the heatmap --------------------------------------------------------------------------


def _cohorts(on: Here, by: str | None = None) -> pandas.DataFrame:
    return on.frame("cohorts", on.filters.options(by=by, partial=by is None))


def _view() -> tuple[str, str, str]:
    """Measure, rate or amount, retention or churn: from the URL, `view=net_mrr.rate.churn`."""
    measure, show, view = session.view("retention")
    return measure or MEASURES[0], show or SHOWS[0], view or VIEWS[0]


def _heatmap(on: Here, cohorts: pandas.DataFrame) -> None:
    measure, show, view = _view()
    period = on.filters.period
    line = on.t(
        f"page.retention.heatmap.line.{measure}", period=on.t(f"page.retention.each.{period}")
    )
    with panels.card("heatmap", on.t(f"page.retention.heatmap.{view}"), line, stretch=False):
        with st.container(horizontal=True, vertical_alignment="center", gap="small"):
            _draw_views(on, (measure, show, view))
            _list(on, cohorts)
        earlier.remark(on)
        if cohorts.empty:
            panels.empty(on.t("page.retention.no_cohorts"))
            return
        drawing = loaders.drawing(
            on.dataset,
            "heatmap",
            (on.look, on.filters, measure, show, view),
            lambda: charts.retention_heatmap.draw(
                cohorts, on.look, measure=measure, show=show, view=view
            ),
        )
        with panels.reserved("heatmap", ROW * (cohorts["cohort"].nunique() + 1) + AROUND):
            panels.chart("heatmap", drawing, picks=PICKS, start=_cell_of)
        key = on.t("page.retention.heatmap.key", period=on.t(f"page.retention.one.{period}"))
        st.markdown(f":small[:gray[{key}]]")
        _offer_longer(on, cohorts)
        panels.foot(on, "heatmap", lambda: _heatmap_how(on, cohorts, measure, view), drawing, line)


def _cell_of(mark: session.Mark) -> dict[str, object] | None:
    if "cohort" not in mark or "age" not in mark:
        return None
    return {"cohort": mark["cohort"], "age": int(mark["age"])}


def _draw_views(on: Here, now: tuple[str, str, str]) -> None:
    with st.container(horizontal=True, gap="small", key="views"):
        for place, name in enumerate(("measure", "show", "view")):
            _draw_view(on, name, place, now)


def _draw_view(on: Here, name: str, place: int, now: tuple[str, str, str]) -> None:
    key = f"view-{name}-{on.language}"
    session.mirror(key, now[place])
    st.segmented_control(
        on.t(f"page.retention.{name}.label"),
        (MEASURES, SHOWS, VIEWS)[place],
        format_func=lambda item: on.t(f"page.retention.{name}.{item}"),
        key=key,
        required=True,
        label_visibility="collapsed",
        on_change=_take_view,
        args=(now, place, key),
    )


def _take_view(now: tuple[str, str, str], place: int, key: str) -> None:
    chosen = list(now)
    chosen[place] = str(session.value(key))
    plainest = (MEASURES[0], SHOWS[0], VIEWS[0])
    session.go(view="" if tuple(chosen) == plainest else ".".join(chosen))


def _offer_longer(on: Here, cohorts: pandas.DataFrame) -> None:
    longer = LONGER.get(on.filters.period)
    if longer and loaders.derived(
        on.dataset, "mostly-small", (on.filters, on.currency), lambda: _mostly_small(cohorts)
    ):
        with st.container(horizontal=True, vertical_alignment="center"):
            said = on.t("page.retention.mostly_small", n=SMALL_COHORT)
            st.markdown(f":small[:orange[{said}]]", width="content")
            st.button(
                on.t(f"page.retention.longer.{longer}"),
                key="show-longer",
                type="tertiary",
                icon=":material/date_range:",
                on_click=session.go,
                kwargs={"period": longer},
            )


def _mostly_small(cohorts: pandas.DataFrame) -> bool:
    sizes = cohorts.drop_duplicates("cohort")["cohort_customers"]
    return bool((sizes < SMALL_COHORT).mean() > 0.5)


def _heatmap_how(on: Here, cohorts: pandas.DataFrame, measure: str, view: str) -> How:
    whole = cohorts[~cohorts["partial"].astype(bool)] if "partial" in cohorts else cohorts
    age = min(TOLD_AGE[on.filters.period], int(whole["age"].max()) if len(whole) else 0)
    cells = whole[whole["age"] == age]
    earlier = whole[(whole["age"] == age - 1) & whole["cohort"].isin(cells["cohort"])]
    unit = None if measure == "customers" else on.currency
    bottom = "cohort_mrr" if unit else "cohort_customers"
    formula = ""
    lines: tuple[str, ...] = (on.t(f"page.retention.heatmap.how.{measure}"),)
    if len(cells) and len(earlier):
        began = _kept(earlier, measure)
        kept = _kept(cells, measure)
        shown = float(began) - float(kept) if view == "churn" else kept
        formula = formulas.ratio(
            (on.t(f"page.retention.how.{view}.{measure}"),),
            (on.t(f"page.retention.how.{bottom}"),),
            formulas.figure(shown, unit),
            formulas.figure(began, unit),
            formulas.percent(float(shown) / float(began) if began else None),
        )
        lines = (on.t("page.retention.heatmap.mean_at", age=age), *lines)
    sizes = cohorts.drop_duplicates("cohort")["cohort_customers"]
    return How(
        "cohorts",
        on.filters.options(partial=True),
        cohorts,
        title=on.t(f"page.retention.heatmap.{view}"),
        formula=formula,
        lines=lines,
        n=int(sizes.sum()),
        money=("cohort_mrr", "active_mrr"),
        rates=("customer_retention", "net_mrr_retention", "gross_mrr_retention"),
    )


def _kept(cells: pandas.DataFrame, measure: str) -> Any:
    """What is left at one age: customers, their MRR, or their MRR of at most the first."""
    if measure == "gross_mrr":
        rates, first = cells["gross_mrr_retention"].astype(float), cells["cohort_mrr"].astype(float)
        return float((rates * first).sum())
    return sum(cells["active_customers" if measure == "customers" else "active_mrr"], start=0)


def _list(on: Here, cohorts: pandas.DataFrame) -> None:
    labels, ages = loaders.derived(
        on.dataset, "cohort-choices", (on.filters, on.currency), lambda: _choices(cohorts)
    )

    choices = [
        drill.Choice("cohort", labels, lambda c: numbers.period(c, on.language)),
        drill.Choice("age", ages, lambda age: on.t("page.retention.age", age=age)),
    ]

    def behind(mark: session.Mark) -> drill.Behind | None:
        if "period" in mark:
            return _of_history(on, mark["period"])
        if mark.get("cohort") not in labels:
            return None
        return drill.Behind(
            "cohorts",
            on.filters.options(),
            {k: mark[k] for k in ("cohort", "age") if k in mark},
            lambda found: _cohort_listing(on, mark, found),
            choices,
        )

    begin = {"cohort": labels[0]} if labels else None
    drill.accounts(on, PICKS, on.t("page.retention.list"), behind, begin)


def _of_history(on: Here, period: str) -> drill.Behind | None:
    """Who was a customer a year before a period's end, and what became of them."""
    options = on.filters.options()
    rows = on.frame("retention", options)
    label = period_column_of(rows)
    if period not in set(rows[label].astype(str)):
        return None
    row = rows[rows[label].astype(str) == period].iloc[0]

    def listing(found: pandas.DataFrame) -> drill.Listing:
        heading = on.t(
            "page.retention.list_history",
            period=numbers.period(period, on.language),
            n=numbers.count(len(found)),
            then=on.money(sum(found["mrr_before"], start=0)),
            now=on.money(sum(found["mrr_after"], start=0)),
            nrr=numbers.rate(row["nrr"]),
        )
        ordered = drill.readable(found).sort_values("delta", kind="stable")
        columns = ("name", "plan", "mrr_before", "mrr_after", "delta", "cancel_reason", "sources")
        names = drill.column_names(on, columns)
        money = ("mrr_before", "mrr_after", "delta")
        ids = ordered["account_id"].tolist()
        return drill.Listing(heading, ordered[list(columns)], names, money, ids)

    return drill.Behind("retention", options, {label: period}, listing)


def _choices(cohorts: pandas.DataFrame) -> tuple[list[str], list[str]]:
    """Cohorts, the newest first, and ages."""
    labels = [str(cohort) for cohort in reversed(cohorts["cohort"].unique().tolist())]
    return labels, [str(age) for age in sorted(cohorts["age"].unique().tolist())]


def _cohort_listing(on: Here, mark: session.Mark, found: pandas.DataFrame) -> drill.Listing:
    """A row an account: what it paid first and at that age, and whether it is still here."""
    columns = (
        "name",
        "plan",
        "first_mrr",
        "mrr_after",
        "state",
        "date",
        "cancel_reason",
        "sources",
    )
    ordered = drill.readable(found).sort_values(["account_id", "date"], kind="stable")
    last = ordered.groupby("account_id", sort=False).tail(1).set_index("account_id")
    first = ordered.groupby("account_id", sort=False).head(1).set_index("account_id")
    last["first_mrr"] = first["mrr_after"]
    here_now = last["mrr_after"] > 0
    last["state"] = here_now.map(
        {True: on.t("page.retention.state.here"), False: on.t("page.retention.state.left")}
    )
    cohort = numbers.period(mark["cohort"], on.language)
    heading = on.t(
        "page.retention.list_cell" if "age" in mark else "page.retention.list_cohort",
        cohort=cohort,
        age=mark.get("age", ""),
        here=numbers.count(int(here_now.sum())),
        all=numbers.count(len(last)),
        mrr=numbers.money(sum(last["mrr_after"], start=0), on.currency, on.language),
    )
    shown = last.assign(gone=here_now).sort_values(["gone", "first_mrr"], ascending=[True, False])
    names = drill.column_names(on, columns)
    ids = shown.index.tolist()
    return drill.Listing(heading, shown[list(columns)], names, ("first_mrr", "mrr_after"), ids)


# -- curves -------------------------------------------------------------------------------


def _survival(on: Here, by: str | None) -> None:
    options = on.filters.options(first=None, last=None, by=by)
    title, line = on.t("page.retention.survival.title"), on.t("page.retention.survival.line")
    aside = (lambda: compared.choose(on, by)) if by else None
    with panels.card("survival", title, line, aside=aside):
        curve = on.frame("survival", options)
        if curve.empty:
            panels.empty(on.t("page.retention.no_cohorts"))
            return
        drawing = loaders.drawing(
            on.dataset,
            "survival",
            (on.look, on.filters, by),
            lambda: charts.survival_curves.draw(curve, on.look, by=by),
        )
        panels.chart("survival", drawing)
        found = loaders.derived(
            on.dataset,
            "survival-sentence",
            (on.language, on.filters, by),
            lambda: _survival_sentence(on, curve, by),
        )
        st.markdown(f":small[:gray[{found}]]")
        panels.foot(
            on,
            "survival",
            lambda: How(
                "survival",
                options,
                curve,
                title=on.t("page.retention.survival.title"),
                formula=r"\hat S(t) = \prod_{t_i \le t} \left(1 - \frac{d_i}{n_i}\right)",
                lines=(on.t("page.retention.survival.how"),),
                n=int(_groups(curve, by)["at_risk"].sum()),
                rates=("survival", "std_error", "low", "high"),
            ),
            drawing,
            on.t("page.retention.survival.title"),
        )


def _groups(curve: pandas.DataFrame, by: str | None) -> pandas.DataFrame:
    """The first row of each group, where everyone is at risk; the largest first, as drawn."""
    if not by:
        return curve.head(1)
    firsts = curve.sort_values("tenure").groupby(by, dropna=False).head(1)
    return firsts.sort_values(["at_risk", by], ascending=[False, True], na_position="first")


def _survival_sentence(on: Here, curve: pandas.DataFrame, by: str | None) -> str:
    parts = []
    if by and curve[by].nunique(dropna=False) > 1:
        counts = [
            list(group[["tenure", "churned", "censored"]].itertuples(index=False, name=None))
            for _, group in curve.groupby(by, dropna=False)
        ]
        test = log_rank(counts)
        if test.p is not None:
            p = "< 0.001" if test.p < 0.001 else f"= {numbers.decimal(test.p, 3)}"
            key = "differ" if test.p < 0.05 else "alike"
            parts.append(on.t(f"page.retention.survival.{key}", p=p))
    for row in _groups(curve, by).head(5).to_dict("records"):
        value = row[by] if by and isinstance(row[by], str) else None
        who = inert(filters.value_words(value, on.language)) if by else on.t("filter.everyone")
        median = row["median"]
        unknown = median is None or median != median
        said = (
            on.t("page.retention.survival.not_reached")
            if unknown
            else numbers.months(int(median), on.language)
        )
        parts.append(on.t("page.retention.survival.median", who=who, median=said))
    return on.t("filter.separator").join(parts)


RETAINED = ("nrr", "grr", "nrr_low", "nrr_high", "grr_low", "grr_high")


def _history(on: Here) -> None:
    options = on.filters.options()
    with panels.card(
        "history", on.t("page.retention.history.title"), on.t("page.retention.history.line")
    ):
        rows = on.frame("retention", options)
        known = rows[rows["nrr"].notna()]
        if known.empty:
            panels.empty(on.t("page.retention.history.none"))
            return
        drawing = loaders.drawing(
            on.dataset,
            "history",
            (on.look, on.filters),
            lambda: charts.retention_history.draw(known, on.look),
        )
        panels.chart(
            "history",
            drawing,
            stretch=True,
            picks=PICKS,
            start=lambda mark: {"period": mark["period"]} if "period" in mark else None,
        )
        last = known.iloc[-1]
        panels.foot(
            on,
            "history",
            lambda: How(
                "retention",
                options,
                rows,
                title=on.t("page.retention.history.title"),
                formula=_nrr_formula(on, last),
                lines=(on.t("page.retention.history.how"),),
                n=int(last["starting_customers"]),
                money=("starting_mrr",),
                rates=("customer_retention", *RETAINED),
            ),
            drawing,
            on.t("page.retention.history.title"),
        )


def _nrr_formula(on: Here, last: pandas.Series) -> str:
    then = float(last["starting_mrr"])
    return formulas.ratio(
        (on.t("page.retention.how.mrr_now"),),
        (on.t("page.retention.how.mrr_then"),),
        formulas.figure(then * last["nrr"], on.currency),
        formulas.figure(last["starting_mrr"], on.currency),
        formulas.percent(last["nrr"]),
    )


# A value of the segment, its customers, the share still here at the age said, and the chart.
Multiple = tuple[str | None, int, float | None, charts.Drawing]


def _multiples(on: Here, by: str) -> None:
    age = TOLD_AGE[on.filters.period]
    drawn = loaders.derived(
        on.dataset, "multiples", (on.look, on.filters, by), lambda: _made_multiples(on, by, age)
    )
    if not drawn:
        return
    name = inert(filters.segment_words(by, on.language))
    st.markdown(f"##### {on.t('page.retention.multiples', by=name)}")
    per_row = 4 if len(drawn) == 4 else MULTIPLES  # four stand better in one row than one alone
    with st.grid(per_row, min_column_width=190):
        for value, n, share, drawing in drawn:
            who = inert(filters.value_words(value, on.language))
            rate = numbers.rate(share, 0)
            said = on.t("page.retention.multiple", n=numbers.count(n), age=age, share=rate)
            with st.container(border=True, height="stretch"):
                st.markdown(f"**{who}** :small[:gray[{said}]]")
                panels.chart(f"multiple-{by}-{value}", drawing)


def _made_multiples(on: Here, by: str, age: int) -> list[Multiple]:
    split = _cohorts(on, by)
    if split.empty:
        return []
    cohorts = split.drop_duplicates([by, "cohort"])
    sizes = cohorts.groupby(by, dropna=False)["cohort_customers"].sum()
    oldest = min(int(split["age"].max()), OLDEST[on.filters.period])
    found: list[Multiple] = []
    for value, n in sizes.sort_values(ascending=False).head(MULTIPLES * 2).items():
        blank = not isinstance(value, str)
        rows = split[split[by].isna() if blank else split[by] == value]
        cells = rows[rows["age"] == age]
        began = int(cells["cohort_customers"].sum())
        share = float(cells["active_customers"].sum()) / began if began else None
        drawing = charts.retention_curves.draw(rows, on.look, oldest=oldest)
        found.append((None if blank else str(value), int(n), share, drawing))
    return found


page(here.current())
