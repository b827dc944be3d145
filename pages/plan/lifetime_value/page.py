"""Lifetime value: what is a customer worth, and what would change it?"""

from __future__ import annotations

from contextlib import nullcontext
from dataclasses import replace

import pandas
import streamlit as st

from cs_core import charts
from cs_core.models.assumptions import PHASES, Assumptions
from cs_core.models.simulation import EVEN, PERCENTILES, Lever, staying_by_phase
from cs_core.text import inert, numbers
from pages.frame import here, loaders, problems, session
from pages.frame.here import Here
from pages.plan.lifetime_value import estimates, scenarios, study, tiles
from pages.plan.lifetime_value import form as assumption_form
from pages.plan.lifetime_value.study import Study
from pages.shared import formulas, panels
from pages.shared.panels import How


def page(on: Here) -> None:
    with panels.working(on, on.filters.options()):
        of = study.customers(on)
    if of is None:
        text = "page.lifetime_value.state.nothing"
        panels.empty(on.t(text), on.t(f"{text}_advice"))
        return
    lab = scenarios.current(on, of.baseline)
    scenarios.draw(on, lab)
    found = study.study(on, of, lab, assumption_form.individuals())
    # On a wall the tiles stay in sight while the sliders and the curves are, and words come after.
    with st.container(key="wall") if session.projector() else nullcontext():
        panels.tiles("value", tiles.tiles(on, found))
    if not session.projector():
        _words(on, found)
    if session.embedded():
        _results(on, found)
    else:
        form, results = st.columns([0.3, 0.7], gap="medium")
        with form, problems.boundary("form"):
            assumption_form.draw(on, lab)
        with results:
            _results(on, found)
    if session.projector():
        _words(on, found)
    title = on.t("page.lifetime_value.estimators.title")
    panels.folded("estimators", title, lambda: estimates.estimators(on, found))
    panels.folded("fit", on.t("page.lifetime_value.more"), lambda: _fit(on, found))


def _fit(on: Here, found: Study) -> None:
    left, right = st.columns([0.47, 0.53])
    with left:
        estimates.fit(on, found)
    with right:
        estimates.customer_base(on, found)


def _words(on: Here, found: Study) -> None:
    """Which value to quote, what a point of churn is worth, and quietly why the scenario's is
    another and what of the defaults is not in the data."""
    quoted = estimates.quoted(on, found)
    st.markdown("\n".join(f"- {line}" for line in (quoted, tiles.sentence(on, found)) if line))
    notes = (on.t(f"model.note.{code}") for code in found.of.baseline.notes)
    said = [line for line in (estimates.difference(on, found), *notes) if line]
    if not on.info.joint:
        said.insert(0, on.t("page.lifetime_value.currency", currency=inert(on.currency)))
    if said:
        st.markdown(f":small[:gray[{' '.join(said)}]]")


def _results(on: Here, found: Study) -> None:
    if not found.scenario.arpa:
        panels.empty(on.t("model.note.no_price"))
        _staying(on, found)
        return
    first = st.columns([0.6, 0.4])
    # On a wall the survival curve belongs beside the value; the spread can wait.
    early, late = (_staying, _spread) if session.projector() else (_spread, _staying)
    with first[0]:
        _fan(on, found)
    with first[1]:
        early(on, found)
    with panels.beside():
        late(on, found)
        _projection(on, found)
    title = on.t("page.lifetime_value.tornado.title")
    panels.folded("tornado", title, lambda: _tornado(on, found))
    title = on.t("page.lifetime_value.compare.title")
    panels.folded("compare", title, lambda: _compare(on, found))


# -- cards --------------------------------------------------------------------------------


def _how(
    on: Here, found: Study, table: pandas.DataFrame, title: str, *lines: str, **more: str
) -> How:
    return How(
        "ltv",
        on.filters.options(),
        table,
        title=title,
        lines=lines,
        n=found.of.customers,
        formula=more.get("formula", ""),
    )


def _fan(on: Here, found: Study) -> None:
    simulation, months = found.simulation, range(found.scenario.horizon + 1)

    def frame() -> pandas.DataFrame:
        return pandas.DataFrame(
            {
                "month": months,
                "scenario": [0.0, *found.now.path],
                "baseline": [0.0, *found.base.path],
                **{
                    name: [0.0, *simulation.fan[PERCENTILES.index(percent)]]
                    for name, percent in (
                        ("low95", 2.5), ("low80", 10.0), ("high80", 90.0), ("high95", 97.5),
                    )
                },
            }
        )  # fmt: skip

    title = on.t("page.lifetime_value.fan.title")
    line = on.t(
        "page.lifetime_value.fan.line",
        value=on.money(found.now.ltv),
        low=on.money(simulation.p10),
        high=on.money(simulation.p90),
    )
    cac = found.scenario.cac or None
    with panels.card("fan", title, line):
        drawing = loaders.drawing(
            on.dataset,
            "fan",
            (on.look, found.key),
            lambda: charts.value_fan.draw(frame(), on.look, cac=cac),
        )
        panels.chart("fan", drawing, stretch=True)
        drawn = ", ".join(on.t(f"assumption.{name}") for name in found.of.baseline.ranges)
        key = "page.lifetime_value.fan."
        lines = (
            on.t(key + "how", n=numbers.count(len(simulation.draws))),
            on.t(key + "drawn", names=drawn) if drawn else on.t(key + "nothing_drawn"),
            *_pace(on, found),
        )

        def how() -> How:
            return _how(on, found, frame(), title, *lines, formula=_formula(on, found))

        panels.foot(on, "fan", how, drawing, title)


