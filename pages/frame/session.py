"""One visitor's state: what the address bar says, and what widgets hold.

The only module that touches `st.session_state`. Everything that makes a screen what it is (the
fields of `address.FIELDS`) is bound to the URL through hidden text inputs, so that the values in it
are the same in every language and Streamlit itself keeps them over page changes, reload and
back. Visible widgets mirror an address field and write back to it in their callback.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import streamlit as st
from streamlit.runtime.uploaded_file_manager import UploadedFile

from cs_core.text import LANGUAGES
from pages.frame.address import FIELDS, MOST_LETTERS, OF_DATASET, Facts, encode_mark
from pages.frame.address import mark as read_mark
from pages.frame.address import view as read_view
from pages.frame.quota import Holding

_NEXT, OPEN = "_next", "_open"
SETTLED = ("lang", "dataset")


# -- the address bar ----------------------------------------------------------------------


def bind_address() -> None:
    """Ties the address fields that say something to the URL: an input takes as long as a visible
    one. To be called first in every run, in a place that is not seen."""
    st.session_state.update(st.session_state.pop(_NEXT, {}))
    for name in FIELDS:
        if name in SETTLED:
            if not st.query_params.get(name):
                continue  # `settle_address` writes it; what is bound cannot be written
        elif not st.session_state.get(name) and not st.query_params.get(name):
            st.session_state[name] = ""  # so that Streamlit takes the next value to the URL
            continue
        st.text_input(
            name,
            key=name,
            bind="query-params",
            max_chars=MOST_LETTERS,
            label_visibility="collapsed",
        )


def settle_address(**settled: str) -> None:
    """Writes fields of `SETTLED` into a URL that leaves them open, so that it gives the same
    screen to whoever it is sent to. Only after the menu is known: the browser otherwise takes
    the new address for another page."""
    open_fields = {k: v for k, v in settled.items() if v and not st.query_params.get(k)}
    if open_fields:
        st.query_params.update(open_fields)
        st.session_state.update(open_fields)


def address(name: str) -> str:
    """The field's text; empty when the URL does not name it."""
    text = st.session_state.get(name, address)
    return str((st.query_params.get(name) if text is address else text) or "")


def read(name: str, facts: Facts) -> Any:
    """What the field means beside this dataset; None where it is empty or means nothing."""
    return FIELDS[name].of(address(name), facts)[0]


def left_out(facts: Facts) -> list[str]:
    """The fields that say something beyond what was understood."""
    return [name for name, one in FIELDS.items() if not one.of(address(name), facts)[1]]


def view(page: str) -> tuple[str | None, ...]:
    """What the address says of this page's own choices; None for those it leaves open."""
    return read_view(address("view"), page)


def choose(page: str, place: int, choice: str) -> None:
    """Sets one of this page's choices and leaves the others; for callbacks."""
    parts = [part or "" for part in view(page)]
    parts[place] = choice
    go(view=".".join(parts).rstrip("."))


def of_dataset(name: str) -> dict[str, str]:
    """The address fields of another dataset: what belonged to the one before is emptied."""
    return {**dict.fromkeys(OF_DATASET, ""), "dataset": name}


def go(**values: str) -> None:
    """Sets address fields; for callbacks, which run before the next run's widgets. They are set
    again when a whole run begins: one that draws a part of the page does not reach the URL."""
    for name, value in values.items():
        st.session_state[name] = value
    st.session_state.setdefault(_NEXT, {}).update(values)


def open_page(key: str, **values: str) -> None:
    """Sets address fields and goes to a page; for callbacks."""
    go(**values)
    st.session_state[OPEN] = key


def after_this_run(**values: str) -> None:
    """Sets address fields from within a run, which is then started anew. Never returns."""
    st.session_state.setdefault(_NEXT, {}).update(values)
    st.rerun()


def language() -> str:
    """`en` or `ja`, of this visitor only: as the URL says, else as the browser prefers."""
    asked = address("lang")
    if asked in LANGUAGES:
        return asked
    return "ja" if (st.context.locale or "").lower().startswith("ja") else "en"


def projector() -> bool:
    """Larger type for a room: `?projector=1`."""
    return address("projector") == "1"


def embedded() -> bool:
    """Without the frame: `?embed=true`."""
    return bool(st.context.is_embedded)


def dark() -> bool:
    return st.context.theme.type == "dark"


# -- widgets ------------------------------------------------------------------------------


def mirror(key: str, value: object) -> None:
    """Makes the widget of that key show `value`; to be called before the widget is drawn."""
    if st.session_state.get(key, mirror) != value:
        st.session_state[key] = value


def keep(key: str, first: object) -> Any:
    """What the widget of that key holds, `first` where it holds nothing yet; kept also where its
    label is another than before. To be called before the widget is drawn."""
    held = st.session_state[key] = st.session_state.get(key, first)
    return held


def value(key: str, default: Any = None) -> Any:
    return st.session_state.get(key, default)


def remember(key: str, what: object) -> None:
    """Keeps something for this visitor until the connection ends; None forgets it."""
    if what is None:
        st.session_state.pop(key, None)
    else:
        st.session_state[key] = what


def take(key: str) -> Any:
    """What was remembered, once."""
    return st.session_state.pop(key, None)


def forget(prefix: str) -> None:
    """Drops everything remembered, and what widgets hold, under keys that begin so."""
    for key in [key for key in st.session_state if str(key).startswith(prefix)]:
        del st.session_state[key]


def uploads() -> Holding:
    """What this visitor has uploaded."""
    holding: Holding = st.session_state.setdefault("_uploads", Holding())
    return holding


def free_uploads() -> None:
    """Lets go of uploaded files that no widget holds any more; to be called when a run ends."""
    held: set[str] = set()
    for kept in st.session_state.values():
        several = kept if isinstance(kept, list) else [kept]
        held.update(file.file_id for file in several if isinstance(file, UploadedFile))
    uploads().free(held)


# -- the mark a person picked, on a chart or in the list beside it -------------------------
#
# A click is held by the browser in the chart that was clicked; everything else has to follow.
# So every pick is kept with its origin, and the last stands in the address. A chart is drawn anew,
# starting with the mark, after each pick that did not come from itself.

Mark = dict[str, str]


def _picks(name: str) -> list[tuple[str, Mark | None]]:
    found: list[tuple[str, Mark | None]] = st.session_state.setdefault(f"_picks-{name}", [])
    whose, fields = read_mark(address("mark"))
    now = fields if whose == name else None
    if (found[-1][1] if found else None) != now:  # a link, or the browser's back
        found.append(("", now))
    return found


def picked(name: str) -> Mark | None:
    """The picked mark of a group of charts as field -> text, or None."""
    picks = _picks(name)
    return picks[-1][1] if picks else None


def pick(name: str, mark: Mapping[str, object] | None, origin: str = "") -> None:
    """Picks a mark; `origin` is the chart it was clicked on, if it was one. For callbacks."""
    fields = {k: str(v) for k, v in mark.items()} if mark else None
    _picks(name).append((origin, fields))
    go(mark=encode_mark(name, fields))


def drawn_anew(name: str, chart: str) -> tuple[int, Mark | None]:
    """How often a chart had to be drawn anew, and the mark it then starts with."""
    foreign = [mark for origin, mark in _picks(name) if origin != chart]
    return len(foreign), foreign[-1] if foreign else None


def on_click(
    name: str, chart: str, key: str, read: Callable[[Any], Mapping[str, Any] | None]
) -> None:
    """Callback of a chart's selection; `read` turns the browser's selection into a mark."""
    state = st.session_state.get(key)
    pick(name, read(state.selection) if state else None, chart)
