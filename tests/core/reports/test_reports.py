"""A report says what `query` says, to the last digit, in every form; and nothing in it runs."""

from __future__ import annotations

import email
import io
import re
from datetime import date
from email import policy as mail_policy
from html.parser import HTMLParser
from pathlib import Path

import openpyxl
import pytest

from cs_core.datasets import Dataset, open_dataset
from cs_core.domain.policies import Policies
from cs_core.errors import InputError, UsageError
from cs_core.metrics.options import Options
from cs_core.reports import html, mail, pdf, sheets
from cs_core.reports import verify as verifying
from cs_core.reports.content import Report, Request, exact
from cs_core.reports.making import make
from cs_core.text.embedded import source_hash

pages: dict[str, str] = {}  # a page takes a second to draw, and is the same each time


def page_of(dataset: Dataset, preset: str = "overview") -> str:
    if preset not in pages:
        pages[preset] = html.render(made(dataset, preset))
    return pages[preset]


PRESETS = ("overview", "board", "at-risk")
SOURCES = [("subscriptions.csv", "a" * 64), ("accounts.csv", "b" * 64)]
MADE = "2026-01-01T00:00:00Z"


def made(dataset: Dataset, preset: str = "overview", **fields: object) -> Report:
    request = Request(preset, dataset="company", made_at=MADE, **fields)  # type: ignore[arg-type]
    return make(dataset, request, SOURCES)


@pytest.mark.parametrize("language", ["en", "ja"])
@pytest.mark.parametrize("preset", ["keizoku", "stripe", "month_end"])
def test_figures_are_those_of_query(dataset: Dataset, preset: str, language: str) -> None:
    options = Options(policies=Policies.of(preset))
    report = made(dataset, "board", language=language, options=options)
    page = html.render(report)
    figures = {figure.name: figure for figure in report.figures()}
    for name, metric in (("bridge", "mrr_movements"), ("nrr", "retention")):
        records = {row["month"]: row for row in dataset.run(metric, options).records()}
        table = figures[name].table
        for row in table.rows:
            asked = records[row[0]]
            for column, value in zip(table.columns[1:], row[1:], strict=True):
                wanted = asked[column.name]
                assert exact(value) == ("" if wanted is None else str(wanted)), column.name
                assert f'data-v="{exact(value)}"' in page
    last = [r for r in dataset.run("kpis", options).records() if r["month"] == table.rows[-1][0]]
    for tile in report.sections[0].tiles:
        assert exact(tile.number) == ("" if last[0][tile.name] is None else str(last[0][tile.name]))


def test_a_report_holds(dataset: Dataset, tmp_path: Path) -> None:
    for preset in PRESETS:
        path = tmp_path / f"{preset}.html"
        path.write_text(page_of(dataset, preset), "utf-8")
        assert verifying.verify(path, dataset, SOURCES) == []


def test_a_changed_digit_is_found_and_named(dataset: Dataset, tmp_path: Path) -> None:
    text = page_of(dataset)
    start = text.index('data-name="movements"')
    place = next(m for m in re.finditer(r">(\d{1,3}(?:,\d{3})+)<", text) if m.start() > start)
    digit = "1" if place[1][-1] != "1" else "2"
    path = tmp_path / "changed.html"
    path.write_text(text[: place.end() - 2] + digit + text[place.end() - 1 :], "utf-8")
    (found,) = verifying.verify(path, dataset, SOURCES)
    assert (found["what"], found["figure"]) == ("figure", "movements")
    assert found["in_data"] == place[1]
    assert found["in_report"] == place[1][:-1] + digit


def test_another_file_and_another_policy_are_named(dataset: Dataset, tmp_path: Path) -> None:
    path = tmp_path / "report.html"
    path.write_text(page_of(dataset), "utf-8")
    other = [("subscriptions.csv", "c" * 64), SOURCES[1]]
    found = verifying.verify(path, dataset, other)
    assert [(row["what"], row["in_data"]) for row in found] == [
        ("source", f"subscriptions.csv {'c' * 12}")
    ]
    found = verifying.verify(path, dataset, SOURCES, Policies.of("month_end"))
    assert found[0]["what"] == "policy"
    assert found[0]["in_report"] == "movement_basis=event"


def test_a_mark_that_was_moved_is_found(dataset: Dataset, tmp_path: Path) -> None:
    text = page_of(dataset)
    moved = re.sub(
        r'(<path[^>]* d="M)(\d)', lambda m: m[1] + str((int(m[2]) + 1) % 10), text, count=1
    )
    assert moved != text
    path = tmp_path / "moved.html"
    path.write_text(moved, "utf-8")
    assert [row["what"] for row in verifying.verify(path, dataset, SOURCES)] == ["figure"]


