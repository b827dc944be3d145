"""Header rows of real files are read as what they are, or it is asked; never otherwise."""

from __future__ import annotations

from tests.core.importers import header_rows


def test_real_header_rows_are_read_right_or_asked_about(tmp_path):
    rows = header_rows.listed()
    found = [(header_rows.outcome(row, tmp_path), row.source) for row in rows]
    assert len(rows) >= 150
    assert [(what, source) for what, source in found if what.startswith(("wrong", "error"))] == []
    well = sum(what in ("right", "asked") for what, _ in found)
    assert well >= 0.97 * len(rows)
    assert sum(what == "right" for what, _ in found) >= 0.65 * len(rows)
