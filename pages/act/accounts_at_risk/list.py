"""The ranked list of accounts at risk, its export, and the story of the one that was picked."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas
import streamlit as st

from cs_core.reports import reasons as risk_words
from cs_core.text import inert, numbers, plain
from cs_core.text.spreadsheet import csv_bytes
from pages.act.accounts_at_risk.plays import study
from pages.frame import loaders, session
from pages.frame.here import Here
from pages.shared import contacts, filters, panels, risk_study
from pages.shared.panels import How
from pages.shared.risk_study import COLOURS, Study

PICKS = "risk"
T = "page.accounts_at_risk"
TALL, SHORT = 270, 6  # pixels, and the rows that they hold
EXPORTED = (
    "account_id",
    "name",
    "mrr",
    "currency",
    "probability",
    "low",
    "high",
    "mrr_at_risk",
    "health",
    "colour",
    "phase",
    "touch",
    "next_renewal",
    "notice_given",
)
_ALL = "all"


def draw(on: Here, of: Study, by: list[str]) -> dict[str, Any] | None:
    """The list under its filters; returns the row that was picked, else the first."""
    ranked = "by_health"
    if of.predictive:
        ranked = "by_risk" if on.info.shape != "tenure" else "by_tenure"
    line = on.t(f"{T}.list.{ranked}", days=filters.horizon())
    with panels.card("risk-list", on.t(f"{T}.list.title"), line, stretch=False):
        finding = st.empty()
        held = _filtered(on, of, by)
        finding.markdown(_finding(on, of, held))
        colour = _colour(on, session.view("accounts_at_risk")[1] or _ALL)
        shown = held if colour == _ALL else held[held["colour"] == colour]
        if shown.empty:
            panels.empty(on.t(f"{T}.list.none"), on.t(f"{T}.list.none_advice"))
            return None
        picked = _table(on, of, shown)
        words = on.t(
            f"{T}.list.sum",
            accounts=accounts_words(on, len(shown)),
            mrr=numbers.money(risk_study.total(shown["mrr"]), on.currency, on.language),
            risk=numbers.money(risk_study.total(shown["at_risk"]), on.currency, on.language),
        )
        st.markdown(f":small[:gray[{words if of.predictive else words.split(' · ')[0]}]]")

        def how() -> How:
            return How(
                "accounts",
                risk_study.options(on),
                export(on, of.rows(shown)),
                title=on.t(f"{T}.list.title"),
                lines=(
                    on.t(f"{T}.list.how" if of.predictive else f"{T}.list.how_health"),
                    on.t(f"{T}.list.how_reasons"),
                    risk_words.tiers(on, of.present, of.rules),
                    on.t(f"{T}.list.how_export"),
                ),
                n=len(shown),
                money=("mrr", "mrr_at_risk"),
                rates=("probability", "low", "high"),
            )

        panels.foot(on, "risk-list", how, None, on.t(f"{T}.list.title"))
    return picked


def _finding(on: Here, of: Study, held: pandas.DataFrame) -> str:
    """How many are red and yellow, and what they pay."""
    red, yellow = (held[held["colour"] == colour] for colour in ("red", "yellow"))
    key = "red" if len(red) else "yellow" if len(yellow) else "calm"
    return on.t(
        f"{T}.list.finding_{key}",
        red=accounts_words(on, len(red)),
        red_mrr=numbers.money(risk_study.total(red["mrr"]), on.currency, on.language),
        yellow=accounts_words(on, len(yellow)),
        yellow_mrr=numbers.money(risk_study.total(yellow["mrr"]), on.currency, on.language),
    )


def accounts_words(on: Here, count: int) -> str:
    key = "panel.one_account" if count == 1 else "panel.accounts"
    return on.t(key, n=numbers.count(count))


# -- filters ------------------------------------------------------------------------------


def _filtered(on: Here, of: Study, by: list[str]) -> pandas.DataFrame:
    """Of this owner and segment; of every colour."""
    mark = session.picked(PICKS) or {}
    frame = of.frame
    held = ~frame["leaving"].to_numpy()
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        owner = _owner(on, frame)
        _segment(on, of, by, mark)
    if mark.get("segment"):
        held = held & risk_study.in_segment(on, of, by, mark["segment"])
    if owner is not None:
        held = held & (frame["owner"] == owner).to_numpy()
    return frame[held]


def colour_picked(mark: session.Mark | None) -> None:
    """A cell of the heat table is of everybody of a colour."""
    session.choose("accounts_at_risk", 1, (mark or {}).get("health", ""))


def _colour(on: Here, asked: str) -> str:
    key = f"risk-colour-{on.language}"
    session.mirror(key, asked)

    def take() -> None:
        chosen = session.value(key)
        rest = {k: v for k, v in (session.picked(PICKS) or {}).items() if k != "health"}
        session.pick(PICKS, {**rest, "health": chosen} if chosen != _ALL else rest or None)
        session.choose("accounts_at_risk", 1, "" if chosen == _ALL else chosen)

    marks = {"green": "● ", "yellow": "▲ ", "red": "■ "}
    return str(
        st.segmented_control(
            on.t(f"{T}.list.colour"),
            (_ALL, *reversed(COLOURS)),
            format_func=lambda c: marks.get(c, "") + on.t(f"{T}.list.{c}"),
            key=key,
            required=True,
            label_visibility="collapsed",
            on_change=take,
        )
    )


def _segment(on: Here, of: Study, by: list[str], mark: Mapping[str, str]) -> None:
    """The rows of the heat table, for those who do not click on it."""
    known = list(dict.fromkeys(risk_study.cells(on, of, by)["segment"]))
    key = f"risk-segment-{on.language}"
    session.mirror(key, mark.get("segment") if mark.get("segment") in known else None)

    def take() -> None:
        chosen = {"segment": session.value(key), "health": mark.get("health")}
        session.pick(PICKS, {name: value for name, value in chosen.items() if value} or None)

    names = " × ".join(risk_study.segment_name(on, name) for name in by)
    st.selectbox(
        on.t(f"{T}.list.segment", by=inert(names)),
        known,
        index=None,
        format_func=plain,
        key=key,
        placeholder=on.t(f"{T}.list.every_segment", by=names),
        label_visibility="collapsed",
        width=210,
        on_change=take,
    )


def _owner(on: Here, frame: pandas.DataFrame) -> str | None:
    if "owner" not in frame.columns:
        return None
    known = loaders.derived(
        on.dataset,
        "risk-owners",
        (risk_study.options(on), on.currency),
        lambda: sorted({name for name in frame["owner"] if isinstance(name, str)}),
    )
    key = f"risk-owner-{on.language}"
    asked = session.read("owner", filters.facts(on.dataset))
    session.mirror(key, asked if asked in known else None)
    chosen: str | None = st.selectbox(
        on.t(f"{T}.list.owner"),
        known,
        index=None,
        format_func=plain,
        key=key,
        placeholder=on.t(f"{T}.list.every_owner"),
        label_visibility="collapsed",
        width=170,
        on_change=lambda: session.go(owner=session.value(key) or ""),
    )
    return chosen


# -- the table ----------------------------------------------------------------------------


def _table(on: Here, of: Study, rows: pandas.DataFrame) -> dict[str, Any]:
    head = rows.head(panels.MOST_ROWS)
    shown, config, details = loaders.derived(
        on.dataset,
        "risk-table",
        (risk_study.options(on), of.rules, on.language, on.currency, _digest(head)),
        lambda: _made(on, of, head),
    )
    shown = study.with_tasks(on, shown, details)
    if on.info.shape == "calendar":
        opens = panels.opening(
            risk_words.column(on, "account"),
            details["account_id"].tolist(),
            "risk-open",
            pinned=True,
            width=170,
        )
        config = {**config, "account": opens}
    spoken = contacts.latest(on)
    if spoken:
        days = [_day(on, spoken.get(account)) for account in details["account_id"]]
        shown = shown.assign(contacted=days)
        config = {
            **config,
            "contacted": st.column_config.TextColumn(risk_words.column(on, "contacted"), width=110),
        }
    event = st.dataframe(
        shown,
        key=f"risk-table-{on.language}",
        hide_index=True,
        column_config=config,
        height="content" if len(shown) <= SHORT else TALL,
        on_select="rerun",
        selection_mode="single-row",
    )
    chosen = event.selection.rows if event else []
    place = chosen[0] if chosen and chosen[0] < len(head) else 0
    return {str(name): value for name, value in details.iloc[place].to_dict().items()}


def _digest(head: pandas.DataFrame) -> int:
    """Which rows they are, for a cache."""
    return hash(head["place"].to_numpy().tobytes())


def _made(
    on: Here, of: Study, head: pandas.DataFrame
) -> tuple[pandas.DataFrame, dict[str, Any], pandas.DataFrame]:
    """The table as it is shown, how its columns look, and what it was made of."""
    rows = of.rows(head)
    digits = numbers.minor_units(on.currency)
    shown = pandas.DataFrame(index=range(len(rows)))
    config: dict[str, Any] = {}

    def column(name: str, values: Sequence[Any], made: Any) -> None:
        shown[name] = list(values)
        config[name] = made

    def words(key: str, **fields: Any) -> str:
        return risk_words.column(on, key, days=filters.horizon(), **fields)

    text, number = st.column_config.TextColumn, st.column_config.NumberColumn
    names = [_name(row) for row in rows.to_dict("records")]
    column("account", names, text(words("account"), pinned=True, width=146))
    column(
        "health",
        [risk_words.health(s, c) for s, c in zip(rows["health"], rows["colour"], strict=True)],
        text(words("health"), width=58),
    )
    column(
        "why",
        [
            risk_words.fitting(risk_words.chips(on, reasons, of.predictive))
            or [on.t("risk.reason.none")]
            for reasons in rows["reasons"]
        ],
        st.column_config.ListColumn(words("why"), width=224),
    )
    if of.predictive:
        column(
            "chance",
            [100 * float(chance) for chance in rows["probability"]],
            st.column_config.ProgressColumn(
                words("chance" if on.info.shape != "tenure" else "chance_tenure"),
                format="%.0f%%",
                min_value=0,
                max_value=100,
                width=92,
            ),
        )
        ranges = [
            risk_words.interval(low, high)
            for low, high in zip(rows["low"], rows["high"], strict=True)
        ]
        column("range", ranges, text(words("range"), width=68))
    money = number(words("mrr"), format=f"%,.{digits}f", width=78)
    column("mrr", [float(value) for value in rows["mrr"]], money)
    if of.predictive:
        at_risk = number(words("mrr_at_risk"), format=f"%,.{digits}f", width=98)
        column("at_risk", [round(float(v), digits) for v in rows["mrr_at_risk"]], at_risk)
    if of.known.usage.shape[1]:
        series = [
            usage[~np.isnan(usage)].tolist() for usage in of.known.usage[rows["place"].tolist()]
        ]
        column("usage", series, st.column_config.LineChartColumn(words("usage"), y_min=0, width=88))
    if "owner" in rows.columns:
        column("owner", [plain(v) for v in rows["owner"]], text(words("owner"), width=70))
    if rows["next_renewal"].notna().any():
        days = [_day(on, value) for value in rows["next_renewal"]]
        column("renewal", days, text(words("renewal"), width=110))
    column("play", [risk_words.play(on, code) for code in rows["play"]], text(words("play")))
    return shown, config, rows


def _day(on: Here, value: Any) -> str:
    return "" if value is None or value != value else numbers.day(value, on.language)


def _name(row: Mapping[Any, Any]) -> str:
    return plain(row["name"] if isinstance(row["name"], str) else row["account_id"])


def export(on: Here, rows: pandas.DataFrame) -> pandas.DataFrame:
    """Shaped for a CRM's import: one flat row an account, ids first, money in the currency's
    units, chances and health as short numbers, reasons and play in words."""
    kept = rows[list(EXPORTED)].copy()
    digits = {"mrr": numbers.minor_units(on.currency), "health": 1}
    digits |= {"mrr_at_risk": digits["mrr"], **dict.fromkeys(("probability", "low", "high"), 4)}
    for name, places in digits.items():
        kept[name] = [None if value is None else round(value, places) for value in kept[name]]
    chance = [value is not None and value == value for value in rows["probability"]]
    kept["reasons"] = [
        "; ".join(risk_words.chips(on, reasons, known))
        for reasons, known in zip(rows["reasons"], chance, strict=True)
    ]
    kept["play"] = [risk_words.play(on, code) for code in rows["play"]]
    if "owner" in rows.columns:
        kept["owner"] = list(rows["owner"])
    return kept


def small_table(
    on: Here, of: Study, frame: pandas.DataFrame, key: str, extra: Sequence[str]
) -> None:
    """Name, MRR and a few columns, the largest MRR first, with a CSV of all of them."""
    made = loaders.derived(
        on.dataset,
        f"risk-{key}",
        (risk_study.options(on), of.rules, on.currency, on.language),
        lambda: _small(on, of.rows(frame.nlargest(panels.MOST_ROWS, "mrr")), extra),
    )
    if on.info.shape == "calendar":
        ids = frame.nlargest(panels.MOST_ROWS, "mrr")["account_id"].tolist()
        label = risk_words.column(on, "account")
        opens = panels.opening(label, ids, f"risk-{key}-open", pinned=True)
        made = panels.Table(made.shown, {**made.columns, "account": opens})
    panels.draw_table(made, f"risk-{key}")
    st.download_button(
        on.t("panel.csv"),
        lambda: csv_bytes(export(on, of.rows(frame.nlargest(len(frame), "mrr")))),
        file_name=f"{plain(on.info.name)}-{key}.csv",
        mime="text/csv",
        key=f"save-{key}",
        icon=":material/download:",
        type="tertiary",
        on_click="ignore",
    )


def _small(on: Here, rows: pandas.DataFrame, extra: Sequence[str]) -> panels.Table:
    shown = pandas.DataFrame({"account": [_name(row) for row in rows.to_dict("records")]})
    shown["mrr"] = list(rows["mrr"])
    for name in extra:
        values = rows[name].tolist()
        if name == "health":
            pairs = zip(values, rows["colour"], strict=True)
            values = [risk_words.health(score, colour) for score, colour in pairs]
        elif name == "phase":
            values = [on.t(f"risk.phase.{value}") for value in values]
        elif not rows[name].notna().any():
            continue
        else:
            values = [_day(on, value) for value in values]
        shown[name] = values
    if "owner" in rows.columns:
        shown["owner"] = list(rows["owner"])
    names = {name: risk_words.column(on, name) for name in shown.columns}
    return panels.made_table(on, shown, names=names, money=("mrr",), pinned="account")