TAMPERED = [
    ("head", "<title>", "<title>x"),
    ("head", "default-src ", "default-src * "),
    ("head", '<meta charset="utf-8">', '<meta charset="utf-8"><base href="//x">'),
    ("style", "<style>", "<style>td{display:none}"),
    ("style", "</style>", "b{font-size:0}</style>"),
    ("markup", "</head>", "<style>b{color:red}</style></head>"),
    ("markup", "<body>", '<body class="x">'),
    ("markup", "<main>", "<main hidden>"),
    ("markup", "<main>", "<main><!-- x -->"),
    ("markup", "</main>", '</main><img src="//x">'),
    ("markup", "</footer>", "</footer><script>alert(1)</script>"),
    ("markup", '<div class="tile"', '<div class="tile" hidden'),
    ("markup", "<tbody>", '<tbody style="display:none">'),
    ("markup", "<svg ", '<svg opacity="0" '),
    ("script", "</script></body>", "alert(1)</script></body>"),
    ("script", "</html>", "<p></p></html>"),
]


def test_a_change_of_anything_else_is_found_and_named(dataset: Dataset) -> None:
    text = page_of(dataset)
    assert list(verifying._parts_compared(text, text, set())) == []
    for part, old, new in TAMPERED:
        changed = text.replace(old, new, 1)
        assert changed != text, old
        found = list(verifying._parts_compared(changed, text, set()))
        assert [row["what"] for row in found] == [part], new


def test_a_hidden_figure_is_found_by_verify(dataset: Dataset, tmp_path: Path) -> None:
    path = tmp_path / "hidden.html"
    path.write_text(page_of(dataset).replace("<style>", "<style>td{display:none}"), "utf-8")
    (found,) = verifying.verify(path, dataset, SOURCES)
    assert found["what"] == "style"


@pytest.mark.parametrize(
    "text",
    ["", "<html></html>", '<script type="application/json" id="report">{"request": 3}</script>'],
)
def test_what_is_no_report_is_said_to_be_none(dataset: Dataset, tmp_path: Path, text: str) -> None:
    path = tmp_path / "other.html"
    path.write_text(text)
    with pytest.raises(InputError) as caught:
        verifying.verify(path, dataset)
    assert caught.value.code == "not_a_report"


def test_masked_names_are_nowhere(dataset: Dataset, tmp_path: Path) -> None:
    for preset in PRESETS:
        report = made(dataset, preset, mask=True)
        page = html.render(report)
        text = page + "".join(
            str(cell.value)
            for sheet in openpyxl.load_workbook(io.BytesIO(sheets.render(report)))
            for row in sheet.iter_rows()
            for cell in row
        )
        assert not re.search(r"\bA\d{3}\b|evil|alert|pwned", text), preset
        path = tmp_path / "masked.html"
        path.write_text(page, "utf-8")
        assert verifying.verify(path, dataset, SOURCES) == []
    again = html.render(made(dataset, "at-risk", mask=True))
    names = set(re.findall(r"Customer [0-9a-f]{4}", page))
    assert names
    assert not names & set(re.findall(r"Customer [0-9a-f]{4}", again)) or len(names) > 1


@pytest.mark.parametrize(
    ("column", "values"),
    [
        ("nickname", [f"<i>{n}</i> & Söhne" for n in range(12)]),  # tells accounts apart
        ("sold_by", ["north", "Ａ001"] * 6),  # an account's id, written otherwise
        ("cancel_reason", ["we left for Bob of Acme", ""] * 6),  # typed by people
    ],
)
def test_a_masked_report_names_nobody_by_its_filters(
    tmp_path: Path, column: str, values: list[str]
) -> None:
    path = tmp_path / "few.csv"
    rows = [f"A{n:03},2023-0{n % 9 + 1}-01,100,{value}" for n, value in enumerate(values)]
    path.write_text(f"account_id,start_date,mrr,{column}\n" + "\n".join(rows) + "\n", "utf-8")
    with open_dataset(path) as few:
        where = Options(where=((column, values[1] or values[0]),))
        for asked in ({"options": where}, {"shown": column}):
            with pytest.raises(UsageError) as caught:
                made(few, mask=True, **asked)
            assert caught.value.code == "masked_filter"
            assert made(few, **asked).sections


def test_a_masked_report_may_be_filtered_by_what_many_share(dataset: Dataset) -> None:
    report = made(dataset, mask=True, shown="plan", options=Options(where=(("plan", "Team"),)))
    assert "Team" in report.holds


class _Tags(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attributes)))


