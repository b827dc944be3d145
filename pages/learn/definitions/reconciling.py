"""Another tool's figures, pasted or uploaded, and the definitions that explain the gap."""

from __future__ import annotations

from collections.abc import Collection, Hashable
from typing import Any

import pandas
import streamlit as st

from cs_core.charts.definitions import Kind, shown
from cs_core.domain.policies import PRESETS, Policies
from cs_core.metrics.options import Options
from cs_core.metrics.reconciliation import (
    FIGURES,
    RATES,
    Explanation,
    Reported,
    explain,
    read_reported,
)
from cs_core.metrics.result import Result
from cs_core.text import inert, numbers, t
from pages.frame import address, loaders, session
from pages.frame.here import Here
from pages.shared import definition_effects, filters, panels
from pages.shared.panels import How

MOST_BYTES = 200_000
MOST_CHARACTERS = 20_000
FEW_MONTHS = 3
_ENCODINGS = ("utf-8-sig", "cp932")


def kind_of(figure: str) -> Kind:
    """How a figure is written."""
    if figure in RATES:
        return "rate"
    if figure.endswith("_customers"):
        return "count"
    return "ratio" if figure == "quick_ratio" else "money"


def draw(on: Here) -> None:
    """The card: what to paste on the left, what explains it on the right."""
    with panels.card(
        "reconcile",
        on.t("page.definitions.reconcile.title"),
        on.t("page.definitions.reconcile.line"),
        stretch=False,
    ):
        left, right = st.columns([1, 1.7], gap="medium")
        with left:
            figure, text = _input(on)
        with right:
            if not text.strip():
                panels.empty(on.t("page.definitions.reconcile.nothing"))
                return
            _answer(on, figure, text)


def _input(on: Here) -> tuple[str, str]:
    figure = st.selectbox(
        on.t("page.definitions.reconcile.figure"),
        list(FIGURES),
        format_func=lambda name: on.t(f"page.definitions.figures.{name}"),
        key=f"reconcile-figure-{on.language}",
    )
    text = st.text_area(
        on.t("page.definitions.reconcile.paste"),
        key="reconcile-text",
        placeholder=on.t("page.definitions.reconcile.example"),
        height=190,
        max_chars=MOST_CHARACTERS,
    )
    st.markdown(f":small[{on.t('page.definitions.reconcile.upload')}]")
    file = st.file_uploader(
        on.t("page.definitions.reconcile.upload"),
        ["csv", "tsv", "txt"],
        key="reconcile-file",
        label_visibility="collapsed",
    )
    st.button(
        on.t("page.definitions.reconcile.go"),
        key="reconcile-go",
        type="primary",
        icon=":material/difference:",
    )
    if text.strip() or file is None:
        return figure, text
    if file.size > MOST_BYTES:
        st.warning(on.t("page.definitions.reconcile.too_large"), icon=":material/warning:")
        return figure, ""
    return figure, _decoded(file.getvalue())