def _pace(on: Here, found: Study) -> list[str]:
    """That MRR leaves faster or slower than customers do, where it does."""
    pace = found.of.baseline.pace
    if pace == EVEN:
        return []
    said = (numbers.decimal(times, 2) for times in pace)
    names = ("onboarding", "adoption", "mature")
    return [on.t("page.lifetime_value.fan.pace", **dict(zip(names, said, strict=True)))]


def _formula(on: Here, found: Study) -> str:
    """With the numbers that give the figure: who stays by phase, and what is paid when."""
    s, exact = found.scenario, formulas.exact
    price = exact(s.arpa * (1 + s.price_change))
    growth = exact(1 + s.expansion - s.contraction)
    pace = found.of.baseline.pace
    stay = [exact(share) for share in staying_by_phase(s, pace)]
    first, second = PHASES
    shares = (
        rf"{stay[0]}^{{\min(t, {first})}}"
        rf" \cdot {stay[1]}^{{\min(\max(t - {first}, 0), {second - first})}}"
        rf" \cdot {stay[2]}^{{\max(t - {second}, 0)}}"
        if s.by_phase or pace != EVEN
        else rf"{stay[0]}^{{t}}"
    )
    paid, when = "", ""
    if s.annual_share:
        paid = r" \cdot a(t)"
        yearly = exact(s.annual_share * (12 - s.annual_free_months))
        when = (
            rf" \\ a(t) &= {exact(1 - s.annual_share)}"
            rf" + {yearly} \cdot [t \bmod 12 = 0]"
        )
    return (
        rf"\begin{{aligned}} \text{{LTV}} &= \sum_{{t=0}}^{{{s.horizon - 1}}}"
        rf" \frac{{{price} \cdot {exact(s.gross_margin)} \cdot {growth}^{{t}} \cdot S(t){paid}}}"
        rf"{{{exact(1 + s.discount_rate)}^{{t/12}}}}"
        rf" = {formulas.figure(found.now.ltv, on.currency)}"
        rf" \\ S(t) &= {shares}{when} \end{{aligned}}"
    )


def _spread(on: Here, found: Study) -> None:
    simulation = found.simulation

    def frame() -> pandas.DataFrame:
        return pandas.DataFrame({"value": simulation.draws})

    marked = {"P10": simulation.p10, "P50": simulation.p50, "P90": simulation.p90}
    title = on.t("page.lifetime_value.spread.title", n=found.scenario.horizon)
    line = on.t(f"page.lifetime_value.spread.line{'_one' * found.individuals}")
    with panels.card("spread", title, line):
        if simulation.p10 == simulation.p90:
            panels.empty(on.t("page.lifetime_value.fan.nothing_drawn"))
            return
        drawing = loaders.drawing(
            on.dataset,
            "spread",
            (on.look, found.key),
            lambda: charts.value_spread.draw(frame(), on.look, percentiles=marked),
        )
        panels.chart("spread", drawing, stretch=True)
        said = ", ".join(f"{name} {on.money(value)}" for name, value in marked.items())
        panels.foot(
            on, "spread", lambda: _how(on, found, frame(), title, said + "."), drawing, title
        )


def _staying(on: Here, found: Study) -> None:
    own = replace(found.lab.baseline.assumptions, horizon=found.scenario.horizon)
    now, before = study.staying(found.scenario), study.staying(own)
    last = len(now) - 1

    def frame() -> pandas.DataFrame:
        return pandas.DataFrame({"month": range(last + 1), "scenario": now, "baseline": before})

    title = on.t("page.lifetime_value.staying.title")
    share = numbers.rate(now[-1], 0)
    with panels.card(
        "staying", title, on.t("page.lifetime_value.staying.line", share=share, n=last)
    ):
        drawing = loaders.drawing(
            on.dataset,
            "staying",
            (on.look, found.key),
            lambda: charts.staying.draw(frame(), on.look),
        )
        panels.chart("staying", drawing, stretch=True)
        formula = rf"S(t) = \prod_{{i=1}}^{{t}} (1 - \text{{{on.t('assumption.churn')}}}_i)"

        def how() -> How:
            words = tiles.churn_words(on, found)
            return _how(on, found, frame(), title, words, formula=formula)

        panels.foot(on, "staying", how, drawing, title)


