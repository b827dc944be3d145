"""Cohorts as a heatmap and as curves."""

from __future__ import annotations

import json
from collections.abc import Hashable, Mapping
from functools import lru_cache
from typing import Any

import pandas

from cs_core.charts.drawing import PICK, WHOLE, Drawing, Spec, layer, layered, one_row_per, pick
from cs_core.charts.marks import axis, legend, mark, ordinal, quantitative, scale, when
from cs_core.charts.parts import rate_axis, tooltip
from cs_core.charts.theme import DEFAULT, Look
from cs_core.text import numbers, t, ticks

MEASURES = ("customers", "net_mrr", "gross_mrr")
SHOWS = ("rate", "amount")
VIEWS = ("retention", "churn")

FADED_BELOW = 12  # customers of a cohort; n stands in every row, so later than a lone rate's 30
COUNTS_BELOW = 10  # customers in view; rates of so few say nothing
_NARROW_AGES = [0, 1, 2, 3, 6, 9, 12]
_NARROW = 520  # pixels
_N_COLUMN = -1  # stands before age 0
# The mean over cohorts ends where fewer remain.
FEWEST_COHORTS, FEWEST_REMAINING = 3, 30
_MEAN, _GAP = f"{WHOLE}mean", f"{WHOLE}~"  # sort before any period label, in this order
_FADE = 0.42
_MARKS = ["cohort", "age", "part", "shade", "text", "faded", "warn"]
_MARKS += ["when", "rate_text", "amount_text", "of_text"]

# Nothing is picked, or this cell, its whole row (by its n) or its whole column (by its mean).
_PICKED = (
    f"!{PICK}.cohort || (({PICK}.cohort[0] == datum.cohort || {PICK}.cohort[0] == '{_MEAN}')"
    f" && ({PICK}.age[0] == datum.age || {PICK}.age[0] == {_N_COLUMN}))"
)

# measure: (rate column, amount column, base column)
_COLUMNS = {
    "customers": ("customer_retention", "active_customers", "cohort_customers"),
    "net_mrr": ("net_mrr_retention", "active_mrr", "cohort_mrr"),
    "gross_mrr": ("gross_mrr_retention", None, "cohort_mrr"),
}


@one_row_per("cohort", "age")
def retention_heatmap(
    frame: pandas.DataFrame,
    look: Look = DEFAULT,
    *,
    measure: str = "customers",
    show: str = "rate",
    view: str = "retention",
) -> Drawing:
    """Cohorts by age, with n, a chained mean, and what is too few or not over marked.

    frame: rows of `cohorts` without a segment column; an optional boolean column `partial` marks
    cells whose period is not over (dashed, not in the mean). Unobserved cells are absent.
    measure: customers, net_mrr or gross_mrr. show: rate or amount (customers, or money of the
    measure). view: retention or churn (1 - retention, or what was lost).
    The colour always means retention. Below 10 customers in all, cells say "3/4" without colour.
    picks: `cohort`, `age`; the n column gives only `cohort`, the mean row only `age`.
    facts: `customers` in view, `faded` and `cohorts`: if most are faded, offer quarters.
    """
    cells = _cells(frame, measure)
    sizes = cells.drop_duplicates("cohort")
    total = int(sizes["n"].sum())
    few = total < COUNTS_BELOW
    rows = [
        _cell_row(cell, look, measure, "count" if few else show, view)
        for cell in cells.to_dict("records")
    ]
    for cohort, n in zip(sizes["cohort"], sizes["n"], strict=True):
        rows.append(_head_row(cohort, int(n), warn=not few and n < FADED_BELOW))
    if not few and len(cells):
        rows += _mean_rows(cells, total, look, measure, view)
    marks = pandas.DataFrame(rows, columns=_MARKS)
    facts = {
        "customers": float(total),
        "cohorts": float(len(sizes)),
        "faded": float((sizes["n"] < FADED_BELOW).sum()),
    }
    spec = _heatmap_spec(look, measure, view, few)
    return Drawing(spec, marks, look, ("cohort", "age"), facts)


