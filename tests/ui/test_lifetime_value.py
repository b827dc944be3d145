"""The laboratory: what moves when an assumption is moved, and every state of the data."""

from __future__ import annotations

from pathlib import Path

import pandas
import pytest
from streamlit.testing.v1 import AppTest

from cs_core import datasets
from cs_core.models.assumptions import Assumptions
from cs_core.workspace import Workspace
from cs_core.workspace.scenarios import save_scenario, saved_scenarios
from pages.plan.lifetime_value.scenarios import read_file

PAGE = "lifetime_value"
HEADER = "account_id,plan,start_date,end_date,amount,interval,currency\n"


def months(first: int, last: int) -> list[str]:
    """Labels counted from January 2023."""
    return [f"{2023 + n // 12}-{n % 12 + 1:02}" for n in range(first, last)]


def company(currency: str = "JPY", amount: int = 10_000) -> str:
    """Twenty customers start each month for two years; of each twenty, four leave one, five, nine
    and fourteen months later. As of the last day of 2024."""
    rows = []
    for place, month in enumerate(months(0, 24)):
        for n in range(20):
            stay = {0: 1, 1: 5, 2: 9, 3: 14}.get(n)
            leaves = place + stay if stay is not None and place + stay < 24 else None
            end = f"{months(leaves, leaves + 1)[0]}-01" if leaves is not None else ""
            plan = "Pro" if n % 4 == 0 else "Basic"
            rows.append(f"A{place}-{n},{plan},{month}-01,{end},{amount},month,{currency}")
    rows.append(f"Z,Basic,2024-12-31,2024-12-31,{amount},month,{currency}")
    return HEADER + "\n".join(rows) + "\n"


COSTS = "month,sales_and_marketing,cost_of_service\n" + "".join(
    f"{month}-01,800000,300000\n" for month in months(0, 24)
)
STATES = {
    "no_costs": {"subscriptions": company()},
    "dollars": {"subscriptions": company("USD", 99), "costs": COSTS},
    "nobody_left": {
        "subscriptions": HEADER
        + "".join(f"A{n},,2024-0{n % 6 + 1}-01,,10,month,USD\n" for n in range(12))
    },
    "everybody_left": {
        "subscriptions": HEADER
        + "".join(f"A{n},,2024-01-01,2024-0{n % 5 + 2}-01,10,month,USD\n" for n in range(12))
    },
    "long_gone": {
        "subscriptions": HEADER
        + "".join(f"A{n},,2022-01-01,2022-0{n % 5 + 2}-01,10,month,USD\n" for n in range(12))
        + "Z,,2024-06-30,2024-06-30,10,month,USD\n"
    },
    "one_cohort": {
        "subscriptions": HEADER
        + "".join(
            f"A{n},,2024-01-01,{'2024-03-01' if n < 3 else ''},10,month,EUR\n" for n in range(9)
        )
        + "Z,,2024-06-30,2024-06-30,10,month,EUR\n"
    },
    "one_customer": {"subscriptions": HEADER + "A,,2024-06-03,,10,month,JPY\n"},
    "two_currencies": {
        "subscriptions": company("JPY", 10_000)
        + company("USD", 99).removeprefix(HEADER).replace("A", "B")
    },
    "tenures": {
        "telco": "customerID,tenure,Churn,MonthlyCharges,Contract\n"
        + "".join(
            f"C{n},{n % 24 + 1},{'Yes' if n % 4 == 0 else 'No'},{20 + n % 50},M{n % 2}\n"
            for n in range(200)
        )
    },
    "tenures_without_prices": {
        "telco": "customerID,tenure_months,Churn,Contract\n"
        + "".join(
            f"C{n},{n % 24 + 1},{'Yes' if n % 4 == 0 else 'No'},M{n % 2}\n" for n in range(200)
        )
    },
}


def stored(workspace: Workspace, folder: Path, name: str, tables: dict[str, str]) -> None:
    folder.mkdir(exist_ok=True)
    paths = []
    for table, text in tables.items():
        path = folder / f"{table}.csv"
        path.write_text(text, "utf-8")
        paths.append(path)
    datasets.import_files(paths, name, workspace)


@pytest.fixture
def full(workspace: Workspace, tmp_path: Path) -> Workspace:
    stored(workspace, tmp_path / "full", "full", {"subscriptions": company(), "costs": COSTS})
    return workspace


def tile(at: AppTest, place: int = 0) -> str:
    return at.metric[place].value


def widget(at: AppTest, kind: str, name: str, language: str = "en"):
    return getattr(at, kind)(key=f"form-{name}-{language}")


def table(at: AppTest, column: str):
    """The one table that has this column."""
    (found,) = [frame.value for frame in at.dataframe if column in frame.value.columns]
    return found


