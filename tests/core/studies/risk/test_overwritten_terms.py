"""An export that overwrites `term_end` at each renewal tells a past day nothing it did not know."""

from __future__ import annotations

import csv
import random
from datetime import date
from pathlib import Path

import numpy as np
import pytest

from cs_core.datasets import open_dataset
from cs_core.metrics.options import Options
from cs_core.studies.plays.conditions import RenewalDue
from cs_core.studies.plays.firing import firings
from cs_core.studies.plays.holds import Evidence
from cs_core.studies.plays.past import Past
from cs_core.studies.plays.play import Play
from cs_core.studies.risk import Rules, rows
from tests.core.studies.risk import simulated

AS_OF = date(2024, 9, 30)
Lines = list[dict[str, object]]


def after(day: date, months: int) -> date:
    month = day.year * 12 + day.month - 1 + months
    return date(month // 12, month % 12 + 1, day.day)


def made(months: int, *, overwritten: bool, with_start: bool) -> Lines:
    """Contracts of equal terms, a quarter of which are not renewed: one row a term, or one row a
    contract with the term it is in."""
    draw = random.Random(7)
    found: Lines = []
    for number in range(600):
        begin = date(2019 + number % 5, 1 + number % 12, 1 + number % 28)
        start, ended = begin, False
        while not ended and after(start, months) <= AS_OF:
            ended = draw.random() < 0.25
            if not overwritten or ended:
                found.append(line(number, begin if overwritten else start, start, months, True))
            start = after(start, months)
        if not ended:
            found.append(line(number, begin if overwritten else start, start, months, False))
    # Somebody who comes on the last day, so that both files end on it.
    found.append(line(600, AS_OF, AS_OF, months, False))
    return found if with_start else [{**row, "term_start": ""} for row in found]


def line(number: int, start: date, term: date, months: int, ended: bool) -> dict[str, object]:
    due = after(term, months)
    return {
        "account_id": f"A{number:03d}",
        "subscription_id": f"S{number:03d}",
        "start_date": start,
        "end_date": due if ended else "",
        "mrr": 100,
        "term_start": term,
        "term_end": due,
    }


def write(path: Path, lines: Lines) -> Path:
    with path.open("w", newline="") as stream:
        writer = csv.DictWriter(stream, list(lines[0]))
        writer.writeheader()
        writer.writerows(lines)
    return path


@pytest.mark.parametrize(
    ("months", "with_start"), [(12, False), (12, True), (6, True), (24, True), (36, True)]
)
def test_both_exports_say_the_same(tmp_path: Path, months: int, with_start: bool) -> None:
    play = Play("renewal", (RenewalDue(60),))
    found = []
    for overwritten in (False, True):
        lines = made(months, overwritten=overwritten, with_start=with_start)
        with open_dataset([write(tmp_path / f"{overwritten}.csv", lines)]) as dataset:
            assert dataset.warehouse.facts.as_of == AS_OF
            past = rows.past_rows(rows.source(dataset.warehouse, Options()), 40, 4)
            fired = firings(play, Evidence(Past(dataset.warehouse), Rules()))
            learned, listed = simulated.assessed(dataset.warehouse, Options())
            found.append((past["days_to_renewal"], fired, learned.evaluation, listed.rows))
    (known, fired, evaluation, listed), of_overwritten = found
    assert np.nanmax(known) > months * 28
    np.testing.assert_array_equal(of_overwritten[0], known)
    assert len(fired) > 100
    assert of_overwritten[1] == fired
    assert of_overwritten[2:] == (evaluation, listed)


def test_a_long_term_without_its_start_is_believed_from_the_files_day(tmp_path: Path) -> None:
    """Until then nobody can tell three years from the third of three."""
    lines = [
        {**line(0, date(2023, 5, 10), date(2023, 5, 10), 36, False), "term_start": ""},
        {**line(1, AS_OF, AS_OF, 12, False), "term_start": ""},
    ]
    with open_dataset([write(tmp_path / "subscriptions.csv", lines)]) as dataset:
        of = rows.source(dataset.warehouse, Options())
        today, _ = rows.present_rows(of)
        assert (date(2026, 5, 10) - AS_OF).days in today["days_to_renewal"]
        earlier, _ = rows.present_rows(
            rows.source(dataset.warehouse, Options(as_of=date(2024, 4, 30)))
        )
        assert list(earlier["days_to_renewal"]) == [10]
        fired = firings(
            Play("renewal", (RenewalDue(30),)), Evidence(Past(dataset.warehouse), Rules())
        )
        assert [one.day for one in fired] == [date(2024, 4, 10)]