@one_row_per("cohort", "age")
def retention_curves(
    frame: pandas.DataFrame,
    look: Look = DEFAULT,
    *,
    measure: str = "customers",
    oldest: int | None = None,
    top: float = 1.0,
) -> Drawing:
    """One small multiple: every cohort a thin grey line, their chained mean thick.

    frame: rows of `cohorts` of one segment (or of all). oldest: last age on the axis, and top: the
    highest rate on it; give all multiples the same. picks: nothing.
    facts: `customers`; `mean_<age>` for each observed age.
    """
    cells = _cells(frame, measure)
    whole = cells[~cells["partial"]]
    mean = _chained_mean(whole)
    last = int(oldest if oldest is not None else max([1, *whole["age"]]))
    rows = [
        {"cohort": cell["cohort"], "age": cell["age"], "rate": cell["rate"]}
        for cell in whole.to_dict("records")
        if cell["rate"] is not None
    ]
    rows += [{"cohort": _MEAN, "age": age, "rate": row["rate"]} for age, row in mean.items()]
    marks = pandas.DataFrame(rows, columns=["cohort", "age", "rate"])
    # A line may not leave the axis the multiples share.
    marks = marks[(marks["age"] <= last)].reset_index(drop=True)
    marks["when"] = [str(age) for age in marks["age"]]
    marks["rate_text"] = [numbers.rate(rate) for rate in marks["rate"]]
    facts = {f"mean_{age}": float(row["rate"]) for age, row in mean.items()}
    facts["customers"] = float(cells.drop_duplicates("cohort")["n"].sum())
    return Drawing(_curves_spec(look, last, top), marks, look, (), facts)


def _cells(frame: pandas.DataFrame, measure: str) -> pandas.DataFrame:
    """cohort, age, n, rate, amount, base, partial; oldest cohort first."""
    rate, amount, base = _COLUMNS[measure]
    cells = pandas.DataFrame(
        {
            "cohort": frame["cohort"].astype(str),
            "age": frame["age"].astype(int),
            "n": frame["cohort_customers"].astype(int),
            "active": frame["active_customers"].astype(int),
            "rate": pandas.to_numeric(frame[rate]).astype(float),
            "base": frame[base].astype(float),
        }
    )
    # Gross MRR has no amount column: it is what the rate is of.
    cells["amount"] = frame[amount].astype(float) if amount else cells["rate"] * cells["base"]
    cells["partial"] = frame["partial"].astype(bool) if "partial" in frame.columns else False
    return cells.sort_values(["cohort", "age"], ignore_index=True)


def _chained_mean(cells: pandas.DataFrame) -> dict[int, pandas.Series]:
    """By age, chained: `rate` is the product of the steps from age to age, each over the cohorts
    observed at both, weighted by what they have; with the sums `amount`, `base`, `active` and `n`
    of those cohorts. It ends where fewer than three cohorts or 30 customers remain: what a plain
    mean says at its end is of other cohorts than at its start."""
    seen = cells.dropna(subset=["rate"])
    sums, rate = ["amount", "base", "active", "n"], None
    found: dict[int, pandas.Series] = {}
    before: pandas.DataFrame | None = None
    for age, at_age in seen.groupby("age"):
        here = at_age.set_index("cohort")[sums]
        if before is None or rate is None:
            top, bottom = here["amount"].sum(), here["base"].sum()
        else:
            both = before.index.intersection(here.index)
            if len(both) < FEWEST_COHORTS or before.loc[both, "active"].sum() < FEWEST_REMAINING:
                break
            here = here.loc[both]
            top, bottom = here["amount"].sum(), before.loc[both, "amount"].sum()
        if not bottom > 0:
            break
        rate = (1.0 if rate is None else rate) * float(top / bottom)
        found[int(str(age))] = here.sum().rename(age)
        found[int(str(age))]["rate"] = rate
        before = at_age.set_index("cohort")[sums]
    return found


def _cell_row(
    cell: Mapping[Hashable, Any], look: Look, measure: str, show: str, view: str
) -> dict[str, Any]:
    churn = view == "churn"
    rate, amount = cell["rate"], cell["amount"]
    shown_rate = 1 - rate if churn else rate
    shown_amount = cell["base"] - amount if churn else amount
    active = cell["n"] - cell["active"] if churn else cell["active"]
    short = numbers.count(shown_amount)
    if measure != "customers":
        short = _bare_money(shown_amount, look)
    shown = {"rate": numbers.rate(shown_rate, 0), "amount": short, "count": f"{active}/{cell['n']}"}
    plain_age = cell["age"] == 0 or show == "count"
    return {
        "cohort": cell["cohort"],
        "age": cell["age"],
        "part": "partial" if cell["partial"] else "plain" if plain_age else "cell",
        "shade": rate,
        "text": shown[show],
        "faded": cell["n"] < FADED_BELOW,
        "warn": False,
        "when": t(
            "chart.cell_at_age",
            look.language,
            cohort=numbers.period(cell["cohort"], look.language),
            age=cell["age"],
        ),
        "rate_text": numbers.rate(shown_rate),
        **_amounts(cell, look, measure, view),
    }