def _projection(on: Here, found: Study) -> None:
    title = on.t("page.lifetime_value.projection.title")
    ahead = study.projection(on, found)
    names = ("scenario", "baseline", "low80", "high80", "low95", "high95", "customers")

    def frame() -> pandas.DataFrame:
        values = {name: getattr(ahead, name) for name in names}
        return pandas.DataFrame({"month": range(len(ahead.scenario)), **values})

    line = on.t(
        "page.lifetime_value.projection.line",
        now=on.money(ahead.scenario[0]),
        then=on.money(ahead.scenario[-1]),
        n=found.scenario.horizon,
        low=on.money(ahead.low80[-1]),
        high=on.money(ahead.high80[-1]),
    )
    if not any(ahead.high95) and not any(ahead.scenario):
        with panels.card("projection", title):
            panels.empty(on.t("page.lifetime_value.projection.nobody"))
        return
    with panels.card("projection", title, line):
        drawing = loaders.drawing(
            on.dataset,
            "projection",
            (on.look, found.key),
            lambda: charts.mrr_projection.draw(frame(), on.look),
        )
        panels.chart("projection", drawing, stretch=True)
        lines = on.t(
            "page.lifetime_value.projection.how",
            new=numbers.decimal(found.scenario.new_customers, 0),
            starting=on.money(found.of.outlook.starting),
        )
        panels.foot(
            on, "projection", lambda: _how(on, found, frame(), title, lines), drawing, title
        )


def _tornado(on: Here, found: Study) -> None:
    title = on.t("page.lifetime_value.tornado.title")
    levers, now = found.simulation.tornado, found.now.ltv

    def frame() -> pandas.DataFrame:
        return pandas.DataFrame(
            [_lever(on, lever, now) for lever in levers],
            columns=["name", "worse", "better", "value"],
        )

    with panels.card("tornado", title, on.t("page.lifetime_value.tornado.line"), stretch=False):
        if not levers:
            panels.empty(on.t("page.lifetime_value.point.nothing"))
            return
        drawing = loaders.drawing(
            on.dataset,
            "tornado",
            (on.look, found.key),
            lambda: charts.tornado.draw(frame(), on.look),
        )
        panels.chart("tornado", drawing)
        said = on.t("page.lifetime_value.tornado.how")
        panels.foot(on, "tornado", lambda: _how(on, found, frame(), title, said), drawing, title)


def _lever(on: Here, lever: Lever, now: float) -> tuple[str, float, float, float]:
    ends = (lever.at_minus - now, lever.at_plus - now)
    return on.t(f"assumption.{lever.name}"), min(*ends, 0.0), max(*ends, 0.0), lever.value


# -- scenarios side by side ---------------------------------------------------------------


def _compare(on: Here, found: Study) -> None:
    title, lab = on.t("page.lifetime_value.compare.title"), found.lab
    horizon = found.scenario.horizon
    listed: dict[str, Assumptions] = {
        on.t("page.lifetime_value.baseline"): lab.baseline.assumptions,
        **lab.compared,
    }
    if lab.chosen is None:
        listed[on.t("page.lifetime_value.unsaved")] = found.scenario
    rows = []
    for name, scenario in listed.items():
        at = replace(scenario, horizon=horizon)
        simulation = study.simulated(on, found.of, at)
        rows.append(
            {
                "name": name,
                "value": simulation.scenario.ltv,
                "low": simulation.p10,
                "high": simulation.p90,
                "ltv_cac": simulation.scenario.ltv_cac,
                "payback": simulation.scenario.payback,
                "lifetime": simulation.scenario.lifetime,
                "changes": tiles.changes(on, lab, scenario),
                "current": scenario == found.scenario,
            }
        )
    frame = pandas.DataFrame(rows)
    mark = numbers.currency_mark(on.currency, on.language)
    names = {
        name: on.t(f"page.lifetime_value.compare.{name}", currency=mark)
        for name in frame.columns
        if name != "current"
    }
    line = on.t("page.lifetime_value.compare.line", n=horizon)
    with panels.card("compare", title, line, stretch=False):
        # Without a CAC there is nothing to say about it.
        how = _how(on, found, frame.drop(columns="current"), title, line)
        table = frame.drop(columns=["current", "changes"]).dropna(axis="columns", how="all")
        panels.table(
            on,
            table,
            key="compare-table",
            names=names,
            money=("value", "low", "high"),
            tenths=("ltv_cac", "lifetime"),
            pinned="name",
        )
        if len(rows) == 1:
            st.markdown(f":small[:gray[{on.t('page.lifetime_value.compare.more')}]]")
        for row in rows[1:]:
            st.markdown(f":small[**{inert(str(row['name']))}** :gray[{row['changes']}]]")
        if not frame["high"].any():
            panels.foot(on, "compare", how, None, title)
            return
        drawing = loaders.drawing(
            on.dataset,
            "scenarios",
            (on.look, on.filters, tuple(listed.items()), horizon, found.scenario),
            lambda: charts.scenarios.draw(frame, on.look),
        )
        panels.chart("scenarios", drawing)
        panels.foot(on, "compare", how, drawing, title)


page(here.current())
