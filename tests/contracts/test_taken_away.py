"""A statement that is taken away gives the figures of `query` where nothing of ours is: in a bare
DuckDB that holds the canonical tables, and in a PostgreSQL server."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product
from pathlib import Path

import duckdb
import pytest

from cs_core.datasets import Dataset, open_dataset
from cs_core.errors import UsageError
from cs_core.metrics.catalogue import catalogue
from cs_core.metrics.options import Options
from cs_core.takeaway.dialects import DIALECTS
from tests import postgres
from tests.contracts.taken_away import STATED, bare, differences, expected, questions, rows_of

every_metric = pytest.mark.parametrize("metric", STATED)


@pytest.fixture(scope="module")
def elsewhere(
    company: Dataset, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[duckdb.DuckDBPyConnection]:
    with bare(company, tmp_path_factory.mktemp("elsewhere")) as connection:
        yield connection


@every_metric
def test_it_gives_the_figures_of_query(
    metric: str, company: Dataset, elsewhere: duckdb.DuckDBPyConnection
) -> None:
    """A seventh of the questions each; `tests/bench/taken_away.py` asks them all."""
    turn = STATED.index(metric)
    for options in questions(metric)[turn % 7 :: 7]:
        found = elsewhere.execute(company.taken_away(metric, options))
        theirs = rows_of([column[0] for column in found.description], found.fetchall())
        assert differences(expected(company, metric, options), theirs) == [], options


def test_what_is_not_the_same_is_found() -> None:
    """The test above can fail."""
    assert differences([{"n": 1, "rate": 0.5}], [{"n": 2, "rate": 0.5}])
    assert differences([{"n": 1, "rate": 0.5}], [{"n": 1, "rate": 0.5000001}])
    assert differences([{"n": 1}], [])


def test_of_a_server_the_figures_are_the_same(company: Dataset, tmp_path: Path) -> None:
    with postgres.server() as where, postgres.connect(where) as server:
        with bare(company, tmp_path) as local:
            postgres.copy(local, server, company.warehouse.facts.given)
        for metric, by in (("churn", "plan"), ("cohorts", None), ("payments", "country")):
            found = server.execute(company.taken_away(metric, Options(by=by), "postgres"))
            theirs = rows_of([column.name for column in found.description], found.fetchall())
            assert differences(expected(company, metric, Options(by=by)), theirs) == [], metric


@pytest.mark.parametrize("engine", sorted(set(DIALECTS) - {"bigquery"}))
def test_it_is_written_in_every_dialect(engine: str, company: Dataset) -> None:
    for metric in ("churn", "payments", "survival"):
        text = company.taken_away(metric, Options(), engine)
        assert ("not tried there" in text) == (not DIALECTS[engine].tried)
        assert "$" not in text, "a parameter is left"


def test_a_dialect_without_the_words_says_so(company: Dataset) -> None:
    with pytest.raises(UsageError) as caught:
        company.taken_away("mrr_movements", Options(), "bigquery")
    assert caught.value.code == "dialect_cannot"


@pytest.mark.parametrize("metric", sorted(set(catalogue()) - set(STATED)))
def test_what_models_make_is_refused(metric: str, company: Dataset) -> None:
    with pytest.raises(UsageError) as caught:
        company.taken_away(metric)
    assert caught.value.code == "metric_of_models"


def test_data_that_begins_in_the_middle_and_bare_tenures(tmp_path: Path) -> None:
    matrix, tenures = tmp_path / "matrix.csv", tmp_path / "tenures.csv"
    matrix.write_text(
        "customer,2024-01,2024-02,2024-03,2024-04\na,10,10,12,\nb,,5,5,5\nc,7,7,7,7\n"
    )
    tenures.write_text(
        "account_id,tenure_months,churned,plan\n"
        + "".join(f"a{n},{n % 7},{'yes' if n % 3 else 'no'},p{n % 2}\n" for n in range(40))
    )
    asked = {matrix: ("mrr_movements", "cohorts"), tenures: ("survival", "payments")}
    for file, metrics in asked.items():
        folder = tmp_path / file.stem
        folder.mkdir()
        with open_dataset(file) as dataset, bare(dataset, folder) as connection:
            for metric, by in product(metrics, (None, "plan") if file is tenures else (None,)):
                found = connection.execute(dataset.taken_away(metric, Options(by=by)))
                theirs = rows_of([column[0] for column in found.description], found.fetchall())
                assert differences(expected(dataset, metric, Options(by=by)), theirs) == [], metric


def test_a_word_of_a_person_stays_a_value(tmp_path: Path) -> None:
    """Names of columns and values are whatever somebody typed."""
    file = tmp_path / "subscriptions.csv"
    file.write_text(
        'account_id,start_date,mrr,"$as_of""b; DROP TABLE x"\n'
        "1,2024-01-01,10,it's\n2,2024-01-03,5,$as_of\n3,2024-02-03,5,\n"
    )
    with open_dataset(file) as dataset, bare(dataset, tmp_path) as connection:
        [column] = [segment.name for segment in dataset.info.segments]
        options = Options(by=column, where=((column, "$as_of"), (column, "it's"), (column, None)))
        found = connection.execute(dataset.taken_away("mrr_movements", options))
        theirs = rows_of([name[0] for name in found.description], found.fetchall())
        assert differences(expected(dataset, "mrr_movements", options), theirs) == []
