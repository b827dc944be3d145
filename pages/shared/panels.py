"""The parts every page is built from: tile, card, its footer, and the states of a card."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from typing import Any, Literal

import pandas
import streamlit as st

from cs_core.charts import Drawing, export, picked
from cs_core.errors import CannotAnswerError
from cs_core.metrics.options import Options
from cs_core.text import numbers, plain, t
from cs_core.text.spreadsheet import csv_bytes
from pages.frame import loaders, problems, session
from pages.frame.here import Here
from pages.frame.navigation import page_to
from pages.shared import filters

LONG_TABLE = 10  # rows; a longer table scrolls in a box of its own
TABLE_HEIGHT = 390
MOST_ROWS = 1000  # rows sent to the browser; the CSV file holds all


# -- tiles --------------------------------------------------------------------------------


@dataclass(frozen=True)
class Tile:
    """One headline figure. `mood` is good or bad only for what lies outside its usual range;
    `note` is the small line, in warning colour when `warn`; `door` the page that a press on the
    tile opens, and its `view` there."""

    label: str
    value: str
    help: str = ""
    delta: str | None = None
    versus: str = ""
    mood: Literal["good", "bad", "usual"] = "usual"
    arrow: bool = True
    history: Sequence[float | None] = ()
    note: str = ""
    warn: bool = False
    door: tuple[str, str] | None = None


_MOODS: Mapping[str, Any] = {"good": "green", "bad": "red", "usual": "off"}


def tiles(key: str, row: Sequence[Tile]) -> None:
    """A row of at most four tiles; two a row on a phone."""
    with st.grid(4, key=f"tiles-{key}"):
        for place, tile in enumerate(row):
            with st.container(border=True, height="stretch", key=f"tile-{key}-{place}"):
                _draw_tile(tile)
                if tile.door is not None:
                    _draw_door(tile, *tile.door)


def _draw_tile(tile: Tile) -> None:
    seen = [float(value) for value in tile.history if value is not None and value == value]
    st.metric(
        tile.label,
        tile.value,
        tile.delta,
        delta_color=_MOODS[tile.mood],
        delta_arrow="auto" if tile.arrow else "off",
        delta_description=tile.versus if tile.versus and tile.delta is not None else None,
        help=tile.help or None,
        chart_data=seen[-24:] if len(seen) > 1 else None,
    )
    colour = "orange" if tile.warn else "gray"
    st.markdown(f":small[:{colour}[{tile.note or '&nbsp;'}]]")


def _draw_door(tile: Tile, page: str, view: str) -> None:
    """A link that covers the tile; style.css shows its arrow only."""
    language = session.language()
    title = t(f"page.{page}.title", language)
    st.page_link(
        page_to(page),
        label=t("panel.door", language, figure=tile.label, page=title),
        icon=":material/chevron_right:",
        query_params={"view": view} if view else None,
    )


# -- cards --------------------------------------------------------------------------------


@dataclass(frozen=True)
class How:
    """What stands behind a card: the metric and its options, a LaTeX formula with the numbers
    put in, and further sentences. `table` is what is saved as CSV and shown as rows."""

    metric: str
    options: Options
    table: pandas.DataFrame
    title: str = ""
    formula: str = ""
    lines: tuple[str, ...] = ()
    n: int | None = None
    money: tuple[str, ...] = ()
    rates: tuple[str, ...] = field(default=())


@contextmanager
def card(
    key: str,
    title: str,
    line: str = "",
    *,
    stretch: bool = True,
    aside: Callable[[], None] | None = None,
) -> Iterator[None]:
    """A bordered card; what fails inside becomes a sentence in it. `aside` draws a choice to the
    right of the title."""
    with st.container(border=True, height="stretch" if stretch else "content", key=f"card-{key}"):
        if aside is None:
            heading(title, line)
        else:
            with st.container(horizontal=True, vertical_alignment="top", gap="small"):
                with st.container(width="stretch"):
                    heading(title, line)
                aside()
        try:
            yield
        except CannotAnswerError as error:
            empty(problems.explain(error))
        except Exception as error:
            problems.show(error, key)


def folded(key: str, title: str, draw: Callable[[], object], *, opened: bool = False) -> None:
    """What a page need not say at first sight, behind its title; `opened` where asked for. It is
    drawn while it is open only: several stand on a page, and few are looked at."""
    opened = session.keep(f"fold-{key}", opened)
    with st.expander(f"**{title}**", key=f"fold-{key}", on_change="rerun"):
        if opened:
            draw()


def heading(title: str, line: str = "", level: int = 5) -> None:
    """A heading with the line under it: one element, as each takes its time in every run."""
    st.markdown(f"{'#' * level} {title}" + (f"\n:small[:gray[{line}]]" if line else ""))


def page_title(key: str, language: str) -> None:
    """Title and question of a page that draws without data; with data the frame does."""
    with st.container(gap=None):
        st.title(t(f"page.{key}.title", language), anchor=False)
        st.markdown(f":gray[{t(f'page.{key}.question', language)}]")


def beside() -> AbstractContextManager[Any]:
    """Cards two in a row, under each other where there is no room; each card is one of them."""
    return st.grid(2, min_column_width=290)


def chart(
    key: str,
    drawing: Drawing,
    *,
    picks: str | None = None,
    start: Callable[[session.Mark], Mapping[str, object] | None] | None = None,
    stretch: bool = False,
    then: Callable[[session.Mark | None], None] | None = None,
) -> None:
    """A chart; with `picks`, its marks can be picked for the list of that name. `start` says
    which mark of this chart shows what was picked elsewhere, if it has one. With `stretch` it is
    as tall as the card beside it leaves. `then` is called with what was picked on it."""
    if picks is None or not drawing.fields:
        height: Any = "stretch" if stretch else "content"
        widget = f"chart-{key}"
        st.vega_lite_chart(drawing.shown, height=height, key=widget)
        return
    times, mark = session.drawn_anew(picks, key)
    spec = drawing.shown
    begins = start(mark) if start and mark else None
    if begins:
        params = [{**p, "value": [begins]} if "select" in p else p for p in spec["params"]]
        spec = {**spec, "params": params}
    widget = f"chart-{key}-{times}"

    def take() -> None:
        session.on_click(picks, key, widget, picked)
        if then is not None:
            then(session.picked(picks))

    st.vega_lite_chart(
        spec,
        width="stretch",
        key=widget,
        on_select=take,
    )


def reserved(key: str, height: int) -> AbstractContextManager[Any]:
    """Keeps the place of what is tall free until it is drawn; style.css has a rule for each step
    of 100 pixels."""
    return st.container(key=f"tall-{min(max(height // 100, 3), 12)}-{key}")


def foot(
    here: Here, key: str, how: How | Callable[[], How], drawing: Drawing | None, title: str
) -> None:
    """The line under a card: how it is computed, and saving. Give a function where `how` takes
    computing: few ask."""
    with st.container(
        key=f"foot-{key}", horizontal=True, gap="medium", vertical_alignment="center"
    ):
        with _popover(here.t("panel.how"), f"how-{key}", ":material/function:") as panel:
            if panel.open:  # what few open is made when they do
                _draw_how(here, key, _made(how))
        with _popover(here.t("panel.save"), f"save-{key}", ":material/download:") as panel:
            if panel.open:
                _draw_save(here, key, _made(how), drawing, title)
    asked = session.take(f"dialog-{key}")
    if asked == "rows":
        rows_dialog(here, _made(how))
    elif asked == "sql":
        sql_dialog(here, _made(how))


def _made(how: How | Callable[[], How]) -> How:
    return how() if callable(how) else how


def _popover(label: str, key: str, icon: str) -> Any:
    return st.popover(label, icon=icon, type="tertiary", key=key, on_change="rerun")


def _ask(key: str, dialog: str) -> None:
    """Callback: the popover makes way for the dialog."""
    session.remember(f"dialog-{key}", dialog)
    session.mirror(f"how-{key}", False)


def _draw_how(here: Here, key: str, how: How) -> None:
    st.markdown(f"**{how.title or here.t(f'metric.{how.metric}.title')}**")
    if how.formula:
        st.latex(how.formula)
    for line in how.lines:
        st.markdown(line)
    names = filters.definitions_words(here.filters, here.language)
    st.markdown(here.t("panel.policies", names=names))
    if how.n is not None:
        st.markdown(here.t("panel.n", n=numbers.count(how.n)))
    with st.container(horizontal=True):
        for name, icon in (("rows", ":material/table_rows:"), ("sql", ":material/code:")):
            st.button(
                here.t(f"panel.{name}"),
                key=f"{name}-{key}",
                icon=icon,
                on_click=_ask,
                args=(key, name),
            )


def _draw_save(here: Here, key: str, how: How, drawing: Drawing | None, title: str) -> None:
    name = "-".join(plain(part).replace(" ", "-") for part in (here.info.name, key))
    files: list[tuple[str, str, str, Any]] = []
    if drawing is not None:
        files += [
            ("png", "image", "image/png", lambda: export.png(drawing, title=plain(title))),
            ("svg", "polyline", "image/svg+xml", lambda: export.svg(drawing, title=plain(title))),
        ]
    files.append(("csv", "table", "text/csv", lambda: csv_bytes(how.table)))
    for kind, icon, mime, made in files:
        st.download_button(
            here.t(f"panel.{kind}"),
            made,  # made when it is asked for
            file_name=f"{name}.{kind}",
            mime=mime,
            key=f"save-{kind}-{key}",
            icon=f":material/{icon}:",
            type="tertiary",
            on_click="ignore",
        )


def rows_dialog(here: Here, how: How) -> None:
    @st.dialog(how.title or here.t(f"metric.{how.metric}.title"), width="large")
    def show() -> None:
        table(here, how.table, key=f"dialog-{how.metric}", money=how.money, rates=how.rates)

    show()


def sql_dialog(here: Here, how: How) -> None:
    @st.dialog(f"{here.t('panel.sql')} · {how.metric}", width="large")
    def show() -> None:
        with problems.boundary("sql"):
            st.code(
                here.dataset.statement(how.metric, how.options), language="sql", wrap_lines=True
            )

    show()


# -- tables -------------------------------------------------------------------------------


@dataclass(frozen=True)
class Table:
    """A frame as it goes to the browser, and how its columns look."""

    shown: pandas.DataFrame
    columns: Mapping[str, Any]


def made_table(
    here: Here,
    frame: pandas.DataFrame,
    *,
    names: Mapping[str, str] | None = None,
    money: Sequence[str] = (),
    rates: Sequence[str] = (),
    tenths: Sequence[str] = (),
    pinned: str | None = None,
) -> Table:
    """A frame as a table: text made harmless, money without symbol, rates in per cent, and with
    one digit after the point what is a ratio or a length of time."""
    digits = numbers.minor_units(here.currency)
    shown: dict[str, list[Any]] = {}
    columns: dict[str, Any] = {}
    for name in frame.columns:
        values = [None if _missing(v) else v for v in frame[name].head(MOST_ROWS).tolist()]
        label = plain((names or {}).get(name, name))
        if name in money:
            shown[name] = [None if v is None else float(v) for v in values]
            columns[name] = st.column_config.NumberColumn(label, format=f"%,.{digits}f")
        elif name in rates:
            shown[name] = [None if v is None else float(v) * 100 for v in values]
            columns[name] = st.column_config.NumberColumn(label, format="%.1f%%")
        elif name in tenths:
            shown[name] = values
            columns[name] = st.column_config.NumberColumn(label, format="%,.1f")
        elif _numeric(present := [value for value in values if value is not None]):
            shown[name] = values
            whole = all(float(value).is_integer() for value in present)
            columns[name] = st.column_config.NumberColumn(label, format="%,d" if whole else None)
        else:
            shown[name] = [plain(v) for v in values]
            columns[name] = st.column_config.TextColumn(label, pinned=name == pinned)
    return Table(pandas.DataFrame(shown, range(min(len(frame), MOST_ROWS))), columns)


def draw_table(made: Table, key: str, tall: int = TABLE_HEIGHT, **more: Any) -> Any:
    return st.dataframe(
        made.shown,
        key=key,
        hide_index=True,
        column_config=made.columns,
        height="content" if len(made.shown) <= LONG_TABLE else tall,
        **more,
    )


def opening(label: str, accounts: Sequence[str], key: str, **look: Any) -> Any:
    """A column of names that open the account: one click. `accounts` are the ids of the rows."""

    def take() -> None:
        clicked = session.value(key)
        if clicked is not None and clicked["row"] < len(accounts):
            session.open_page("account", id=accounts[clicked["row"]])

    return st.column_config.ButtonColumn(
        label, type="tertiary", alignment="left", on_click=take, key=key, **look
    )


def table(
    here: Here,
    frame: pandas.DataFrame,
    *,
    key: str,
    names: Mapping[str, str] | None = None,
    money: Sequence[str] = (),
    rates: Sequence[str] = (),
    tenths: Sequence[str] = (),
    pinned: str | None = None,
    accounts: Sequence[str] = (),
    **more: Any,
) -> Any:
    """Makes a table and draws it. Keep what `made_table` gives where rows are many. With
    `accounts`, the ids of the rows, the pinned column opens them."""
    made = made_table(
        here, frame, names=names, money=money, rates=rates, tenths=tenths, pinned=pinned
    )
    if accounts and pinned is not None and here.info.shape == "calendar":
        label = plain((names or {}).get(pinned, pinned))
        opens = opening(label, accounts, f"open-{key}", pinned=True)
        made = Table(made.shown, {**made.columns, pinned: opens})
    return draw_table(made, key, **more)


def _numeric(values: Sequence[object]) -> bool:
    """A column without any value is not: as numbers its blanks would read "None"."""
    return bool(values) and all(isinstance(value, int | float) for value in values)


def _missing(value: object) -> bool:
    return value is None or value != value


# -- states -------------------------------------------------------------------------------


def empty(words: str, advice: str = "") -> None:
    """Nothing to show, and what to do about it."""
    said = [":gray[:material/inbox:]", words, *([f":small[:gray[{advice}]]"] if advice else [])]
    st.markdown("\n\n".join(said), text_alignment="center")


@contextmanager
def working(here: Here, options: Options, height: int = 320) -> Iterator[None]:
    """While a figure is computed that takes more than a second: what is being done, at the final
    height. Quick ones draw nothing, so that nothing jumps."""
    if not loaders.is_slow(here.dataset, options):
        yield
        return
    place = st.empty()
    with place.container():
        lines = numbers.count(here.info.lines)
        st.markdown(f":small[:gray[{here.t('panel.working', n=lines)}]]")
        st.skeleton(height)
    yield
    place.empty()