@pytest.mark.parametrize("preset", PRESETS)
def test_nothing_in_a_page_runs_or_calls_out(dataset: Dataset, preset: str) -> None:
    page = html.render(made(dataset, preset, note=HOSTILE_NOTE, title="<b>t</b>", shown="plan"))
    tags = _Tags()
    tags.feed(page)
    names = [tag for tag, _ in tags.tags]
    assert names.count("script") == 2
    assert not {"iframe", "object", "embed", "link", "img", "base", "form"} & set(names)
    for _, given in tags.tags:
        assert not [name for name in given if name.startswith("on") or name == "style"]
        places = [str(v) for k, v in given.items() if k in ("src", "href")]
        assert not [place for place in places if not place.startswith("#")]
    content = next(g["content"] for t, g in tags.tags if g.get("http-equiv"))
    assert "default-src 'none'" in str(content)
    assert "unsafe" not in str(content)
    for kind in ("style", "script"):
        text = re.findall(rf"<{kind}>(.*?)</{kind}>", page, re.DOTALL)[0]
        assert source_hash(text) in str(content)


HOSTILE_NOTE = "</p><script>alert(1)</script>\n![x](http://evil.example/x.png)"


def test_a_workbook_has_numbers_and_no_formula(dataset: Dataset) -> None:
    report = made(dataset, "board")
    book = openpyxl.load_workbook(io.BytesIO(sheets.render(report)))
    assert len(book.sheetnames) == 2 + sum(1 for f in report.figures() if f.table.columns)
    cells = [cell for sheet in book for row in sheet.iter_rows() for cell in row]
    assert [cell.value for cell in cells if cell.data_type == "f" or cell.hyperlink] == []
    bridge = next(f for f in report.figures() if f.name == "bridge")
    (row,) = bridge.table.rows
    sheet = book[bridge.title]
    assert [cell.value for cell in sheet[2]][1:] == pytest.approx([float(v) for v in row[1:]])


def test_a_letter_carries_the_page(dataset: Dataset) -> None:
    report = made(dataset)
    message = email.message_from_bytes(mail.render(report), policy=mail_policy.default)
    assert message["To"] is None
    kinds = [part.get_content_type() for part in message.walk()]
    assert {"text/plain", "text/html", "image/png"} <= set(kinds)
    (attached,) = message.iter_attachments()
    assert attached.get_content() == html.render(report)


@pytest.mark.parametrize("language", ["en", "ja"])
def test_a_pdf_is_the_same_each_time(dataset: Dataset, language: str) -> None:
    pytest.importorskip("typst")
    report = made(dataset, "board", language=language)
    first = pdf.render(report)
    assert first.startswith(b"%PDF-")
    assert first == pdf.render(report)


def test_what_changed_since_the_last_report_is_told(dataset: Dataset) -> None:
    first = made(dataset)
    changed = {**first.series, "2022-06": ("1.000000", 1)}
    later = make(dataset, first.request, SOURCES, (MADE, changed))
    (figure,) = later.sections[-1].figures
    assert [row[0] for row in figure.table.rows] == ["2022-06"]
    same = make(dataset, first.request, SOURCES, (MADE, first.series))
    assert same.sections[-1].figures[0].table.rows == ()


def test_the_magic_number_is_the_quarters(tmp_path: Path) -> None:
    rows = [f"A{n},2023-{n:02}-01,100" for n in range(1, 9)]  # a customer more each month
    files = [tmp_path / "subscriptions.csv", tmp_path / "costs.csv"]
    files[0].write_text("account_id,start_date,mrr\n" + "\n".join(rows) + "\n")
    spent = [f"2023-{n:02}-01,{10 * n}" for n in range(1, 9)]
    files[1].write_text("month,sales_and_marketing\n" + "\n".join(spent) + "\n")
    with open_dataset(files) as grown:
        asked = Options(as_of=date(2023, 7, 31))
        (table,) = (
            f.table for f in made(grown, "board", options=asked).figures() if f.name == "investors"
        )
        values = [row[1] for row in table.rows]
        # May to July bring 300 of MRR; February to April cost 20 + 30 + 40.
        assert values == [pytest.approx(12 * 300 / 90), None, None, None]


def test_a_reader_may_choose_a_value(dataset: Dataset) -> None:
    report = made(dataset, shown="plan")
    assert [value for value, _ in report.variants] == ["Basic", "Team"]
    locked = page_of(dataset)
    assert "Basic" not in locked  # what is locked holds only what is shown
    chosen = dict(report.variants)["Team"][0].tiles[0]
    alone = made(dataset, options=Options(where=(("plan", "Team"),))).sections[0].tiles[0]
    assert chosen.number == alone.number


def test_unknown_presets_and_pages_are_refused(dataset: Dataset) -> None:
    for preset, page in (("weekly", ""), ("page", "nowhere")):
        with pytest.raises(UsageError) as caught:
            made(dataset, preset, page=page)
        assert caught.value.code == "unknown_option_value"