def text_of(at: AppTest) -> str:
    return "\n".join(element.value for element in at.markdown)


def test_an_untouched_scenario_is_the_baseline(full, opened) -> None:
    at = opened(PAGE, dataset="full", lang="en")
    assert not at.exception
    assert not at.error
    assert at.session_state["scenario"] == ""
    # The form shows rounded values; none of them may become the scenario by being shown.
    slider = widget(at, "slider", "churn_onboarding")
    before, shown = tile(at), slider.value
    slider.set_value(round(shown + 1.0, 1)).run()
    assert at.session_state["scenario"].startswith(";churn_onboarding:")
    assert tile(at) != before
    widget(at, "slider", "churn_onboarding").set_value(shown).run()
    assert at.session_state["scenario"] == ""
    assert tile(at) == before


def test_churn_moves_value_lifetime_and_curve_together(full, opened) -> None:
    at = opened(PAGE, dataset="full", lang="en")
    before = [tile(at, n) for n in range(2)]
    slider = widget(at, "slider", "churn_mature")
    slider.set_value(slider.value + 5.0).run()
    assert not at.error
    after = [tile(at, n) for n in range(2)]
    assert all(a != b for a, b in zip(after, before, strict=True))
    assert at.metric[0].delta.startswith("-¥")
    assert at.metric[1].delta.startswith("-")


def test_the_way_back_of_one_and_of_all(full, opened) -> None:
    at = opened(PAGE, dataset="full", lang="en", scenario="Try;churn_mature:0.05;arpa:20000")
    assert at.session_state["scenario"] == "Try;churn_mature:0.05;arpa:20000"
    at.button(key="back-arpa").click().run()
    assert at.session_state["scenario"] == "Try;churn_mature:0.05"
    at.button(key="scenario-reset").click().run()
    assert at.session_state["scenario"] == ""


def test_a_link_brings_scenarios_to_somebody_else(full, opened) -> None:
    # Another B is saved here; the link shows the one that was sent.
    save_scenario(full, full.dataset("full").id, "B", "[assumptions]\narpa = 1.0\n")
    compared = "A;churn_mature:0.05|B;arpa:20000|C;gross_margin:0.5"
    at = opened(PAGE, dataset="full", lang="en", scenario="B;arpa:20000", scenarios=compared)
    assert not at.error
    listed = table(at, "ltv_cac")
    assert list(listed["name"]) == ["Baseline", "A", "B", "C"]
    values = list(listed["value"])
    assert values[1] < values[0] < values[2]
    assert values[3] < values[0]
    assert at.pills(key="scenario-pills-en").value == "B"


def test_saving_naming_and_deleting(full, opened) -> None:
    at = opened(PAGE, dataset="full", lang="ja", scenario=";churn_mature:0.05")
    at.session_state["scenario-save"] = True
    at.run()
    at.text_input(key="scenario-name").set_value("解約が増えたら")
    at.button(key="scenario-save-now").click().run()
    assert not at.error
    key = full.dataset("full").id
    ((name, text),) = saved_scenarios(full, key).items()
    assert name == "解約が増えたら"
    assert "churn_mature = 0.05" in text
    assert list(table(at, "ltv_cac")["name"]) == ["基準", name]
    assert at.pills(key="scenario-pills-ja").value == name
    at.session_state["scenario-manage"] = True
    at.run()
    at.button(key="scenario-delete-0").click().run()
    assert saved_scenarios(full, key) == {}


def test_a_saved_scenario_is_there_in_another_session(full, opened) -> None:
    save_scenario(full, full.dataset("full").id, "Later", "[assumptions]\narpa = 12000.0\n")
    at = opened(PAGE, dataset="full", lang="en")
    assert list(table(at, "ltv_cac")["name"]) == ["Baseline", "Later"]
    at.pills(key="scenario-pills-en").set_value("Later").run()
    assert at.session_state["scenario"] == "Later;arpa:12000"


def opening(at: AppTest) -> AppTest:
    at.session_state["scenario-save"] = True
    return at.run()


def test_a_scenario_file_is_opened(full, opened) -> None:
    at = opening(opened(PAGE, dataset="full", lang="en"))
    before = tile(at)
    text = 'name = "半減"\n[assumptions]\nchurn_mature = 0.05\n'
    at.file_uploader(key="scenario-file-0").upload("a.toml", text.encode()).run()
    assert not at.error
    assert at.session_state["scenario"].endswith(";churn_mature:0.05")
    assert tile(at) != before
    # Its name stands beside the baseline, and what is exported again is what came in.
    assert list(table(at, "ltv_cac")["name"]) == ["Baseline", "半減"]
    assert read_file(text.encode(), Assumptions())[1].churn_mature == 0.05


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"churn = [", "TOML"),
        (b"\xff\xfe", "TOML"),
        (b"chrun = 0.1", "chrun"),
        (b"churn = 2", "between"),
        (b'name = "\\u202Ex"', "name"),
        (b"#" * 200_000, "100 kB"),
    ],
)
def test_an_unusable_scenario_file_says_why(full, opened, content, said) -> None:
    at = opening(opened(PAGE, dataset="full", lang="en"))
    at.file_uploader(key="scenario-file-0").upload("a.toml", content).run()
    assert not at.exception
    assert at.session_state["scenario"] == ""
    assert said in text_of(at)


