"""What a chart function gives: a specification made once, and the marks' data beside it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property, update_wrapper
from typing import TYPE_CHECKING, Any, Generic, ParamSpec

from cs_core.charts.theme import FAMILY, Look, config, enlarge
from cs_core.errors import UsageError
from cs_core.text import t

if TYPE_CHECKING:
    import altair
    import pandas

SCHEMA = "https://vega.github.io/schema/vega-lite/v6.json"
PICK = "pick"  # the point selection of every chart that can be clicked
WHOLE = "!"  # a picked value that starts so stands for a whole row or column, not for one mark
ROWS = "rows"  # the marks' data; not "marks", which is what Vega calls the marks themselves
HEIGHT = 320  # pixels; cards in a row have equal chart heights

_LABELS = {
    "M": "%Y-%m",
    "Q": "%Y-Q%q",
    "Y": "%Y",
}  # of pandas' periods, as the contract writes them

P = ParamSpec("P")
Spec = dict[str, Any]


@dataclass(frozen=True)
class Drawing:
    """One chart, ready to be shown.

    spec: Vega-Lite without data, shared between calls: read it, do not change it.
    frame: the marks; every column is a number, a flag or plain text, none is an address.
    fields: what a click on a mark gives under the selection "pick"; empty if nothing can be picked.
    facts: numbers the page may want to say in words (the bridge: `axis_start`).
    """

    spec: Spec
    frame: pandas.DataFrame
    look: Look
    fields: tuple[str, ...] = ()
    facts: Mapping[str, float] = field(default_factory=dict)

    @cached_property
    def shown(self) -> Spec:
        """The specification as it travels to a browser: the marks beside it in Arrow's format,
        made once."""
        import pyarrow

        sink = pyarrow.BufferOutputStream()
        table = pyarrow.Table.from_pandas(self.frame)
        with pyarrow.ipc.new_stream(sink, table.schema) as stream:
            stream.write_table(table)
        rows = sink.getvalue().to_pybytes()
        return {**self.spec, "data": {"name": ROWS}, "datasets": {ROWS: rows}}

    def standalone(self, width: int = 720, title: str = "", subtitle: str = "") -> Spec:
        """The whole chart as one document: data, font and background inside."""
        spec: Spec = {
            **self.spec,
            "width": width,
            "background": self.look.color("ground"),
            "config": {**self.spec["config"], "font": f"{FAMILY}, sans-serif"},
            "data": {"values": _rows(self.frame)},
        }
        if title:
            spec["title"] = {"text": title, "subtitle": subtitle} if subtitle else title
        return spec

    def altair(self) -> altair.Chart:
        """The same chart for a notebook."""
        import altair  # costs most of a second; the app never needs it

        chart = altair.Chart.from_dict(self.standalone())
        if altair.renderers.active == "default":
            # A notebook would load Vega from a network; a picture needs none and stays in the file.
            object.__setattr__(chart, "_repr_mimebundle_", lambda *_, **__: self._bundle())
        return chart

    def _bundle(self) -> dict[str, Any]:
        from cs_core.charts import export

        return {"image/png": export.png(self), "text/plain": str(self.spec["description"])}


class Chart(Generic[P]):
    """A chart function. Called, it gives an `altair.Chart`; `.draw` takes the same arguments and
    gives a `Drawing`, which costs no Altair objects (20-56 ms each) on every rerun of a page."""

    def __init__(self, draw: Callable[P, Drawing], one_row_per: Sequence[str] = ()) -> None:
        self.draw = draw
        self.one_row_per = tuple(one_row_per)
        update_wrapper(self, draw)

    def __call__(self, *args: P.args, **kwargs: P.kwargs) -> altair.Chart:
        """The chart of a frame of pandas, Polars or Arrow. Raises UsageError for a frame that
        lacks a column, or holds several rows where one can be drawn."""
        given = _drawable(args[0]) if args else None
        if given is None:
            return self.draw(*args, **kwargs).altair()
        self._one_row_each(given, kwargs.get("by"))
        try:
            return self.draw(given, *args[1:], **kwargs).altair()  # type: ignore[arg-type]
        except (KeyError, AttributeError) as error:
            missing = error.args[0] if isinstance(error, KeyError) else error.name
            if not isinstance(missing, str) or missing in given.columns:
                raise
            raise UsageError(
                "chart_column_missing", column=missing, known=", ".join(map(str, given.columns))
            ) from error

    def _one_row_each(self, frame: pandas.DataFrame, by: object) -> None:
        keys = [key for key in (*self.one_row_per, by) if key in frame.columns]
        if not self.one_row_per or not keys:
            return
        twice = frame.duplicated(keys)
        if twice.any():
            where = ", ".join(f"{key} {value}" for key, value in frame[twice][keys].iloc[0].items())
            raise UsageError("chart_rows_twice", where=where)


def one_row_per(*keys: str) -> Callable[[Callable[P, Drawing]], Chart[P]]:
    """A chart with one mark for each value of these columns (those that the frame has)."""

    def made(draw: Callable[P, Drawing]) -> Chart[P]:
        return Chart(draw, keys)

    return made


def _drawable(source: Any) -> pandas.DataFrame | None:
    """A frame as the charts take it: pandas, with periods as labels. None for what is no frame."""
    if hasattr(source, "to_pandas"):
        source = source.to_pandas()
    if not hasattr(source, "dtypes") or not hasattr(source, "columns"):
        return None
    columns = {}
    for name in source.columns:
        kind = str(source[name].dtype)
        if kind.startswith("period[W"):
            columns[name] = source[name].dt.start_time.dt.strftime("%G-W%V")
        elif kind.startswith("period["):
            columns[name] = source[name].dt.strftime(_LABELS[kind[7]])
    frame: pandas.DataFrame = source.assign(**columns)
    return frame


def layered(
    look: Look,
    description: str,
    layers: Spec | list[Spec],
    height: int | Spec = HEIGHT,
    **more: Any,
) -> Spec:
    """A specification with what all of them share.

    description: the key of its sentence. layers: one, or several over each other."""
    whole: Spec = {
        "$schema": SCHEMA,
        "description": t(description, look.language),
        "height": height,
        # Rows of a fixed height make their own total; all else is fitted into the card.
        "autosize": {"type": "fit-x" if isinstance(height, dict) else "fit", "contains": "padding"},
        "padding": {"left": 2, "right": 4, "top": 4, "bottom": 4},
        "config": config(look),
        **({"layer": layers} if isinstance(layers, list) else layers),
        **more,
    }
    larger: Spec = enlarge(whole) if look.projector else whole
    return larger


def layer(mark: Spec, where: str | list[Spec] = "", *, name: str = "", **encoding: Any) -> Spec:
    """One layer: its mark, the condition on the rows it draws (or the transforms that make them),
    and a channel each."""
    transform = [{"filter": where}] if isinstance(where, str) and where else where
    return {
        **({"name": name} if name else {}),
        **({"transform": transform} if transform else {}),
        "mark": mark,
        **({"encoding": encoding} if encoding else {}),
    }


def reference(mark: Spec, axis: str, datum: float) -> Spec:
    """A rule across the chart at one value of an axis, whatever the rows hold."""
    at: Spec = {axis: {"datum": datum, "type": "quantitative"}}
    return {"data": {"values": [{}]}, **layer({"type": "rule", **mark}, **at)}


def pick(view: str, *fields: str) -> list[Spec]:
    """The selection by click on the marks of a named view."""
    return [
        {
            "name": PICK,
            "views": [view],
            "select": {"type": "point", "fields": list(fields), "clear": "dblclick"},
        }
    ]


def dimmed(rest: float = 0.3) -> Spec:
    """Opacity of marks: what is not picked steps back."""
    return {"condition": {"param": PICK, "value": 1}, "value": rest}


def picked(selection: Mapping[str, Any]) -> dict[str, Any] | None:
    """What was clicked, from `event.selection` of Streamlit, or None. A field is missing when a
    whole row or column was clicked: the n column of the heatmap gives only `cohort`."""
    marks = selection.get(PICK)
    if not isinstance(marks, list) or not marks or not isinstance(marks[0], dict):
        return None
    chosen = {
        name: value
        for name, value in marks[0].items()
        if value is not None and value != -1 and not str(value).startswith(WHOLE)
    }
    return chosen or None


def _rows(frame: pandas.DataFrame) -> list[dict[str, Any]]:
    clean = frame.astype(object).where(frame.notna(), None)
    return [{str(name): value for name, value in row.items()} for row in clean.to_dict("records")]
