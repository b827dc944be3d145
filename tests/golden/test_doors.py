"""A figure is the same through every door, to the last digit: a file asked directly, a stored
dataset, Python's frame, and the command line."""

import json
import tomllib
from collections.abc import Iterator
from pathlib import Path
from random import Random
from typing import Any

import pytest

from cs_core import demo
from cs_core.cli import main
from cs_core.datasets import Dataset, import_files, open_dataset
from cs_core.datasets.asking import options_of
from cs_core.errors import UsageError
from cs_core.metrics import catalogue
from cs_core.metrics.checks import PARAMETERS
from cs_core.metrics.options import Options
from cs_core.workspace import Workspace

GOLDEN = Path(__file__).parents[2] / "sample_data" / "golden"
FIGURES = [
    (path.with_suffix(".csv"), figure)
    for path in sorted(GOLDEN.glob("*.toml"))
    for figure in tomllib.loads(path.read_text("utf-8"))["figure"]
]
# Of the company made below, which has every optional table.
QUESTIONS: list[dict[str, Any]] = [
    {},
    {"by": "plan"},
    {"where": {"plan": "Team"}, "as_of": "2024-05-17"},
    {"preset": "stripe", "period": "quarter", "fiscal_start": 4},
    {"preset": "dbt_mrr", "from": "2023-11", "to": "2024-Q1"},
]


def told(words: list[str], capsys: pytest.CaptureFixture[str]) -> Any:
    """What the command line writes, as JSON with money still text."""
    assert main([*words, "--format", "json"]) == 0
    return json.loads(capsys.readouterr().out)


def keywords(options: dict[str, str]) -> Options:
    words: dict[str, Any] = {name.replace("-", "_"): value for name, value in options.items()}
    if "window" in words:
        words["window"] = int(words["window"])
    return options_of(**words)


@pytest.mark.parametrize(
    ("file", "figure"), FIGURES, ids=[f"{file.stem}-{n}" for n, (file, _) in enumerate(FIGURES)]
)
def test_worked_examples_agree(file, figure, tmp_path, monkeypatch, capsys) -> None:
    monkeypatch.setenv("KEIZOKU_HOME", str(tmp_path))
    import_files([file], "golden", Workspace())
    options = keywords(figure["options"])
    with open_dataset(file) as direct, open_dataset(dataset="golden") as stored:
        records = direct.run(figure["metric"], options).records()
        assert stored.run(figure["metric"], options).records() == records
    words = [word for name, value in figure["options"].items() for word in (f"--{name}", value)]
    assert told(["query", figure["metric"], str(file), *words], capsys) == records
    assert told(["query", figure["metric"], "--dataset", "golden", *words], capsys) == records