@pytest.mark.parametrize("junk", ["x", ";;;", "a;churn:9;by_phase:7;horizon:1e9", "%00;arpa:nan"])
def test_a_junk_link_is_the_baseline_or_less(full, opened, junk) -> None:
    at = opened(PAGE, dataset="full", lang="en", scenario=junk, scenarios=f"{junk}|{junk}")
    assert not at.exception
    assert not at.error
    assert "nan" not in "".join(metric.value for metric in at.metric).lower()


@pytest.mark.parametrize("language", ["en", "ja"])
@pytest.mark.parametrize("state", STATES)
def test_every_state_of_the_data(workspace, tmp_path, opened, state, language) -> None:
    stored(workspace, tmp_path / "state", state, STATES[state])
    at = opened(PAGE, dataset=state, lang=language)
    assert not at.exception
    assert not at.error
    shown = "".join(metric.value for metric in at.metric) + text_of(at)
    for wrong in ("nan", "inf ", "None", "∞"):
        assert wrong not in shown
    if state in ("no_costs", "tenures", "nobody_left"):
        word = {"en": "100 %", "ja": "100%"}[language]
        assert word in text_of(at)  # without costs the margin is 100 %, and that is said
    if state == "nobody_left":
        # What may have gone unseen gives an end.
        assert tile(at, 1).endswith({"en": "months", "ja": "か月"}[language])
    if state == "tenures_without_prices":
        assert tile(at) == "—"
    if state == "long_gone":
        word = {"en": "nobody joined", "ja": "新規もありません"}[language]
        assert word in text_of(at)  # there is nothing to project
        word = {"en": "usual: 3.0%", "ja": "標準 3.0%"}[language]
        assert word in text_of(at)  # what no data say is not called the data's
    if state == "two_currencies":
        assert {"en": "rates", "ja": "為替"}[language] in text_of(at)


def test_yen_in_ten_thousands(full, opened) -> None:
    at = opened(PAGE, dataset="full", lang="ja")
    assert at.metric[0].value.endswith("万円")
    assert "万円" in text_of(at)


def test_today_s_customers_in_units_that_fit(full, opened) -> None:
    """The unit of the columns stands in their names, so that the last is not cut off."""
    values = list(table(opened(PAGE, dataset="full", lang="ja"), "naive")["value"])
    in_yen = list(table(opened(PAGE, dataset="full", lang="en"), "naive")["value"])
    assert in_yen == pytest.approx([10 * value for value in values])  # ¥k and 万円
    assert values[-1] == pytest.approx(sum(values[:-1]))


def test_an_endless_life_is_no_figure(full, opened) -> None:
    """Without discounting the mean of the sBG has no end: nothing stands for it, and what follows
    from another curve has no limits, because it might be this one."""
    at = opened(PAGE, dataset="full", lang="en", scenario=";discount_rate:0")
    assert not at.error
    models = table(at, "log_likelihood").set_index("model")["lifetime"]
    assert pandas.isna(models["sBG"])
    assert models["Phases"] > 0
    listed = table(at, "naive")
    assert (listed["within"] > 0).all()
    assert (listed["naive"] > 0).all()
    assert "the limits hold only if one of the curves is right: quote" not in text_of(at)


def test_every_segment_value_is_listed(workspace, tmp_path, opened) -> None:
    rows = [
        f"A{n},Plan {n % 60:02},2023-0{n % 9 + 1}-01,{'2024-01-05' if n % 4 == 0 else ''},"
        "10,month,USD"
        for n in range(240)
    ]
    text = HEADER + "\n".join(rows) + "\n"
    stored(workspace, tmp_path / "sixty", "sixty", {"subscriptions": text})
    at = opened(PAGE, dataset="sixty", lang="en", by="plan")
    assert not at.error
    assert len(table(at, "segment")) == 60


def test_split_by_plan(full, opened) -> None:
    at = opened(PAGE, dataset="full", lang="en", by="plan")
    listed = table(at, "segment")
    assert set(listed["segment"]) == {"Basic", "Pro"}
    assert listed["n"].is_monotonic_decreasing