def _decoded(content: bytes) -> str:
    if content[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return content.decode("utf-16", errors="replace")
    for encoding in _ENCODINGS:
        try:
            return content.decode(encoding)
        except UnicodeDecodeError:
            continue
    return content.decode("utf-8", errors="replace")


def _answer(on: Here, figure: str, text: str) -> None:
    reported = read_reported(text)
    _problems(on, reported)
    if not reported.values:
        if not reported.problems:
            st.warning(on.t("page.definitions.reconcile.no_lines"), icon=":material/info:")
        return
    key: tuple[Hashable, ...] = (figure, text, on.filters, on.currency)
    with st.spinner(on.t("page.definitions.reconcile.searching")):
        found = loaders.derived(
            on.dataset, "reconcile", key, lambda: _explained(on, figure, reported)
        )
    if found is None:
        first, last = on.info.first, on.filters.as_of or on.info.as_of
        months = (address.month_label(day) for day in (first, last) if day)
        said = [numbers.period(month, on.language) for month in months]
        words = on.t("page.definitions.reconcile.no_overlap", first=said[0], last=said[-1])
        st.warning(words, icon=":material/info:")
        return
    _result(on, found)


def _explained(on: Here, figure: str, reported: Reported) -> Explanation | None:
    def ask(metric: str, options: Options) -> Result:
        return definition_effects.in_currency(on, on.dataset.run(metric, options))

    return explain(
        ask,
        figure,
        reported,
        on.filters.options(first=None, last=None, period="month"),
        definition_effects.idle(on),
        pairs=on.info.lines <= loaders.SLOW_FROM,
    )


def _problems(on: Here, reported: Reported) -> None:
    unread = [problem for problem in reported.problems if problem.code == "unread"]
    if unread:
        key = "unread" if len(unread) == 1 else "unread_more"
        first = unread[0]
        words = on.t(
            f"page.definitions.reconcile.{key}",
            line=first.line,
            text=inert(first.text),
            n=len(unread),
        )
        st.warning(words, icon=":material/warning:")
    for problem in reported.problems:
        if problem.code == "twice":
            month = numbers.period(problem.text, on.language)
            words = on.t("page.definitions.reconcile.twice", month=month, line=problem.line)
            st.warning(words, icon=":material/warning:")
            break


# -- what was found -----------------------------------------------------------------------


def _result(on: Here, found: Explanation) -> None:
    st.markdown(_sentence(on, found))
    notes = list(_notes(on, found))
    if notes:
        st.markdown(f":small[:gray[{' '.join(notes)}]]")
    frame = _frame(found)
    _table(on, found, frame)
    if found.switches and found.share > 0:
        preset = _named_preset(found)
        st.button(
            on.t("page.definitions.reconcile.use"),
            key="reconcile-use",
            icon=":material/check:",
            on_click=session.go,
            kwargs={"policies": address.encode_policies(preset, found.policies)},
        )
    metric, column = FIGURES[found.figure]
    money = kind_of(found.figure) == "money"
    panels.foot(
        on,
        "reconcile",
        How(
            metric,
            on.filters.options(period="month", policies=found.policies),
            frame,
            title=on.t("page.definitions.reconcile.title"),
            lines=(on.t("page.definitions.reconcile.how"),),
            money=tuple(n for n in frame.columns if n != "month") if money else (),
        ),
        None,
        column,
    )


def _named_preset(found: Explanation) -> str:
    """The preset that is exactly these policies; else the one a change of them starts from."""
    for name in PRESETS:
        if Policies.of(name) == found.policies:
            return name
    return "keizoku"


def _sentence(on: Here, found: Explanation) -> str:
    names = [name for name in found.presets if name]
    if found.exact and not found.switches:
        name = filters.definitions_words(on.filters, on.language)
        return on.t("page.definitions.reconcile.equal", name=name)
    if not found.switches or found.share < 0.1:
        return on.t("page.definitions.reconcile.unexplained")
    what = "".join(f"\n- {_switch(on, found, name)}" for name in found.switches)
    if found.exact and names:
        head = on.t(
            "page.definitions.reconcile.exact_preset",
            name=t(f"filter.preset.{names[0]}", on.language),
        )
        return f"{head}\n{what}"
    if found.exact:
        key = "exact_one" if len(found.switches) == 1 else "exact_many"
        return on.t(f"page.definitions.reconcile.{key}", n=len(found.switches), what=what)
    share = numbers.rate(found.share, 0)
    return on.t("page.definitions.reconcile.partly", share=share, what=what)


def _switch(on: Here, found: Explanation, name: str) -> str:
    return on.t(
        "page.definitions.reconcile.switch",
        policy=on.t(f"filter.policy.{name}.title"),
        after=filters.policy_words(name, getattr(found.policies, name), on.language),
        before=filters.policy_words(name, getattr(on.filters.policies, name), on.language),
    )


def _notes(on: Here, found: Explanation) -> Any:
    others = found.presets[1:] if found.exact else ()
    if others and len(others) < len(PRESETS) - 1:
        names = on.t("finding.comma").join(t(f"filter.preset.{n}", on.language) for n in others)
        yield on.t("page.definitions.reconcile.also", names=names)
    if found.percent:
        yield on.t("page.definitions.reconcile.percent")
    if found.left_out:
        yield on.t("page.definitions.reconcile.left_out", n=found.left_out)
    if len(found.months) < FEW_MONTHS:
        yield on.t("page.definitions.reconcile.few", n=len(found.months))


def _frame(found: Explanation) -> pandas.DataFrame:
    """By month: theirs, ours, the gap, what each policy explains, what remains."""
    rows = []
    for month in found.months:
        gap = None if month.ours is None else month.theirs - month.ours  # type: ignore[operator]
        rows.append(
            {
                "month": month.month,
                "theirs": month.theirs,
                "ours": month.ours,
                "gap": gap,
                "remains": 0 if month.equal else month.remains,
                **{name: month.effects.get(name) for name in found.switches},
            }
        )
    return pandas.DataFrame(rows)


def _table(on: Here, found: Explanation, frame: pandas.DataFrame) -> None:
    labels = {
        name: on.t(f"page.definitions.reconcile.{name}")
        for name in ("month", "theirs", "ours", "gap", "remains")
    } | {name: on.t(f"filter.policy.{name}.title") for name in found.switches}
    changes = {"gap", "remains", *found.switches}
    figures_table(on, frame, kind_of(found.figure), labels, changes=changes, key="reconcile-table")


def figures_table(
    on: Here,
    frame: pandas.DataFrame,
    kind: Kind,
    labels: dict[str, str],
    *,
    changes: Collection[str],
    key: str,
) -> None:
    """A figure and its changes by period, the latest first; the first column names the period. A
    change of exactly 0 is written 0, so that what counts stands out; no figure is a dash."""
    first, *others = frame.columns
    columns: dict[str, Any] = {first: st.column_config.TextColumn(labels[first], pinned=True)}
    for name in others:
        label = labels[name]
        if kind == "money":
            mark = numbers.currency_mark(on.currency, on.language)
            label = on.t("page.definitions.in_currency", name=label, currency=mark)
        columns[name] = st.column_config.TextColumn(label, alignment="right")
    st.dataframe(
        in_words(on, frame, kind, changes),
        key=key,
        hide_index=True,
        column_config=columns,
        height="content" if len(frame) <= panels.LONG_TABLE else panels.TABLE_HEIGHT,
    )


def in_words(
    on: Here, frame: pandas.DataFrame, kind: Kind, changes: Collection[str]
) -> pandas.DataFrame:
    """The same table as it is read, the latest period first."""
    first, *others = frame.columns
    words = {first: [numbers.period(label, on.language) for label in frame[first]]}
    for name in others:
        words[name] = [_cell(on, kind, value, name in changes) for value in frame[name].tolist()]
    return pandas.DataFrame(words).iloc[::-1]


def _cell(on: Here, kind: Kind, value: Any, change: bool) -> str:
    if value is None or value != value:
        return numbers.MISSING
    if change and value == 0:
        return "0"
    if kind == "money":
        return numbers.amount(value, on.currency, signed=change)
    return shown(value, kind, on.look, signed=change)


def said(on: Here, figure: str, value: Any, *, signed: bool = False) -> str:
    """A figure as it is written in a sentence."""
    return shown(value, kind_of(figure), on.look, signed=signed)
