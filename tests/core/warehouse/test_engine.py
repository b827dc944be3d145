"""The engine: nothing gets out of it, threads do not disturb one another, values stay values."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import date

import duckdb
import pytest

from cs_core.errors import CannotAnswerError, WorkspaceError
from cs_core.warehouse.duckdb_engine import Engine, translated
from cs_core.warehouse.statements import bound, compose, kept_lines, literal, relations

ESCAPES = (
    "SELECT * FROM read_csv('{secret}')",
    "SELECT * FROM read_text('{secret}')",
    "SELECT * FROM read_blob('{secret}')",
    "SELECT * FROM read_parquet('{secret}')",
    "SELECT * FROM read_json('{secret}')",
    "SELECT * FROM '{secret}'",
    "SELECT * FROM glob('{folder}/*')",
    "COPY (SELECT 1) TO '{folder}/out.csv'",
    "COPY kept FROM '{secret}'",
    "EXPORT DATABASE '{folder}/export'",
    "IMPORT DATABASE '{folder}/export'",
    "ATTACH '{folder}/other.duckdb' AS other",
    "ATTACH 'https://example.org/x.duckdb' AS other",
    "INSTALL httpfs",
    "LOAD httpfs",
    "SET enable_external_access = true",
    "SET lock_configuration = false",
    "SET memory_limit = '100GB'",
    "SET allow_community_extensions = true",
    "SET allowed_directories = ['/']",
    "RESET enable_external_access",
    "CREATE SECRET s (TYPE s3)",
    "CHECKPOINT; SELECT * FROM read_text('{secret}')",
)


@pytest.fixture
def engine() -> Engine:
    engine = Engine()
    engine.run("CREATE TABLE kept AS SELECT range AS n FROM range(1000)")
    engine.lock()
    return engine


@pytest.mark.parametrize("statement", ESCAPES)
def test_nothing_leaves_a_locked_engine(engine, tmp_path, statement):
    secret = tmp_path / "secret.csv"
    secret.write_text("a\nsecret\n")
    with pytest.raises(duckdb.Error):
        engine.run(statement.format(secret=secret, folder=tmp_path))
    assert [path.name for path in tmp_path.iterdir()] == ["secret.csv"]
    assert engine.run("SELECT COUNT(*) FROM kept")[1] == [(1000,)]


def test_python_objects_are_not_reachable(engine):
    hidden = [1, 2, 3]
    with pytest.raises(duckdb.Error):
        engine.run("SELECT * FROM hidden")
    assert hidden


def test_ten_thousand_threaded_queries_give_no_error_and_no_wrong_answer(engine):
    def ask(number: int) -> bool:
        rows = engine.run("SELECT SUM(n), $number FROM kept WHERE n < $number", {"number": number})
        return rows[1] == [(number * (number - 1) // 2, number)]

    with ThreadPoolExecutor(8) as pool:
        assert all(pool.map(ask, [1 + n % 999 for n in range(10_000)]))


def test_a_long_query_is_stopped_with_an_error_of_ours():
    engine = Engine(seconds=0.2)
    with pytest.raises(CannotAnswerError) as raised:
        engine.run(
            "SELECT COUNT(*) FROM range(100000000) a, range(100000) b WHERE a.range % 7 = b.range"
        )
    assert raised.value.code == "query_too_long"


@pytest.mark.parametrize(
    "text",
    ["'", "''", "'; DROP TABLE kept; --", "\\", "\\'", "a\0b'", "$number", "/*", "\n", "株式会社'"],
)
def test_text_stays_one_value(engine, text):
    rows = engine.run("SELECT $text AS text, $number AS number", {"text": text, "number": 7})[1]
    assert rows == [(text.replace("\0", ""), 7)]
    assert engine.run("SELECT COUNT(*) FROM kept")[1] == [(1000,)]


@pytest.mark.parametrize(
    ("value", "sql"),
    [(None, "NULL"), (True, "TRUE"), (3, "3"), (-3, "-3"), (date(1, 2, 3), "DATE '0001-02-03'")],
)
def test_literals(value, sql):
    assert literal(value) == sql


def test_a_type_without_a_literal_is_refused():
    with pytest.raises(TypeError):
        bound("SELECT $x", {"x": object()})


def test_flagged_lines():
    body = "SELECT\n    a,\n    /*on*/ b,\n    /*!on*/ c,\n    /*on&other*/ d,\n    /*on|other*/ e"
    assert kept_lines(body, {"on"}) == "SELECT\n    a,\n    b,\n    e"
    assert kept_lines(body, set()) == "SELECT\n    a,\n    c,"


def test_stored_relations_are_not_written_out_again():
    assert "account_days AS" in compose(
        "known_ledger", {"lines"}, set(), {"earning_lines": "plain_lines"}
    )
    stored = compose("known_ledger", {"ledger"}, set())
    assert "account_days" not in stored
    assert relations()["known_ledger"].needs == ("ledger",)


def test_a_commit_that_the_disk_did_not_take_is_said_as_that() -> None:
    said = 'Failed to commit: Could not fsync file "data.duckdb.wal": No space left on device'
    with (
        pytest.raises(WorkspaceError, check=lambda error: error.code == "disk_full"),
        translated(1.0),
    ):
        raise duckdb.TransactionException(said)
    with pytest.raises(duckdb.TransactionException), translated(1.0):
        raise duckdb.TransactionException("cannot start a transaction within a transaction")
