"""Sources that nobody uploads: read, followed, refused in a sentence; secrets are nowhere."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import duckdb
import pytest

from cs_core import demo
from cs_core.cli import main
from cs_core.connectors.config import load
from cs_core.datasets import open_dataset
from cs_core.errors import KeizokuError
from tests import postgres

TABLES = ("subscriptions", "accounts")


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    folder = tmp_path_factory.mktemp("company")
    made = demo.write(demo.make(accounts=60, months=14, seed=5), folder)
    ours = [path for path in made if path.parent == folder]
    return {path.stem: path for path in ours if path.stem in TABLES}


@pytest.fixture(scope="module")
def server(files: dict[str, Path]) -> Iterator[tuple[dict[str, str], Any]]:
    with postgres.server() as where, postgres.connect(where) as connection:
        with duckdb.connect() as local:
            for name, path in files.items():
                local.execute(f"CREATE TABLE {name} AS FROM read_csv('{path}', header = true)")
            postgres.copy(local, connection, TABLES)
        connection.execute("CREATE ROLE stranger LOGIN PASSWORD 'stranger'")
        yield where, connection


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("KEIZOKU_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("BILLING_PASSWORD", postgres.PASSWORD)
    return tmp_path / "home"


def described(folder: Path, where: dict[str, str], **changes: str) -> Path:
    given = {**where, **changes}
    tables = given.pop("tables", 'tables.subscriptions = "public.subscriptions"\n')
    secret = given.pop("secret", 'password_env = "BILLING_PASSWORD"')
    file = folder / "sources.toml"
    file.write_text(
        'dataset = "acme"\n[[source]]\nkind = "postgres"\n'
        f'host = "{given["host"]}"\nport = {given["port"]}\ndatabase = "{given["database"]}"\n'
        f'user = "{given["user"]}"\n{secret}\n{tables}'
    )
    return file


def figures(*files: Path, dataset: str | None = None) -> Any:
    source = {"dataset": dataset} if dataset else {"source": list(files)}
    with open_dataset(**source) as opened:  # type: ignore[arg-type]
        return [
            opened.run(metric).rows for metric in ("mrr_movements", "churn", "cohorts", "retention")
        ]


def test_a_server_is_read_and_followed(
    server: tuple[dict[str, str], Any],
    files: dict[str, Path],
    tmp_path: Path,
    home: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    where, connection = server
    selected = 'tables.subscriptions = "public.subscriptions"\n'
    selected += 'tables.accounts = "SELECT * FROM accounts WHERE TRUE;"\n'
    file = described(tmp_path, where, tables=selected)
    assert main(["refresh", str(file), "--format", "json"]) == 0
    assert json.loads(capsys.readouterr().out)["dataset"] == "acme"
    assert figures(dataset="acme") == figures(*files.values())
    changed = "UPDATE subscriptions SET amount = amount + 1000 WHERE account_id LIKE '%7'"
    connection.execute(changed)
    try:
        assert main(["refresh", str(file), "--format", "json"]) == 0
    finally:
        connection.execute(changed.replace("+", "-"))
    restated = json.loads(capsys.readouterr().out)["restated"]
    assert restated
    assert all(float(item["mrr_change"]) != 0 for item in restated)
    kept = [path for path in home.rglob("*") if path.is_file()]
    assert kept
    assert not [path for path in kept if postgres.PASSWORD.encode() in path.read_bytes()]


WRONG = {
    "password": ({"secret": 'password_env = "WRONG"'}, "password"),
    "database": ({"database": "nowhere"}, "database"),
    "port": ({"port": "1"}, "cannot be reached"),
    "table": ({"tables": 'tables.subscriptions = "public.nothing"\n'}, "public.nothing"),
    "schema": ({"tables": 'tables.subscriptions = "no.such"\n'}, "no.such"),
    "column": ({"tables": 'tables.subscriptions = "SELECT nix FROM accounts"\n'}, "nix"),
    "permission": (
        {"user": "stranger", "secret": 'password_env = "STRANGER"'},
        "public.subscriptions",
    ),
    "writing": (
        {"tables": 'tables.accounts = "WITH gone AS (DELETE FROM accounts RETURNING 1) FROM gone"'},
        "accounts",
    ),
}


@pytest.mark.parametrize("language", ["en", "ja"])
@pytest.mark.parametrize("what", WRONG)
def test_what_is_wrong_is_one_sentence(
    what: str,
    language: str,
    server: tuple[dict[str, str], Any],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv("WRONG", "not-this-one-either")
    monkeypatch.setenv("STRANGER", "stranger")
    where, connection = server
    changes, said = WRONG[what]
    file = described(tmp_path, where, **changes)
    assert main(["refresh", str(file), "--lang", language]) == 2
    written = capsys.readouterr()
    assert written.out == ""
    assert written.err.count("\n") == 1
    assert language == "ja" or said in written.err
    for secret in (postgres.PASSWORD, "not-this-one-either"):
        assert secret not in written.err
    assert connection.execute("SELECT COUNT(*) FROM accounts").fetchone()[0] > 0


def test_a_server_that_goes_away_changes_nothing(
    files: dict[str, Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with postgres.server() as where:
        with postgres.connect(where) as connection, duckdb.connect() as local:
            read = f"read_csv('{files['subscriptions']}', header = true)"
            local.execute(f"CREATE TABLE subscriptions AS FROM {read}")
            postgres.copy(local, connection, ["subscriptions"])
        file = described(tmp_path, where)
        assert main(["refresh", str(file)]) == 0
        before = figures(dataset="acme")
        gone = "SELECT s.*, pg_terminate_backend(pg_backend_pid()) AS gone FROM subscriptions s"
        file = described(tmp_path, where, tables=f'tables.subscriptions = "{gone}"\n')
        capsys.readouterr()
        assert main(["refresh", str(file)]) == 2
        assert "lost" in capsys.readouterr().err
    assert main(["refresh", str(described(tmp_path, where))]) == 2
    assert "cannot be reached" in capsys.readouterr().err
    assert figures(dataset="acme") == before


def test_new_files_of_a_folder_are_added(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "exports"
    folder.mkdir()
    head = "account_id,start_date,end_date,mrr\n"
    (folder / "2024-01.csv").write_text(head + "a,2024-01-01,,10\nb,2024-01-05,2024-02-01,5\n")
    file = tmp_path / "sources.toml"
    file.write_text('dataset = "acme"\n[[source]]\nkind = "files"\nfiles = "exports/*.csv"\n')
    assert main(["refresh", str(file)]) == 0
    (folder / "2024-02.csv").write_text(head + "c,2024-02-01,,7\n")
    capsys.readouterr()
    assert main(["refresh", str(file), "--format", "json"]) == 0
    report = json.loads(capsys.readouterr().out)
    assert [item["file"] for item in report["files"]] == ["2024-01.csv", "2024-02.csv"]
    assert figures(dataset="acme") == figures(*sorted(folder.glob("*.csv")))
    # A file that changed is no new one: all are read again, and what changed is told.
    (folder / "2024-01.csv").write_text(head + "a,2024-01-01,,20\nb,2024-01-05,2024-02-01,5\n")
    assert main(["refresh", str(file), "--format", "json"]) == 0
    assert json.loads(capsys.readouterr().out)["restated"]
    assert figures(dataset="acme") == figures(*sorted(folder.glob("*.csv")))


def test_another_duckdb_file(files: dict[str, Path], tmp_path: Path) -> None:
    other = tmp_path / "other.duckdb"
    with duckdb.connect(str(other)) as local:
        for name, path in files.items():
            local.execute(f"CREATE TABLE {name} AS FROM read_csv('{path}', header = true)")
    before = other.read_bytes()
    file = tmp_path / "sources.toml"
    head = 'dataset = "acme"\n[[source]]\nkind = "duckdb"\nfile = "other.duckdb"\n'
    both = 'tables.subscriptions = "main.subscriptions"\ntables.accounts = "FROM_ACCOUNTS"\n'
    file.write_text(head + both.replace("FROM_ACCOUNTS", "SELECT * FROM accounts"))
    assert main(["refresh", str(file)]) == 0
    assert figures(dataset="acme") == figures(*files.values())
    assert other.read_bytes() == before
    file.write_text(head + "tables.subscriptions = \"SELECT * FROM read_text('/etc/passwd')\"\n")
    assert main(["refresh", str(file)]) == 2
    file.write_text(head + 'tables.subscriptions = "nothing"\n')
    assert main(["refresh", str(file)]) == 2
    other.write_bytes(b"no database")
    assert main(["refresh", str(file)]) == 2


POSTGRES = '[[source]]\nkind = "postgres"\nhost = "h"\ndatabase = "d"\nuser = "u"\n'


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("dataset = ", "source_not_toml"),
        ('dataset = "a"\n', "source_lacks"),
        ('[[source]]\nkind = "oracle"\n', "source_kind"),
        ('[[source]]\nkind = "files"\n', "source_lacks"),
        ('[[source]]\nkind = "files"\nfile = "x"\n', "source_key"),
        (POSTGRES, "source_lacks"),
        (POSTGRES + 'tables.subs = "x"\n', "source_table"),
        (POSTGRES + 'password = "open"\ntables.subscriptions = "x"\n', "source_secret"),
        ('[[source]]\nkind = "files"\nfiles = "x"\n[read]\nspeed = "1"\n', "source_key"),
    ],
)
def test_a_wrong_description_is_named(text: str, code: str, tmp_path: Path) -> None:
    file = tmp_path / "sources.toml"
    file.write_text(text)
    with pytest.raises(KeizokuError) as caught:
        load(file)
    assert caught.value.code == code
    assert "open" not in str(caught.value)
