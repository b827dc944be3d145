"""The import page as a person meets it: questions with their answers, refusals, what is shown."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from cs_core import datasets
from cs_core.domain.tables import TABLES
from cs_core.importers.columns.proposal import ROLES
from cs_core.text import LANGUAGES, catalogue, t
from cs_core.workspace import Workspace, header_signature

Opened = Callable[..., AppTest]

HEAD = "customer_id,start_date,mrr\n"
QUESTIONS = {
    "ambiguous_dates": (HEAD + "a,02/01/2024,5\nb,03/04/2024,6\n").encode(),
    "contradictory_dates": (HEAD + "a,21/01/2024,5\nb,03/24/2024,6\n").encode(),
    "decimal_unsure": b"customer_id;start_date;mrr\na;2024-01-02;1.200\nb;2024-01-02;3.400\n",
    "encoding_unsure": "account_id,start_date,mrr,x\na,2024-01-02,5,海運業務\n".encode("euc_jp"),
    "delimiter_unsure": b"customer_id;start_date,mrr;x,y\na;2024-01-01,5;6,7\nb;2024-01-02,5;6,7\n",
    "amount_unit_unsure": (
        b"id,Customer ID,Plan,Quantity,Interval,Amount,Currency,Status,Created (UTC),Start (UTC),"
        b"Canceled At (UTC),Ended At (UTC)\n"
        b"s1,c1,Pro,1,month,29,usd,active,2024-01-01,2024-01-01,,\n"
        b"s2,c2,Pro,1,month,71,usd,active,2024-01-01,2024-01-01,,\n"
    ),
}  # fmt: skip


def bring(at: AppTest, content: bytes, name: str = "file.csv") -> AppTest:
    at.file_uploader[0].upload(name, content)
    return at.run()


def said(at: AppTest) -> str:
    return "\n".join(item.value for item in [*at.markdown, *at.error, *at.warning, *at.title])


def answers(at: AppTest) -> list[str]:
    return [button.label for button in at.button if (button.key or "").startswith("answer-")]


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("code", QUESTIONS)
def test_what_a_file_leaves_open_is_asked_and_answered(
    workspace: Workspace, opened: Opened, code: str, language: str
) -> None:
    at = bring(opened("data", lang=language), QUESTIONS[code])
    assert t("page.data.to_confirm", language) in said(at)
    assert len(answers(at)) >= 2
    assert len(at.error) == 0

    at.button(key="answer-" + _option(at) + "-0").click().run()
    assert answers(at) == []
    assert len(at.error) == 0
    assert not at.exception


def _option(at: AppTest) -> str:
    key = next(button.key for button in at.button if (button.key or "").startswith("answer-"))
    return key.removeprefix("answer-").rsplit("-", 1)[0]


def test_answers_show_how_the_cell_would_be_read(workspace: Workspace, opened: Opened) -> None:
    def of(code: str) -> list[str]:
        return answers(bring(opened("data", lang="en"), QUESTIONS[code]))

    assert of("ambiguous_dates") == [
        "Day, month, year: 2 Jan 2024", "Month, day, year: 1 Feb 2024",
    ]  # fmt: skip
    assert of("decimal_unsure") == ["1,200", "1.2"]
    assert of("amount_unit_unsure") == ["In cents: 0.29", "Not in cents: 29"]
    assert "EUC-JP: 海運業務" in of("encoding_unsure")
    assert of("delimiter_unsure") == ["Comma", "Semicolon"]


def test_an_answer_can_be_taken_back(workspace: Workspace, opened: Opened) -> None:
    at = bring(opened("data", lang="en"), QUESTIONS["decimal_unsure"])
    at.button(key="answer-decimal-0").click().run()
    assert "The decimal mark is “,”." in said(at)
    at.button(key="ask-again-decimal").click().run()
    assert answers(at) == ["1,200", "1.2"]


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("content", [b"", bytes(range(256)) * 40, b"<html><body>Log in</body>"])
def test_a_refusal_offers_no_choices_that_cannot_help(
    workspace: Workspace, opened: Opened, content: bytes, language: str
) -> None:
    at = bring(opened("data", lang=language), content)
    assert len(at.error) == 1
    assert t("page.data.untouched", language) in said(at)
    assert [box.label for box in at.selectbox if box.label in _choices(language)] == []


def _choices(language: str) -> list[str]:
    fields = ("encoding", "delimiter", "date_order", "end_date")
    return [t(f"page.data.{field}.label", language) for field in fields]


def test_a_workbook_has_neither_encoding_nor_delimiter(
    workspace: Workspace, opened: Opened
) -> None:
    book = Path(__file__).parents[1] / "core" / "importers" / "contracts.xls"
    at = bring(opened("data", lang="en"), book.read_bytes(), "contracts.xls")
    labels = [box.label for box in at.selectbox]
    assert [label for label in _choices("en") if label in labels] == ["Dates", "The end date"]


def test_two_files_of_one_name_are_both_shown(workspace: Workspace, opened: Opened) -> None:
    at = opened("data", lang="en")
    at.file_uploader[0].upload("a.csv", (HEAD + "a,2024-01-02,5\n").encode())
    at.file_uploader[0].upload("a.csv", (HEAD + "b,2024-01-02,5\nc,2024-01-02,6\n").encode())
    at.run()
    [chooser] = [box for box in at.selectbox if (box.key or "").startswith("upload-shown")]
    assert len(chooser.options) == 2
    assert [metric.value for metric in at.metric][:2] == ["1", "1"]
    chooser.select_index(1).run()
    assert [metric.value for metric in at.metric][:2] == ["2", "2"]


def test_what_was_confirmed_for_a_header_is_remembered_and_used_for_the_next_file(
    workspace: Workspace, opened: Opened
) -> None:
    """Also what the header said of every row: 年額 is an amount by the year."""
    head = "顧客ID,契約開始日,年額,担当\n"
    at = bring(opened("data", lang="en"), (head + "1,2024-04-01,1200,森\n").encode())
    use(at)
    columns = ["顧客ID", "契約開始日", "年額", "担当"]
    kept = workspace.mapping(header_signature(columns))
    assert kept is not None
    assert (kept["columns"]["年額"], kept["constants"]) == ("amount", {"interval": "year"})

    workspace.save_mapping(
        header_signature(columns), {**kept, "columns": {**kept["columns"], "担当": "owner"}}
    )
    at = bring(at, (head + "1,2024-04-01,1200,森\n2,2024-05-01,2400,森\n").encode())
    use(at)
    [stored] = workspace.datasets()
    assert stored.options["read"]["mapping"]["columns"]["担当"] == "owner"
    with datasets.open_dataset(dataset="file", workspace=workspace) as dataset:
        assert dataset.mrr_today()[0][1] == 300
        assert [segment.name for segment in dataset.info.segments] == ["owner"]


def use(at: AppTest) -> None:
    [button] = [item for item in at.button if item.label.startswith("Use these")]
    button.click().run()
    assert not at.exception


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_file_of_which_no_row_can_be_used_cannot_be_kept(
    workspace: Workspace, opened: Opened, language: str
) -> None:
    at = bring(opened("data", lang=language), b"account_id,start_date,mrr\na,2024-01-01\n")
    assert t("page.data.nothing_usable", language) in said(at)
    assert t("page.data.ready", language) not in said(at)
    assert "primary" not in {button.proto.type for button in at.button}
    at = bring(at, b"account_id,start_date,mrr\na,2024-01-01,5\nb,2024-01-01\n")
    assert t("page.data.nothing_usable", language) not in said(at)
    assert t("page.data.ready", language) in said(at)
    [use] = [button for button in at.button if button.proto.type == "primary"]
    assert use.label == t("page.data.use", language, n="1")


def test_a_name_is_no_longer_than_a_disk_takes():
    from pages.prepare.data import uploads

    for given in ("顧" * 300 + ".csv", "x" * 300, "." + "y" * 300, "../../" + "z" * 300 + ".xlsx"):
        name = uploads._name(given)
        assert 0 < len(name.encode()) <= 255
        assert "/" not in name
    assert uploads._name("顧" * 300 + ".csv").endswith("顧.csv")
    assert uploads._name("plain.csv") == "plain.csv"
    assert uploads._name("..") == "file"


FULL = HEAD + "a,2024-01-02,5\nb,2024-01-02,6\n"


@pytest.mark.parametrize(
    ("draft", "said_of"),
    [
        ({"customer_id": "-"}, ("still_missing", "account_id")),
        ({"mrr": "start_date"}, ("given_twice", "start_date")),
    ],
)
def test_columns_that_cannot_be_used_as_shown_are_not_imported(
    workspace: Workspace, opened: Opened, draft: dict[str, str], said_of: tuple[str, str]
) -> None:
    at = bring(opened("data", lang="en"), FULL.encode())
    assert not at.button(key="use-now").disabled
    signature = header_signature(HEAD.strip().split(","))
    at.session_state[f"mapping-draft-{signature}"] = draft
    at.run()

    code, name = said_of
    named = t(f"page.data.meaning.{name}", "en")
    assert t(f"page.data.{code}", "en", names=named) in said(at)
    assert at.button(key="use-now").disabled
    assert t("page.data.ready", "en") not in said(at)
    assert len(at.dataframe) > 0 or at.get("arrow_data_frame")  # the columns are still there
    assert workspace.datasets() == []


def test_a_currency_no_file_says_is_asked_and_kept(workspace: Workspace, opened: Opened) -> None:
    at = bring(opened("data", lang="en"), FULL.encode())
    assert t("page.data.ask_currency", "en") in said(at)
    assert "MRR today $11" in said(at)
    choice = next(box for box in at.selectbox if box.label == t("page.data.ask_currency", "en"))
    choice.select("EUR").run()
    at.button(key="use-now").click().run()
    with datasets.open_dataset(dataset="file", workspace=workspace) as kept:
        assert kept.info.reporting_currency == "EUR"


@pytest.mark.parametrize("language", LANGUAGES)
def test_month_ends_are_asked_about(workspace: Workspace, opened: Opened, language: str) -> None:
    rows = "".join(f"c{n},2024-0{n}-01,2024-12-31,5\n" for n in range(1, 7))
    text = f"customer_id,start_date,end_date,mrr\n{rows}"
    at = bring(opened("data", lang=language), text.encode())
    assert t("page.data.ask_month_ends", language, n="6") in said(at)
    at.button(key="propose-month_ends-yes").click().run()
    assert t("page.data.ask_month_ends", language, n="6") not in said(at)
    at.button(key="use-now").click().run()
    stored = workspace.dataset("file")
    assert stored.options["read"]["end_date"] == "inclusive"


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(("reply", "accounts"), [("yes", 2), ("no", 3)])
def test_ids_that_look_alike_are_asked_about(
    workspace: Workspace, opened: Opened, language: str, reply: str, accounts: int
) -> None:
    rows = "acme,2024-01-01,,50\nacme,2024-03-09,,50\nＡcme,2024-02-01,,70\n"
    rows += "b,2024-01-01,2024-05-01,5\n"
    text = f"customer_id,start_date,end_date,mrr\n{rows}"
    at = bring(opened("data", lang=language), text.encode())
    [asked] = [text for text in said(at).splitlines() if "Ａcme" in text]
    assert "70" in asked
    assert "acme" in asked
    at.button(key=f"propose-same_accounts-{reply}").click().run()
    decided = {"yes": "join", "no": "keep"}[reply]
    assert t(f"page.data.decided_same_accounts_{decided}", language) in said(at)
    at.button(key="use-now").click().run()
    assert not at.exception
    with datasets.open_dataset(dataset="file", workspace=workspace) as dataset:
        assert dataset.info.accounts == accounts
        assert dataset.mrr_today()[0][1] == 170


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_meaning_a_column_can_have_is_in_words(language: str) -> None:
    names = {name for table in TABLES.values() for name in table.by_name} | {*ROLES, "name"}
    assert [name for name in names if f"page.data.meaning.{name}" not in catalogue(language)] == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_figure_one_knows_offers_the_reading_that_gives_it(
    workspace: Workspace, opened: Opened, language: str
) -> None:
    at = bring(opened("data", lang=language), b"customer_id,start_date,mrr\na,2024-01-02,1200\n")
    next(i for i in at.text_input if i.label == t("page.data.known_value", language)).input("100")
    label = t("page.data.known_compare", language)
    next(b for b in at.button if b.label == label).click().run()
    reading = t("known.amount_per.year", language)
    assert t("page.data.known_fits_if", language, reading=reading) in said(at)
    at.button("known-take-0").click().run()
    assert t("page.data.decided_amount_per_year", language) in said(at)
    assert "check" in next(m.value for m in at.markdown if "100" in m.value and "green" in m.value)
