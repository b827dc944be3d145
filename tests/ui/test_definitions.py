"""The Definitions page: what is compared, reconciled and explained, in both languages."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from cs_core import datasets
from cs_core.domain.policies import PRESETS, VALUES, Policies
from cs_core.metrics.options import Options
from cs_core.text import LANGUAGES, t
from cs_core.workspace import Workspace

Opened = Callable[..., AppTest]
GOLDEN = Path(__file__).resolve().parents[2] / "sample_data" / "golden"


@pytest.fixture
def three(workspace: Workspace) -> Workspace:
    """100 at the start of February, 10 join, 8 leave, 2 of whom had joined."""
    datasets.import_files([GOLDEN / "three_presets.csv"], "three", workspace)
    return workspace


def at(opened: Opened, **address: str) -> AppTest:
    found = opened("definitions", dataset="three", asof="2024-02-29", **address)
    assert not found.exception
    assert [error.value for error in found.error] == []
    return found


def text(app: AppTest) -> str:
    return "\n".join(element.value for element in app.markdown)


def pasted(app: AppTest, figures: str, figure: str = "customer_churn_rate") -> AppTest:
    app.selectbox(key="reconcile-figure-en").set_value(figure)
    app.text_area(key="reconcile-text").set_value(figures)
    return app.button(key="reconcile-go").click().run()


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_policy_and_preset_is_explained(
    three: Workspace, opened: Opened, language: str
) -> None:
    said = text(at(opened, lang=language))
    for name in VALUES:
        assert t(f"policy.{name}", language) in said
    for name in PRESETS:
        assert t(f"preset.{name}.note", language) in said
    for preset in PRESETS.values():
        for url in preset.sources:
            assert f"]({url})" in said


def test_effects_are_those_of_the_core(three: Workspace, opened: Opened) -> None:
    """8 of 100 when both are counted, 6 of 110 over the new ones too."""
    said = text(at(opened, lang="en"))
    assert "Customer churn rate 8.00% (+2.00 pt)" in said
    assert "Customer churn rate 5.45% (−0.55 pt)" in said
    assert "Nothing in your data depends on it." in said  # no trial, no pause, no discount
    assert "Only matters when movements are the difference of two instants." in said


def test_two_presets_are_attributed_and_nothing_is_left(three: Workspace, opened: Opened) -> None:
    app = at(opened, lang="en", view="keizoku.stripe.customer_churn_rate")
    assert "Customer churn rate, Feb 2024: Keizoku definitions 6.00%, Stripe definitions 7.27%" in (
        text(app)
    )
    assert "the residual is 0" in text(app)
    table = next(frame.value for frame in app.dataframe if "residual" in frame.value.columns)
    row = table[table["period"] == "Feb 2024"].iloc[0]
    assert (row["a"], row["b"], row["difference"]) == ("6.00%", "7.27%", "+1.27 pt")
    assert row["churn_date"] == "0"
    assert row["churn_denominator"] == "−0.55 pt"
    assert row["same_period_churn"] == "+1.82 pt"
    assert row["residual"] == "0"


def test_a_figure_that_does_not_exist_is_a_dash_and_never_0(
    three: Workspace, opened: Opened
) -> None:
    """Nobody was there at the start of January; over the new ones there is a rate."""
    app = at(opened, lang="en", view="keizoku.stripe.customer_churn_rate")
    table = next(frame.value for frame in app.dataframe if "residual" in frame.value.columns)
    row = table[table["period"] == "Jan 2024"].iloc[0]
    assert (row["a"], row["b"], row["difference"]) == ("—", "0.00%", "—")


def test_the_same_set_twice_and_nonsense_in_the_address(three: Workspace, opened: Opened) -> None:
    app = at(opened, lang="en", view="stripe.stripe.customer_churn_rate")
    assert "Choose two different sets of definitions." in text(app)
    app = at(opened, lang="en", view="nobody.<script>.x")
    assert "Keizoku definitions 6.00%, Stripe definitions 7.27%" in text(app)


def test_choosing_writes_the_address(three: Workspace, opened: Opened) -> None:
    app = at(opened, lang="en")
    app.selectbox(key="compare-b-en").set_value("baremetrics").run()
    assert app.session_state["view"] == "keizoku.baremetrics.customer_churn_rate"
    assert "Baremetrics definitions 8.00%" in text(app)
    app.button(key="use-baremetrics").click().run()
    assert app.session_state["policies"] == "baremetrics"
    assert app.query_params["policies"] in ("baremetrics", ["baremetrics"])


def test_reconcile_names_the_definitions(three: Workspace, opened: Opened) -> None:
    app = pasted(at(opened, lang="en"), "Month,Churn\n2024-02,7.27%\n")
    said = text(app)
    assert "**Its figures are those of Stripe definitions**" in said
    assert "Joined and left in one period: counted as lost instead of shown apart" in said
    assert "Months to compare: 1." in said
    app.button(key="reconcile-use").click().run()
    policies = app.session_state["policies"]
    assert "churn_denominator:start_plus_new" in policies or policies == "stripe"


@pytest.mark.parametrize(
    ("figures", "said"),
    [
        ("2024-02 6.00%", "**The figures agree**"),
        ("2024-02 6", "taken as per cent"),
        ("2024-02 55%", "**No definition explains the gap.**"),
        ("1999-02 6%", "None of these months has a figure here."),
        ("2024-02 6%\nwhat is this 1", "Line 2 was not understood"),
        ("2024-02 6%\n2024-02 7%", "Feb 2024 stands twice, on line 2."),
        ("no month at all", "No month with a value was found."),
    ],
)
def test_every_state_of_reconcile(
    three: Workspace, opened: Opened, figures: str, said: str
) -> None:
    app = pasted(at(opened, lang="en"), figures)
    assert not app.exception
    assert [error.value for error in app.error] == []
    everything = text(app) + "\n".join(warning.value for warning in app.warning)
    assert said in everything


def test_what_was_pasted_is_inert(three: Workspace, opened: Opened) -> None:
    app = pasted(at(opened, lang="en"), "2024-02 6%\n![x](https://evil.example/1.png) 5")
    warned = "\n".join(warning.value for warning in app.warning)
    assert "Line 2 was not understood" in warned
    assert "![x]" not in warned
    assert "evil.example" not in warned.replace("&#46;", ".") or "](" not in warned


@pytest.mark.parametrize("language", LANGUAGES)
def test_without_data_there_are_the_explanations(
    workspace: Workspace, opened: Opened, language: str
) -> None:
    app = AppTest.from_file(str(Path(__file__).resolve().parents[2] / "app.py"), default_timeout=60)
    app.query_params["lang"] = language
    app.run().switch_page("pages/learn/definitions/page.py").run()
    assert not app.exception
    assert app.title[0].value == t("page.definitions.title", language)
    assert t("page.definitions.no_data", language) in text(app)
    assert t("policy.trial", language) in text(app)
    assert not app.button


@pytest.mark.parametrize("language", LANGUAGES)
def test_tenures_have_the_explanations(
    workspace: Workspace, opened: Opened, tmp_path: Path, language: str
) -> None:
    file = tmp_path / "tenures.csv"
    rows = "".join(f"c{n},{n % 12},{n % 2}\n" for n in range(40))
    file.write_text("account_id,tenure_months,churned\n" + rows)
    datasets.import_files([file], "tenures", workspace)
    app = opened("definitions", dataset="tenures", lang=language)
    assert not app.exception
    assert t("page.definitions.tenure", language) in text(app)


def test_few_customers_are_marked_and_counted(
    workspace: Workspace, opened: Opened, tmp_path: Path
) -> None:
    file = tmp_path / "few.csv"
    rows = "".join(f"a{n},2024-01-05,{'2024-02-20' if n < 2 else ''},100\n" for n in range(5))
    joined = "b,2024-02-03,2024-02-21,100\n"
    file.write_text("account_id,start_date,end_date,mrr\n" + rows + joined)
    datasets.import_files([file], "few", workspace)
    app = opened("definitions", dataset="few", lang="en", asof="2024-02-29")
    assert "n 5 · small sample" in text(app)
    assert "Customer churn rate 3/5" in text(app)  # counted as lost
    assert "Customer churn rate 2/6" in text(app)  # over the new one too


def test_large_data_waits_to_be_asked(
    three: Workspace, opened: Opened, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Only what needs no other ledger is worked out at once; the button does the rest."""
    from pages.frame import loaders

    monkeypatch.setattr(loaders, "SLOW_FROM", 10)
    asked: list[Policies] = []
    run = datasets.Dataset.run

    def counted(self: datasets.Dataset, metric: str, options: Options | None = None) -> object:
        asked.append((options or Options()).policies)
        return run(self, metric, options)

    monkeypatch.setattr(datasets.Dataset, "run", counted)
    app = at(opened, lang="en")
    assert {policies.ledger_key() for policies in asked} == {"default"}
    assert {policies.movement_basis for policies in asked} == {"event"}
    assert "not worked out yet" in text(app)
    app.button(key="work-out-button").click().run()
    assert not app.exception
    assert "not worked out yet" not in text(app)
    assert "snapshot" in {policies.movement_basis for policies in asked}


@pytest.mark.parametrize("language", LANGUAGES)
def test_metrics_of_a_person_stand_beside_ours(
    three: Workspace,
    opened: Opened,
    language: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    own = "-- Who?\n-- title: Heads\n-- grain: all\n-- unit: count\n-- definition: *accounts*\n"
    file = tmp_path / "heads.sql"
    file.write_text(own + "SELECT COUNT(*) AS heads FROM accounts")
    monkeypatch.setenv("KEIZOKU_METRICS", str(tmp_path))
    app = at(opened, lang=language)
    assert "Heads" in text(app)
    assert [frame.value for frame in app.dataframe if "heads" in frame.value.columns]
    file.write_text(own + "SELECT no_such FROM accounts")
    wrong = opened("definitions", dataset="three", asof="2024-02-29", lang=language)
    assert any("heads" in said.value for said in (*wrong.error, *wrong.warning, *wrong.info))
    file.write_text("SELECT 1")
    assert any("heads" in warning.value for warning in at(opened, lang=language).warning)
