"""The Learn page: guess, see, move, answer; with and without data."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from streamlit.testing.v1 import AppTest

from cs_core import open_dataset
from cs_core.lessons import LESSONS, Lesson, words
from cs_core.lessons.glossary import TERMS
from cs_core.text import LANGUAGES, numbers, t
from cs_core.workspace import Workspace

Opened = Callable[..., AppTest]


def said(app: AppTest) -> str:
    return "\n".join(element.value for element in app.markdown)


def fields(lesson: Lesson, language: str, **moved: float) -> dict[str, str]:
    values = {**lesson.defaults, **moved}
    return words.fields(lesson, values, lesson.outcome(values), language)


@pytest.mark.parametrize("language", LANGUAGES)
def test_it_works_without_data(workspace: Workspace, opened: Opened, language: str) -> None:
    app = opened("learn", lang=language)
    assert not app.exception
    assert app.title[0].value == t("page.learn.title", language)
    for key in LESSONS:
        assert t(f"lesson.{key}.title", language) in said(app)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("key", LESSONS)
def test_every_lesson_shows_its_answer_only_after_the_guess(
    workspace: Workspace, opened: Opened, key: str, language: str
) -> None:
    lesson = LESSONS[key]
    app = opened("learn", lang=language, lesson=key)
    explained = words.text(lesson, "explain", language, fields(lesson, language)).strip()
    assert explained not in said(app)
    assert not app.get("vega_lite_chart")
    app.button(key="learn-skip").click().run()
    assert not app.exception
    assert [error.value for error in app.error] == []
    assert explained in said(app)
    assert app.get("vega_lite_chart")
    wrong = next(name for name in lesson.checks if name != lesson.right)
    reason = words.text(lesson, f"why.{wrong}", language, fields(lesson, language))
    app.radio(key=f"learn-check-{key}").set_value(wrong).run()
    assert reason in app.warning[0].value
    app.radio(key=f"learn-check-{key}").set_value(lesson.right).run()
    assert app.success


def test_a_guess_stands_beside_the_answer(workspace: Workspace, opened: Opened) -> None:
    app = opened("learn", lang="en", lesson="compound")
    app.number_input(key="learn-guess-compound").set_value(60.0).run()
    app.button(key="learn-show").click().run()
    assert t("page.learn.you_said", "en", guess="60.0%") in said(app)
    assert t("page.learn.it_is", "en", answer="46.0%") in said(app)
    app.slider(key="learn-set-compound-churn-en").set_value(10.0).run()
    assert fields(LESSONS["compound"], "en", churn=0.1)["annual"] in said(app)
    # The guess was made of another company, and its answer stays.
    assert t("page.learn.it_is", "en", answer="46.0%") in said(app)
    app.button(key="learn-again").click().run()
    assert app.number_input(key="learn-guess-compound").value is None


def test_a_guess_outlives_a_reload(workspace: Workspace, opened: Opened) -> None:
    app = opened("learn", lang="en", lesson="compound")
    app.number_input(key="learn-guess-compound").set_value(60.0).run()
    app.button(key="learn-show").click().run()
    address = {name: app.session_state[name] for name in ("lesson", "guess")}
    assert address == {"lesson": "compound", "guess": "0.6@compound"}
    again = opened("learn", lang="en", **{**address, "lesson": "compound;churn:0.1"})
    assert t("page.learn.you_said", "en", guess="60.0%") in said(again)
    assert t("page.learn.it_is", "en", answer="46.0%") in said(again)
    again.button(key="learn-again").click().run()
    assert again.number_input(key="learn-guess-compound").value is None
    other = opened("learn", lang="en", **{**address, "lesson": "simpson"})
    assert not other.exception
    assert t("page.learn.your_guess", "en") in {one.label for one in other.radio}


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_groups_guesses_stand_on_the_teachers_screen(
    workspace: Workspace, opened: Opened, language: str
) -> None:
    empty = opened("learn", lang=language, view="teacher")
    assert t("page.learn.group.nobody", language) in said(empty)
    for guess in (60.0, 46.0):
        app = opened("learn", lang=language, lesson="compound")
        app.number_input(key="learn-guess-compound").set_value(guess).run()
        app.button(key="learn-show").click().run()
    app = opened("learn", lang=language, lesson="simpson")
    app.radio(key="learn-guess-simpson").set_value("rose").run()
    app.button(key="learn-show").click().run()
    teacher = opened("learn", lang=language, view="teacher")
    assert not teacher.exception
    chosen = next(box for box in teacher.selectbox if box.key == f"learn-group-{language}")
    assert chosen.options == [t(f"lesson.{key}.title", language) for key in ("simpson", "compound")]
    chosen.select_index(1).run()
    assert t("page.learn.group.count", language, n=2) in said(teacher)
    teacher.button(key="learn-group-clear").click().run()
    assert t("page.learn.group.nobody", language) in said(teacher)


def test_the_reset_forgets_the_guess_in_the_address_too(
    workspace: Workspace, opened: Opened
) -> None:
    app = opened("learn", lang="en", view="teacher", guess="0.6@compound")
    app.button(key="learn-reset").click().run()
    assert app.session_state["guess"] == ""


def test_no_guess_shows_nothing(workspace: Workspace, opened: Opened) -> None:
    app = opened("learn", lang="en", lesson="compound")
    app.button(key="learn-show").click().run()
    assert t("page.learn.missing", "en") in said(app)
    assert not app.get("vega_lite_chart")


def test_a_link_opens_a_lesson_with_its_settings(workspace: Workspace, opened: Opened) -> None:
    app = opened("learn", lang="en", lesson="compound;churn:0.1")
    assert fields(LESSONS["compound"], "en", churn=0.1)["churn"] in said(app)
    app.button(key="learn-skip").click().run()
    assert app.slider(key="learn-set-compound-churn-en").value == 10.0


@pytest.mark.parametrize(
    "text", ["nope", "compound;churn:9", "compound;churn:x", "compound;nope:1", "compound;seed:3"]
)
def test_what_means_nothing_in_a_link_breaks_nothing(
    small: Workspace, opened: Opened, text: str
) -> None:
    app = opened("learn", lang="en", dataset="small", lesson=text)
    assert not app.exception
    assert [error.value for error in app.error] == []
    assert t("filter.left_out", "en", fields="lesson").split("{")[0][:30] in "\n".join(
        [*(one.value for one in app.warning), *(one.value for one in app.info), said(app)]
    )


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_glossary_puts_ones_own_figures_in(
    small: Workspace, opened: Opened, language: str
) -> None:
    app = opened("learn", lang=language, dataset="small", view="glossary")
    assert not app.exception
    with open_dataset(dataset="small", workspace=small) as dataset:
        churn = dataset.query("churn")
    row = churn[~churn["partial"].astype(bool)].iloc[-1]
    own = t(
        "glossary.customer_churn.yours",
        language,
        lost=numbers.count(int(row["lost_customers"])),
        opening=numbers.count(int(row["opening_customers"])),
        churn=numbers.rate(float(row["customer_churn_rate"])),
    )
    assert own in said(app)
    for term in TERMS:
        for one in LANGUAGES:
            assert t(f"glossary.{term.key}.name", one) in said(app)


def test_the_glossary_without_data_has_formulas(workspace: Workspace, opened: Opened) -> None:
    app = opened("learn", lang="en", view="glossary")
    assert not app.exception
    assert t("glossary.nrr.formula", "en") in said(app)
    assert t("page.learn.glossary.yours", "en") not in said(app)


def test_the_teacher_resets_what_a_group_guessed(workspace: Workspace, opened: Opened) -> None:
    app = opened("learn", lang="en", lesson="compound")
    app.button(key="learn-skip").click().run()
    app.radio(key="learn-check-compound").set_value("power").run()
    app.button(key="learn-all").click().run()
    assert app.button(key="open-compound").label == t("page.learn.again", "en")
    app.segmented_control(key="learn-part-en").set_value("teacher").run()
    app.button(key="learn-reset").click().run()
    app.segmented_control(key="learn-part-en").set_value("lessons").run()
    assert app.button(key="open-compound").label == t("page.learn.open", "en")
    app.button(key="open-compound").click().run()
    assert app.number_input(key="learn-guess-compound").value is None


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_simulator_tells_its_truth_when_asked(
    workspace: Workspace, opened: Opened, language: str
) -> None:
    app = opened("learn", lang=language, lesson="simulator;churn_early:0.2;seed:3")
    assert not app.exception
    truth = t("page.learn.simulator.column.truth", language)
    assert truth not in app.dataframe[0].value.columns
    app.toggle(key="learn-simulator-truth").set_value(True).run()
    assert truth in app.dataframe[0].value.columns
    before = app.dataframe[0].value[truth].tolist()
    app.slider(key=f"learn-set-simulator-churn_later-{language}").set_value(5.0).run()
    assert not app.exception
    assert app.dataframe[0].value[truth].tolist() != before


def test_a_simulated_company_opens_in_the_app(workspace: Workspace, opened: Opened) -> None:
    app = opened("learn", lang="en", lesson="simulator;joins:10")
    app.button(key="simulator-use").click().run()
    assert not app.exception
    assert [one.name for one in workspace.datasets()] == ["simulated"]


def test_the_parts_lead_into_the_simulator_and_out(workspace: Workspace, opened: Opened) -> None:
    app = opened("learn", lang="en")
    app.segmented_control(key="learn-part-en").set_value("simulator").run()
    assert t("page.learn.simulator.churn", "en") in said(app)
    app.segmented_control(key="learn-part-en").set_value("lessons").run()
    assert t("page.learn.simulator.churn", "en") not in said(app)
    assert t("lesson.compound.title", "en") in said(app)