def _bare_money(value: float, look: Look) -> str:
    """Short money without its unit, which would not fit a cell: 443k; 44万."""
    if look.language == "ja" and 1e5 <= abs(value) < 1e6:
        return numbers.decimal(value / 1e4, 0) + "万"
    text = look.money(value)
    mark = numbers.currency_mark(look.currency, look.language)
    return text.replace(mark, "").strip()


def _head_row(cohort: str, n: int, *, warn: bool) -> dict[str, Any]:
    return {
        "cohort": cohort,
        "age": _N_COLUMN,
        "part": "n",
        "text": numbers.count(n),
        "faded": False,
        "warn": warn,
    }


def _mean_rows(
    cells: pandas.DataFrame, total: int, look: Look, measure: str, view: str
) -> list[dict[str, Any]]:
    rows = [_head_row(_MEAN, total, warn=False), _head_row(_GAP, 0, warn=False)]
    rows[1]["part"] = "gap"
    for age, mean in _chained_mean(cells[~cells["partial"]]).items():
        shown = 1 - mean["rate"] if view == "churn" else mean["rate"]
        rows.append(
            {
                "cohort": _MEAN,
                "age": age,
                "part": "plain" if age == 0 else "cell",
                "shade": mean["rate"],
                "text": numbers.rate(shown, 0),
                "faded": False,
                "warn": False,
                "when": t("chart.mean_at_age", look.language, age=age),
                "rate_text": numbers.rate(shown),
                **_amounts(mean, look, measure, view),
            }
        )
    return rows


def _amounts(
    cell: Mapping[Any, Any] | pandas.Series, look: Look, measure: str, view: str
) -> dict[str, str]:
    """What is left (or lost) exactly, and how many customers of how many."""
    lost = view == "churn"
    amount = cell["base"] - cell["amount"] if lost else cell["amount"]
    part = int(cell["n"] - cell["active"] if lost else cell["active"])
    if measure == "customers":
        exact = numbers.count(amount, look.language, accounts=True)
    else:
        exact = numbers.exact_money(amount, look.currency, look.language)
    of = t("chart.of", look.language, part=part, whole=int(cell["n"]))
    return {"amount_text": exact, "of_text": of}


def _scale(measure: str, view: str) -> Spec:
    """Colours of retention. Only net MRR may pass 100 %, and only there 100 % is a middle."""
    if measure == "net_mrr":
        values, names = [0.6, 1.0, 1.4], {"retention": ["≤ 60%", "100%", "≥ 140%"]}
        names["churn"] = ["≥ 40%", "0%", "≤ −40%"]
        scale: Spec = {"domain": [0.6, 1.0, 1.4], "range": "diverging"}
    else:
        values, names = [0.5, 0.75, 1.0], {"retention": ["≤ 50%", "75%", "100%"]}
        names["churn"] = ["≥ 50%", "25%", "0%"]
        scale = {"domain": [0.5, 1.0], "range": "heatmap"}
    words = json.dumps(names[view], ensure_ascii=False)
    middle, end = values[1:]
    return {
        "scale": {**scale, "type": "linear", "clamp": True},
        "legend": legend(
            type="gradient",
            direction="horizontal",
            gradientLength=150,
            gradientThickness=10,
            values=values,
            labelExpr=f"{words}[datum.value < {middle} ? 0 : datum.value < {end} ? 1 : 2]",
            labelOverlap=False,
            offset=6,
        ),
    }


def _readable(look: Look) -> str:
    """Black or white on a cell, whichever has at least 4.5:1 on the fill as it is seen: a faded
    fill is mixed with the ground before its luminance is judged."""
    ground = look.color("ground")
    channels = ", ".join(
        f"{_FADE} * rgb(scale('color', datum.shade)).{c} + {1 - _FADE:.2f} * rgb('{ground}').{c}"
        for c in "rgb"
    )
    seen = f"datum.faded ? rgb({channels}) : scale('color', datum.shade)"
    return f"luminance({seen}) > 0.18"


