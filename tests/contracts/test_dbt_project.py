"""The dbt project builds where nothing of ours is, and its metrics are those of `query`.

What dbt does of it is little: a `ref` or `source` is a relation's name, models are made after those
they read, and a test is a SELECT that must give no row.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from graphlib import TopologicalSorter
from pathlib import Path

import duckdb
import pytest

from cs_core import demo
from cs_core.cli import main
from cs_core.datasets import Dataset, open_dataset
from cs_core.domain.policies import Policies
from cs_core.errors import UsageError
from cs_core.metrics.catalogue import catalogue
from cs_core.metrics.options import Options
from tests.contracts.taken_away import STATED, differences, expected, rows_of

_REF = re.compile(r"\{\{ ref\('(\w+)'\) \}\}")
_SOURCE = re.compile(r"\{\{ source\('keizoku', '(\w+)'\) \}\}")
_TEXT = re.compile(r"\{\{ '(..)' \}\}")


def resolved(text: str) -> str:
    return _TEXT.sub(r"\1", _SOURCE.sub(r"raw.\1", _REF.sub(r"\1", text)))


def built(project: Path) -> duckdb.DuckDBPyConnection:
    """Every model, made in its order; every test, passed."""
    connection = duckdb.connect()
    connection.execute("CREATE SCHEMA raw")
    for file in (project / "raw").glob("*.parquet"):
        connection.execute(f"CREATE TABLE raw.{file.stem} AS FROM '{file}'")
    texts = {path.stem: path.read_text() for path in (project / "models").rglob("*.sql")}
    order = TopologicalSorter({name: _REF.findall(text) for name, text in texts.items()})
    for name in order.static_order():
        kind = "VIEW" if (project / "models" / "figures" / f"{name}.sql").exists() else "TABLE"
        connection.execute(f"CREATE {kind} {name} AS {resolved(texts[name])}")
    for test in (project / "tests").glob("*.sql"):
        assert connection.execute(resolved(test.read_text())).fetchall() == [], test.stem
    return connection


@pytest.fixture(scope="module", params=["whole", "split"])
def project(
    request: pytest.FixtureRequest, company: Dataset, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[Options, duckdb.DuckDBPyConnection]]:
    """Once as it comes, once by a column that changes, by quarter, under other definitions."""
    options = Options()
    if request.param == "split":
        policies = Policies.of("stripe", {"currency": "historical"})
        options = Options(by="plan", period="quarter", fiscal_start=4, policies=policies)
    folder = tmp_path_factory.mktemp("dbt") / "project"
    company.write_project(folder, options)
    connection = built(folder)
    yield options, connection
    connection.close()


@pytest.mark.parametrize("metric", STATED)
def test_a_metric_is_that_of_query(
    metric: str, project: tuple[Options, duckdb.DuckDBPyConnection], company: Dataset
) -> None:
    options, connection = project
    heeded = catalogue()[metric].parameters
    if "by" not in heeded or "period" not in heeded:
        options = Options(
            by=options.by if "by" in heeded else None,
            period=options.period if "period" in heeded else "month",
            policies=options.policies,
        )
    found = connection.execute(f"FROM {metric}")
    theirs = rows_of([column[0] for column in found.description], found.fetchall())
    assert differences(expected(company, metric, options), theirs) == []


def test_words_of_a_person_are_no_template(tmp_path: Path) -> None:
    file = tmp_path / "subscriptions.csv"
    file.write_text(
        "account_id,start_date,mrr,{{ boom }}\n1,2024-01-01,10,{% x %}\n2,2024-02-01,5,\n"
    )
    with open_dataset(file) as dataset:
        [column] = [segment.name for segment in dataset.info.segments]
        dataset.export_sql(tmp_path / "project", by=column)
        for text in (tmp_path / "project").rglob("*.sql"):
            left = _TEXT.sub("", _SOURCE.sub("", _REF.sub("", text.read_text())))
            assert not re.search(r"\{[{%#]", left), text.name
        built(tmp_path / "project").close()


def test_on_the_command_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    made = demo.write(demo.make(accounts=20, months=8, seed=3), tmp_path / "demo")
    files = [str(p) for p in made if p.suffix == ".csv" and p.parent == tmp_path / "demo"]
    words = ["export-sql", str(tmp_path / "p"), *files]
    assert main(words) == 0
    assert '"models"' in capsys.readouterr().out
    assert main(words) == 2
    assert "empty" in capsys.readouterr().err
    built(tmp_path / "p").close()


def test_two_columns_are_refused(company: Dataset, tmp_path: Path) -> None:
    with pytest.raises(UsageError):
        company.export_sql(tmp_path / "p", by=["plan", "country"])
