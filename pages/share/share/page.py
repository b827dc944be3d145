"""Share: what will a colleague see? One report, looked at before it is sent, and the links made."""

from __future__ import annotations

from pages.frame import here
from pages.frame.here import Here
from pages.share.share import links, report


def page(on: Here) -> None:
    chosen = report.form(on)
    made = report.made(on, chosen)
    if made is None:
        return
    report.downloads(on, made)
    links.form(on, made)
    report.preview(on, made)
    links.listing(on)


page(here.current())
