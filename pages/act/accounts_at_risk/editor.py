"""The health score's weights and thresholds, with who would change colour before it is saved."""

from __future__ import annotations

from typing import Any

import pandas
import streamlit as st

from cs_core.domain.money import MICROS
from cs_core.errors import UsageError
from cs_core.models import health_score
from cs_core.models.health_score import WEIGHTS, Rules
from cs_core.reports import reasons as risk_words
from cs_core.studies import risk
from cs_core.text import numbers
from pages.frame import problems, session
from pages.frame.here import Here
from pages.shared import panels, risk_study
from pages.shared.risk_study import COLOURS, Study

T = "page.accounts_at_risk.editor"
TOUCHES = ("high_touch", "low_touch")


def draw(on: Here, of: Study) -> None:
    with (
        st.container(border=True, key="card-editor"),
        st.expander(
            on.t(f"{T}.title"),
            key=f"risk-editor-{on.language}",
            on_change="rerun",
            type="compact",
        ) as opened,
    ):
        if not opened.open:
            return
        st.markdown(f":small[:gray[{on.t(f'{T}.line')}]]")
        left, right = st.columns([0.55, 0.45])
        with left:
            draft = _form(on, of)
        with right:
            if draft is not None:
                _preview(on, of, draft)


def _form(on: Here, of: Study) -> Rules | None:
    weights = {**dict.fromkeys(WEIGHTS, 0.0), **dict(of.rules.weights)}
    known = _share_known(of)
    chosen: dict[str, float] = {}
    halves = st.columns(2)
    for place, part in enumerate(WEIGHTS):
        key = f"risk-weight-{part}-{on.dataset.name}"
        if session.value(key) is None:
            session.mirror(key, float(weights[part]))
        chosen[part] = halves[place % 2].slider(
            on.t(f"risk.part.{part}"),
            0.0,
            50.0,
            step=1.0,
            key=key,
            format="%.0f",
            help=f"{on.t(f'risk.rule.{part}')} {_known_words(on, known[part])}",
        )
    keys = {name: f"risk-{name}-{on.dataset.name}" for name in ("green", "yellow")}
    for name, key in keys.items():
        if session.value(key) is None:
            session.mirror(key, float(getattr(of.rules, name)))
    first, second = st.columns(2)
    green = first.number_input(
        on.t(f"{T}.green"), 1.0, 100.0, step=1.0, key=keys["green"], format="%.0f"
    )
    yellow = second.number_input(
        on.t(f"{T}.yellow"), 1.0, 99.0, step=1.0, key=keys["yellow"], format="%.0f"
    )
    high, low = _touch(on, of)
    try:
        return Rules(tuple(chosen.items()), float(green), float(yellow), high, low)
    except UsageError as error:
        st.warning(problems.explain(error))
        return None


def _touch(on: Here, of: Study) -> list[float | None]:
    """MRR thresholds of the touch tiers; an empty one is the percentile of today's customers."""
    if "touch" in of.present.given:
        return [of.rules.high_touch, of.rules.low_touch]
    usual = health_score.touch_thresholds(of.present.everybody / MICROS, Rules())
    mark = risk_words.mark(on)
    chosen = []
    for column, name, value in zip(st.columns(2), TOUCHES, usual, strict=True):
        key = f"risk-{name}-{on.dataset.name}"
        if session.value(key, key) == key:
            session.mirror(key, getattr(of.rules, name))
        chosen.append(
            column.number_input(
                risk_words.without_mark(on.t(f"{T}.{name}", mark=mark)),
                0.0,
                value=None,
                format="%.0f",
                key=key,
                placeholder=on.t(f"{T}.{name}_usual", value=numbers.decimal(value, 0)),
                help=on.t(f"{T}.touch_help"),
            )
        )
    return chosen


def _known_words(on: Here, share: float) -> str:
    if share == 1:
        return ""
    said = on.t(f"{T}.known", share=numbers.rate(share, 0)) if share else on.t(f"{T}.unknown")
    return f"({said})"


def _share_known(of: Study) -> dict[str, float]:
    count = max(len(of.present), 1)
    return {
        part: float((scores == scores).sum()) / count for part, scores in of.present.scores.items()
    }


def _preview(on: Here, of: Study, draft: Rules) -> None:
    before, after = (risk.health_of(of.present, rules) for rules in (of.rules, draft))
    staying = risk_study.staying(of)
    frame = staying[staying["colour"].notna()]
    places = frame["place"].to_numpy(dtype=int)
    rows = [
        {
            "colour": colour,
            "before": _count(before, places, colour),
            "after": _count(after, places, colour),
        }
        for colour in COLOURS
    ]
    moved = [n for n in places if before.colours[n] != after.colours[n]]
    key = "nobody" if not moved else "moved"
    st.markdown(on.t(f"{T}.{key}", accounts=numbers.count(len(moved), on.language, accounts=True)))
    marks = {"green": "●", "yellow": "▲", "red": "■"}
    counts = pandas.DataFrame(rows)
    counts["colour"] = [f"{marks[c]} {on.t(f'chart.at_risk.{c}')}" for c in counts["colour"]]
    names = {name: on.t(f"{T}.{name}") for name in ("colour", "before", "after")}
    panels.table(on, counts, key="risk-preview-counts", names=names)
    if moved:
        panels.table(
            on,
            pandas.DataFrame([_change(of, before, after, n) for n in moved[: panels.MOST_ROWS]]),
            key="risk-preview",
            names={**names, "account": on.t("page.accounts_at_risk.column.account")},
            pinned="account",
        )
    with st.container(horizontal=True):
        st.button(
            on.t(f"{T}.save"),
            type="secondary" if draft == of.rules else "primary",
            key="risk-rules-save",
            disabled=draft == of.rules,
            on_click=_keep,
            args=(on, draft),
        )
        st.button(on.t(f"{T}.usual"), key="risk-rules-usual", on_click=_usual, args=(on,))


def _count(health: Any, places: Any, colour: str) -> int:
    return sum(health.colours[n] == colour for n in places)


def _change(of: Study, before: Any, after: Any, place: int) -> dict[str, str]:
    texts = of.present.texts
    return {
        "account": texts["name"][place] or texts["account_id"][place],
        "before": risk_words.health(before.score[place], before.colours[place]),
        "after": risk_words.health(after.score[place], after.colours[place]),
    }


def _keep(on: Here, rules: Rules | None) -> None:
    on.dataset.set_setting("health_rules", rules.as_json() if rules else None)


def _usual(on: Here) -> None:
    _keep(on, None)
    for name in (*(f"weight-{part}" for part in WEIGHTS), "green", "yellow", *TOUCHES):
        session.remember(f"risk-{name}-{on.dataset.name}", None)
