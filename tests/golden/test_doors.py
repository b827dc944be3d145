"""A figure is the same through every door, to the last digit: a file asked directly, a stored
dataset, Python's frame, and the command line."""

import json
import tomllib
from pathlib import Path
from typing import Any

import pytest

from cs_core.cli import main
from cs_core.datasets import import_files, open_dataset, options_of
from cs_core.metrics.options import Options
from cs_core.workspace import Workspace

GOLDEN = Path(__file__).parents[2] / "sample_data" / "golden"
FIGURES = [
    (path.with_suffix(".csv"), figure)
    for path in sorted(GOLDEN.glob("*.toml"))
    for figure in tomllib.loads(path.read_text("utf-8"))["figure"]
]
METRICS = ["mrr_movements", "churn", "retention", "cohorts", "survival", "renewals", "kpis"]


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


@pytest.mark.parametrize("metric", METRICS)
@pytest.mark.parametrize(
    "options",
    [{}, {"by": "plan"}, {"preset": "stripe", "period": "quarter"}, {"preset": "dbt_mrr"}],
    ids=str,
)
def test_every_metric_agrees(metric, options, tmp_path, monkeypatch, capsys) -> None:
    monkeypatch.setenv("KEIZOKU_HOME", str(tmp_path))
    file = GOLDEN / "one_customer.csv"
    import_files([file], "golden", Workspace())
    words = [word for name, value in options.items() for word in (f"--{name}", value)]
    with open_dataset(file) as direct, open_dataset(dataset="golden") as stored:
        result = direct.run(metric, options_of(**options))
        records = result.records()
        assert stored.run(metric, options_of(**options)).records() == records
        frame = stored.query(metric, **options)
    assert records
    assert list(frame.columns) == list(result.columns)
    assert frame.astype(object).where(frame.notna(), None).to_numpy().tolist() == [
        list(row) for row in result.rows
    ]
    assert told(["query", metric, str(file), *words], capsys) == records
    assert told(["query", metric, "--dataset", "golden", *words], capsys) == records
