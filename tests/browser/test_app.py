"""The app as a person meets it: links, back, hostile files, a narrow screen, the keyboard."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from cs_core.text import t
from cs_core.workspace import Workspace
from pages.frame.navigation import PAGES
from tests.browser.conftest import Server, Watched, import_small
from tests.ui.hostile import HOSTILE, write_subscriptions

pytestmark = pytest.mark.browser
Open = Callable[..., Watched]


def link(server: Server, page: str, **fields: str) -> str:
    row = next(row for row in PAGES if row.key == page)
    address = "&".join(f"{name}={value}" for name, value in fields.items())
    return f"{server.url}/{'' if row.default else page}?{address}"


@pytest.mark.parametrize("page", [row.key for row in PAGES])
def test_a_deep_link_is_a_fresh_servers_first_request(
    server: Server, open_page: Open, page: str, tmp_path: Path
) -> None:
    import_small(server, tmp_path)
    seen = open_page(link(server, page, dataset="small", lang="ja"))
    seen.settle(t(f"page.{page}.title", "ja"))

    assert seen.page.locator("[role=dialog]").count() == 0
    assert "dataset=small" in seen.page.url
    assert seen.console == []


def test_the_address_survives_pages_reload_and_back(small: Server, open_page: Open) -> None:
    seen = open_page(link(small, "overview", dataset="small", lang="en"))
    seen.settle("Overview")
    seen.page.get_by_text("Quarter", exact=True).click()
    seen.settle("Overview")
    assert "period=quarter" in seen.page.url

    seen.page.get_by_test_id("stSidebarNavItems").get_by_role("link", name="Retention").click()
    seen.settle("Retention")
    assert "period=quarter" in seen.page.url

    seen.page.get_by_text("日本語", exact=True).click()
    seen.settle(t("page.retention.title", "ja"))
    seen.page.reload()
    seen.settle(t("page.retention.title", "ja"))
    assert "period=quarter" in seen.page.url

    seen.page.go_back()
    seen.settle("Retention")
    seen.page.go_back()
    seen.settle("Overview")
    seen.page.go_back()
    seen.settle("Overview")
    assert "period=" not in seen.page.url

    # What was emptied can be said again.
    for _ in range(2):
        seen.page.get_by_text("Quarter", exact=True).click()
        seen.settle("Overview")
        seen.page.wait_for_url("**period=quarter*")
        seen.page.get_by_role("button", name=t("filter.button", "en")).click()
        seen.page.get_by_role("button", name=t("filter.reset", "en")).click()
        seen.page.wait_for_url(lambda url: "period=" not in url)
        seen.page.keyboard.press("Escape")
        seen.settle("Overview")


@pytest.mark.parametrize("page", [row.key for row in PAGES])
def test_hostile_names_ask_for_nothing_and_run_nothing(
    small: Server, open_page: Open, page: str
) -> None:
    seen = open_page(link(small, page, dataset="small", lang="en"))
    seen.settle(t(f"page.{page}.title", "en"))
    seen.unfold(t(f"page.{page}.title", "en"))
    if page == "overview":
        seen.page.get_by_role("button", name=t("page.overview.list", "en")).click()
        seen.settle("Overview")

    assert seen.outside(small) == []
    assert seen.dialogs == []
    assert seen.page.locator("[data-testid=stMain] a[href*='evil']").count() == 0
    assert seen.page.locator("[data-testid=stMain] img[src*='evil']").count() == 0


def test_a_hostile_file_is_shown_and_used_without_harm(
    server: Server, open_page: Open, tmp_path: Path
) -> None:
    path = tmp_path / "![x](evil).csv"
    write_subscriptions(path)
    seen = open_page(f"{server.url}/data?lang=en")
    seen.settle(t("page.data.first.title", "en")[:12])
    seen.page.set_input_files("input[type=file]", str(path))
    button = seen.page.get_by_role("button", name="Use these 40 rows")
    button.wait_for(timeout=30_000)
    seen.page.get_by_label("Name of the dataset").fill(HOSTILE[6])
    seen.page.keyboard.press("Enter")
    seen.page.wait_for_timeout(1500)
    button.click()
    seen.page.get_by_text("Open the overview").wait_for(timeout=30_000)
    seen.page.get_by_text("Open the overview").click()
    seen.settle("Overview")

    assert seen.outside(server) == []
    assert seen.dialogs == []
    assert [found.name for found in Workspace(server.home).datasets()] == [HOSTILE[6]]


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("empty.csv", b""),
        ("binary.csv", bytes(range(256)) * 40),
        ("ragged.csv", b'account_id,start_date,mrr\n"A,2024-01-01,5\n'),
        ("header_only.csv", b"account_id,start_date,mrr\n"),
    ],
)
@pytest.mark.parametrize("language", ["en", "ja"])
def test_a_file_that_cannot_be_used_gets_one_sentence(
    small: Server, open_page: Open, tmp_path: Path, name: str, content: bytes, language: str
) -> None:
    path = tmp_path / name
    path.write_bytes(content)
    seen = open_page(link(small, "data", dataset="small", lang=language))
    seen.settle(t("page.data.title", language))
    seen.page.set_input_files("input[type=file]", str(path))
    alert = seen.page.locator("[data-testid=stAlert]")
    untouched = seen.page.get_by_text(t("page.data.untouched", language))
    untouched.first.wait_for(timeout=30_000)  # stands below the alert

    assert alert.count() == untouched.count() == 1
    assert "Traceback" not in alert.inner_text()
    assert [found.name for found in Workspace(small.home).datasets()] == ["small"]


@pytest.mark.parametrize("page", [row.key for row in PAGES])
@pytest.mark.parametrize("language", ["en", "ja"])
def test_nothing_overflows_a_narrow_phone(
    small: Server, open_page: Open, page: str, language: str
) -> None:
    seen = open_page(link(small, page, dataset="small", lang=language), width=360)
    seen.settle(t(f"page.{page}.title", language))
    seen.unfold(t(f"page.{page}.title", language))

    wide = seen.page.evaluate(
        "() => { const main = document.querySelector('[data-testid=stMain]');"
        " return main.scrollWidth - main.clientWidth }"
    )
    assert wide <= 0


def test_the_drawer_behind_a_bar_opens_and_closes_by_keyboard_alone(
    small: Server, open_page: Open
) -> None:
    seen = open_page(link(small, "overview", dataset="small", lang="en"))
    seen.settle("Overview")
    label = t("page.overview.list", "en")
    seen.page.get_by_role("button", name=label).wait_for(timeout=30_000)
    seen.settle("Overview")
    for _ in range(120):
        seen.page.keyboard.press("Tab")
        if label in seen.page.evaluate(
            "() => document.activeElement.closest('button')?.innerText ?? ''"
        ):
            break
    else:
        pytest.fail("the button cannot be reached with the tab key")
    seen.page.keyboard.press("Enter")

    seen.page.get_by_role("dialog").wait_for(timeout=20_000)
    seen.page.wait_for_url("**mark=overview*")
    seen.page.keyboard.press("Escape")
    seen.page.wait_for_url(lambda url: "mark=" not in url)
    seen.page.go_back()
    seen.page.get_by_role("dialog").wait_for(timeout=20_000)


def test_a_new_play_is_previewed_with_its_chart(small: Server, open_page: Open) -> None:
    seen = open_page(link(small, "accounts_at_risk", dataset="small", lang="en"))
    seen.settle("Accounts at risk")
    seen.page.get_by_text(t("page.accounts_at_risk.plays.title", "en"), exact=True).first.click()
    seen.page.get_by_role("button", name=t("page.accounts_at_risk.plays.new", "en")).click()
    seen.page.get_by_text(t("page.accounts_at_risk.plays.history", "en")).first.wait_for()
    seen.settle("Accounts at risk")

    charts = seen.page.locator("[data-testid=stVegaLiteChart]")
    assert charts.count() > 0
    assert (
        charts.count()
        == seen.page.locator("[data-testid=stVegaLiteChart]:has(canvas, svg)").count()
    )


def test_embedded_the_frame_is_gone(small: Server, open_page: Open) -> None:
    seen = open_page(link(small, "overview", dataset="small", lang="en", embed="true"))
    seen.settle("Overview")

    assert seen.page.locator("[data-testid=stSidebar]:visible").count() == 0
    assert seen.page.get_by_text("Quarter", exact=True).count() == 0


def test_proposals_are_answered_and_a_dataset_is_replaced_taken_back_and_renamed(
    server: Server, open_page: Open, tmp_path: Path
) -> None:
    rows = [
        f"{n},k{n},2023-01-01,2023-0{n}-28,{n}100\n{n},k{n},2023-0{n + 1}-01,,{n}100"
        for n in range(2, 6)
    ]
    head = "顧客ID,契約番号,契約開始日,契約終了日,月額（税込）\n"
    gap = "1,k1,2023-01-01,2023-03-31,1100\n1,k1,2023-04-01,,1100\n"
    path = tmp_path / "keiyaku.csv"
    path.write_text(head + gap + "\n".join(rows) + "\n", "utf-8")
    seen = open_page(f"{server.url}/data?lang=en")
    seen.settle("See whether")
    seen.page.set_input_files("input[type=file]", str(path))
    use = seen.page.get_by_role("button", name="Use these 10 rows")
    use.wait_for(timeout=60_000)
    seen.page.get_by_role("button", name="Take out 10%").click()
    seen.page.get_by_text("10% tax is taken out").wait_for(timeout=60_000)
    seen.page.get_by_role("button", name="The end date still counts").click()
    seen.page.get_by_text("End dates seem").wait_for(state="detached", timeout=60_000)
    use.click()
    seen.page.get_by_text("Open the overview").wait_for(timeout=60_000)
    [stored] = Workspace(server.home).datasets()
    chosen = stored.options["read"]
    assert (chosen["tax_rate"], chosen["end_date"]) == ("10", "inclusive")

    path.write_text(head + gap, "utf-8")
    seen.page.set_input_files("input[type=file]", str(path))
    seen.page.get_by_role("button", name="Use these 2 rows").click(timeout=60_000)
    seen.page.get_by_text("This export changes past months").wait_for(timeout=60_000)
    seen.page.get_by_role("button", name="Back to the import before").click()
    seen.settle("Data")
    assert Workspace(server.home).dataset("keiyaku").version == stored.version

    seen.page.get_by_role("button", name="Rename").click()
    seen.page.get_by_label("New name").fill("a/b")
    seen.page.keyboard.press("Enter")
    seen.page.get_by_test_id("stPopoverBody").get_by_role("button", name="Rename").click()
    seen.page.get_by_text("contains a slash").wait_for(timeout=60_000)
    seen.page.get_by_label("New name").fill("contracts")
    seen.page.keyboard.press("Enter")
    seen.page.get_by_test_id("stPopoverBody").get_by_role("button", name="Rename").click()
    seen.page.get_by_role("heading", name="contracts").wait_for(timeout=60_000)
    assert [found.name for found in Workspace(server.home).datasets()] == ["contracts"]