@lru_cache(maxsize=64)
def _heatmap_spec(look: Look, measure: str, view: str, few: bool) -> Spec:
    x = ordinal(
        "age",
        scale=scale(paddingInner=0.03, paddingOuter=0),
        axis=axis(
            orient="top",
            labelExpr=f"datum.value == {_N_COLUMN} ? 'n' : datum.value",
            labelAngle=0,
            labelFontSize=11,
            labelPadding=3,
        ),
    )
    mean = json.dumps(t("chart.weighted_mean", look.language))
    y = ordinal(
        "cohort",
        scale=scale(paddingInner=0.05, paddingOuter=0),
        axis=axis(
            labelExpr=f"datum.value == '{_MEAN}' ? {mean} : datum.value == '{_GAP}' ? ''"
            f" : {ticks.short_periods(look.language)}",
            labelFontSize=11,
            labelPadding=8,
            labelOverlap=False,
        ),
    )
    tips = tooltip(look, when="cohort", rate_text=view, amount_text="amount", of_text="customers")
    text = mark("text", fontSize=11, tooltip=None)
    # Between 26 and 30 pixels a cell holds "100%"; narrower ones keep their colour and tooltip.
    fits = "bandwidth('x') >= 26 || width < 520"
    muted = look.color("muted")
    fill: Spec = {"field": "shade", "type": "quantitative", **_scale(measure, view)}
    bright = when(_PICKED, 1, 0.25)
    shown = when(fits, 1, 0)
    layers: list[Spec] = [
        layer(
            mark("rect", cursor="pointer", cornerRadius=1),
            "datum.part === 'cell'",
            name="cells",
            color=fill,
            fillOpacity=when("datum.faded", _FADE, 1),
            opacity=bright,
            tooltip=tips,
        ),
        layer(
            mark(
                "rect",
                filled=False,
                stroke=muted,
                strokeWidth=1,
                strokeDash=[3, 2],
                width={"band": 0.9},
                height={"band": 0.84},
                cornerRadius=1,
                fill="transparent",
            ),
            "datum.part === 'partial'",
            tooltip=tips,
            opacity=bright,
        ),
        layer(
            {**text, "cursor": "pointer"},
            "datum.part === 'cell'",
            text={"field": "text"},
            color={
                "condition": [
                    # A cell that stepped back is nearly the ground: text as on the ground.
                    {"test": f"!({_PICKED})", "value": muted},
                    {"test": _readable(look), "value": "#000000"},
                ],
                "value": "#FFFFFF",
            },
            opacity=shown,
        ),
        layer(
            {**text, "cursor": "pointer", "color": look.color("text") if few else muted},
            "datum.part === 'plain' || datum.part === 'partial'",
            text={"field": "text"},
            opacity=shown,
            tooltip=tips,
        ),
        layer(
            {**text, "cursor": "pointer"},
            "datum.part === 'n'",
            text={"field": "text"},
            color=when("datum.warn", look.color("warning_text"), muted),
        ),
        layer(
            # Nothing to see: the empty row that sets the mean apart keeps its place in the axis.
            mark("point", opacity=0, tooltip=None),
            "datum.part === 'gap'",
        ),
    ]
    if few:
        layers[0]["transform"] = [{"filter": "datum.part === 'plain'"}]
        layers[0]["mark"] |= {
            "fill": "transparent",
            "stroke": look.color("border"),
            "strokeWidth": 1,
        }
        del layers[0]["encoding"]["color"], layers[0]["encoding"]["fillOpacity"]
    return layered(
        look,
        "chart.description.heatmap",
        layers,
        params=pick("cells", "cohort", "age"),
        transform=[
            {
                "filter": f"width >= {_NARROW} || datum.age < 0"
                f" || indexof({_NARROW_AGES}, datum.age) >= 0"
            }
        ],
        encoding={"x": x, "y": y},
        height={"step": 21 if not few else 44},
    )


@lru_cache(maxsize=64)
def _curves_spec(look: Look, last: int, top: float) -> Spec:
    x = quantitative(
        "age",
        scale=scale(domain=[0, last], nice=False),
        axis=axis(
            values=list(range(0, last + 1, 6 if last >= 12 else 3 if last >= 6 else 1)), format="d"
        ),
    )
    y = rate_axis("rate", domain=[0, top], nice=False)
    y["axis"]["values"] = [0, 0.5, 1.0] + ([top] if top > 1.2 else [])
    mean = f"datum.cohort === '{_MEAN}'"
    return layered(
        look,
        "chart.description.curves",
        [
            layer(
                mark(
                    "line",
                    strokeWidth=1,
                    opacity=0.3,
                    color=look.color("neutral"),
                    clip=True,
                    tooltip=None,
                ),
                f"!({mean})",
                detail={"field": "cohort"},
            ),
            layer(mark("line", strokeWidth=2.5, color=look.color("primary"), clip=True), mean),
            layer(
                # Lines are too thin to point at: invisible targets carry the tooltip.
                mark("point", opacity=0, size=160),
                mean,
                tooltip=tooltip(look, when="age", rate_text="weighted_mean"),
            ),
        ],
        encoding={"x": x, "y": y},
        height=150,
    )