@pytest.fixture(scope="module")
def company(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    folder = tmp_path_factory.mktemp("company")
    made = demo.write(demo.make(accounts=120, months=24, seed=5), folder)
    return [path for path in made if path.parent == folder and path.suffix == ".csv"]


@pytest.fixture(scope="module")
def home(company: list[Path], tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("home")
    import_files(company, "company", Workspace(folder))
    return folder


def typed(options: dict[str, Any]) -> list[str]:
    """Options of Python as words of the command line."""
    words = []
    for name, value in options.items():
        values = [f"{c}={v}" for c, v in value.items()] if isinstance(value, dict) else [value]
        for one in values:
            words += [f"--{name.replace('_', '-')}", str(one)]
    return words


def refused(metric: str, options: dict[str, Any], files: list[str], capsys) -> None:
    """An option that the metric does not heed: one sentence at either door, and no figure."""
    with open_dataset(files) as direct, pytest.raises(UsageError) as caught:
        direct.query(metric, **options)
    assert caught.value.code == "option_not_heeded"
    assert main(["query", metric, *files, *typed(options), "--format", "json"]) == 2
    said = capsys.readouterr()
    assert said.out == ""
    assert said.err.count("\n") == 1


@pytest.mark.parametrize("metric", sorted(catalogue()))
@pytest.mark.parametrize("options", QUESTIONS, ids=str)
def test_every_metric_agrees(metric, options, company, home, monkeypatch, capsys) -> None:
    monkeypatch.setenv("KEIZOKU_HOME", str(home))
    files = [str(path) for path in company]
    heeded = catalogue()[metric].parameters
    if any(PARAMETERS.get(name, name) not in heeded for name in options):
        refused(metric, options, files, capsys)
        return
    with open_dataset(files) as direct, open_dataset(dataset="company") as stored:
        result = direct.run(metric, options_of(**options))
        records = result.records()
        assert stored.run(metric, options_of(**options)).records() == records
        frame = stored.query(metric, exact=True, **options)
    assert records or options or metric == "freemium"  # nobody here starts for free
    assert list(frame.columns) == list(result.columns)
    assert frame.astype(object).where(frame.notna(), None).to_numpy().tolist() == [
        list(row) for row in result.rows
    ]
    if metric == "ltv":  # codes of notes are sentences on the command line
        for record in records:
            del record["note"]
    for source in (files, ["--dataset", "company"]):
        said = told(["query", metric, *source, *typed(options)], capsys)
        if metric == "ltv":
            for row in said:
                del row["note"]
        assert said == records


def test_python_has_the_verbs_of_the_command_line(home, tmp_path, monkeypatch, capsys) -> None:
    monkeypatch.setenv("KEIZOKU_HOME", str(home))
    scenario = tmp_path / "a.toml"
    scenario.write_text("churn = 0.02\n", "utf-8")
    of = ["--dataset", "company"]
    assert main(["sql", "churn", *of, "--by", "plan"]) == 0
    sql = capsys.readouterr().out
    with open_dataset(dataset="company") as dataset:
        assert dataset.sql("churn", by="plan") + "\n" == sql
        test = dataset.query("survival", by="plan", logrank=True)
        assert test == told(["query", "survival", *of, "--by", "plan", "--logrank"], capsys)
        rows = dataset.explain("churn", {"month": "2024-03"}, preset="stripe")
        said = told(
            ["explain", "churn", *of, "--at", "month=2024-03", "--preset", "stripe"], capsys
        )
        assert rows["account_id"].tolist() == [row["account_id"] for row in said]
        assert rows["sources"].tolist() == [row["sources"] for row in said]
        effects = dataset.compare("keizoku,stripe", "churn")
        said = told(["compare", *of, "--presets", "keizoku,stripe", "--metric", "churn"], capsys)
        assert effects["policy"].tolist() == [row["policy"] for row in said]
        risk = dataset.risk(horizon_days=30)
        said = told(["risk", *of, "--horizon-days", "30"], capsys)
        assert risk["evaluation"] == {k: v for k, v in said["evaluation"].items() if k != "note"}
        assert risk["accounts"]["account_id"].tolist() == [
            r["account_id"] for r in said["accounts"]
        ]
        value = dataset.simulate(scenario, draws=200, seed=1)
        words = ["--assumptions", str(scenario), "--draws", "200", "--seed", "1"]
        assert value == told(["simulate", *of, *words], capsys)


@pytest.mark.parametrize(
    "where", [{"plan": "Team"}, [("plan", "Team")], ["plan=Team"], "plan=Team"], ids=str
)
def test_a_filter_is_written_as_suits(where) -> None:
    assert options_of(where=where).where == (("plan", "Team"),)


def test_a_blank_value_is_the_blank_one_however_it_is_written() -> None:
    for where in ({"plan": ""}, {"plan": None}, ["plan="]):
        assert options_of(where=where).where == (("plan", None),)


@pytest.mark.parametrize(
    "options", [{"where": ["plan"]}, {"where": "=x"}, {"perod": "week"}, {"as_of": "yesterday"}]
)
def test_a_wrong_option_is_a_usage_error(options) -> None:
    with pytest.raises(UsageError):
        options_of(**options)


@pytest.fixture(scope="module")
def either_order(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Dataset, Dataset]]:
    """A company large enough for sums of floats to differ, and with the rows of its files mixed."""
    folder, mixed = (tmp_path_factory.mktemp(name) for name in ("company", "mixed"))
    made = demo.write(demo.make(accounts=300, months=24, seed=5), folder)
    files = [path for path in made if path.parent == folder and path.suffix == ".csv"]
    for path in files:
        head, *rows = path.read_text("utf-8").splitlines(keepends=True)
        Random(7).shuffle(rows)
        (mixed / path.name).write_text("".join([head, *rows]), "utf-8")
    with open_dataset(files) as first, open_dataset([mixed / p.name for p in files]) as second:
        yield first, second


@pytest.mark.parametrize("metric", sorted(catalogue()))
def test_row_order_changes_no_digit(metric, either_order) -> None:
    first, second = either_order
    assert second.run(metric).records() == first.run(metric).records()
