"""A dbt project that computes the figures in a person's own warehouse.

Every named SELECT of the statements is a model: what is staged, the ledger, the figures, and one
model a metric. Metrics share a model where they read the same; where a metric heeds other policies
than the rest, its own stands under `<name>_of_<metric>`. The canonical tables of the dataset lie
beside the project as Parquet, so that it builds as it stands; in a warehouse `sources.yml` names
the tables there instead.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from cs_core.errors import CannotAnswerError, UsageError
from cs_core.importers.reading import Reading
from cs_core.metrics.catalogue import Metric, catalogue
from cs_core.metrics.options import Options
from cs_core.takeaway import statement, tables
from cs_core.warehouse.statements import relations
from cs_core.warehouse.store import Warehouse
from cs_core.warehouse.views import quoted

_SOURCE = "keizoku_source_"
_READ = re.compile(r"\b(FROM|JOIN)(\s+)([a-z_0-9]+)\b(?!\.)(\s+AS\s+\w+)?")
_NAMED = re.compile(r"^(?:WITH )?([a-z_0-9]+) AS \($", re.MULTILINE)
_JINJA = re.compile(r"\{[{%#]|[}%#]\}")

_MATERIALIZED = {"staging": "table", "ledger": "table", "figures": "view", "metrics": "table"}

PROJECT = """name: keizoku
version: "1.0"
profile: keizoku
model-paths: [models]
test-paths: [tests]
models:
  keizoku:
{folders}
"""
PROFILE = """keizoku:
  target: dev
  outputs:
    dev:
      type: duckdb
      path: keizoku.duckdb
"""
README = """# Keizoku's figures as a dbt project

`dbt build --profiles-dir .`, with dbt-duckdb, builds every metric from the canonical tables in
`raw/` and tests it. {what}

Where those tables live elsewhere, say so in `models/sources.yml`.
"""


@dataclass(frozen=True)
class Model:
    """A model: `text` is its SELECT in dbt's words, `said` what one row of it is."""

    name: str
    folder: str
    text: str
    said: str


def write(warehouse: Warehouse, reading: Reading | None, options: Options, folder: Path) -> int:
    """Writes the project into a new or empty folder; returns how many models it has.

    Raises UsageError `folder_not_empty`, and CannotAnswerError where the canonical tables were
    not kept, or nothing can be asked of the data.
    """
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise UsageError("folder_not_empty", file=folder.name)
    if reading is None:
        raise CannotAnswerError("columns_not_kept")
    found = models(warehouse, options)
    (folder / "raw").mkdir(parents=True, exist_ok=True)
    for table in warehouse.facts.given:
        tables.write(warehouse, reading, table, Options(), folder / "raw" / f"{table}.parquet")
    for model in found.values():
        path = folder / "models" / model.folder / f"{model.name}.sql"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(model.text, "utf-8")
    for name, text in _tests(found, options):
        (folder / "tests").mkdir(exist_ok=True)
        (folder / "tests" / f"{name}.sql").write_text(text, "utf-8")
    said = statement.definitions(warehouse, options)
    folders = "\n".join(
        f"    {name}:\n      +materialized: {kind}" for name, kind in _MATERIALIZED.items()
    )
    files = {
        "dbt_project.yml": PROJECT.format(folders=folders),
        "profiles.yml": PROFILE,
        "README.md": README.format(what=said),
        "models/sources.yml": _sources(warehouse),
        "models/schema.yml": _schema(found),
    }
    for name, text in files.items():
        (folder / name).write_text(text, "utf-8")
    return len(found)


def models(warehouse: Warehouse, options: Options) -> dict[str, Model]:
    """Every model by name. Metrics that this data has no answer to are left out."""
    found: dict[str, Model] = {}
    for metric, about in catalogue().items():
        if about.study or (about.dates and warehouse.facts.shape == "tenure"):
            continue
        heeded = _heeded(about, options)
        selects, last = statement.pieces(
            warehouse, metric, heeded, lambda table: f"{_SOURCE}{table}"
        )
        place: dict[str, str] = {}
        figures = selects.pop("figures")
        for name, body in selects.items():
            text = _in_dbt(body, place)
            # A metric's name is its own: what is staged of a table called so stands beside it.
            model = f"staged_{name}" if name in catalogue() else name
            if model in found and found[model].text != text:
                model = f"{model}_of_{metric}"
            place[name] = model
            relation = None if name in catalogue() else relations().get(name)
            folder = relation.folder if relation else "staging"
            said = relation.question if relation else _MADE.get(name.rstrip("_0123456789"), "")
            found[model] = Model(model, folder, text, said)
        indented = "\n".join("    " + line if line else line for line in figures.splitlines())
        whole = f"WITH figures AS (\n{indented}\n)\n\n{last[: last.rindex(chr(10))]}"
        said = " ".join([about.question, about.definition, *about.decisions])
        found[metric] = Model(metric, "metrics", _in_dbt(whole, place), said)
    return found


def _heeded(about: Metric, options: Options) -> Options:
    """What of the question a metric heeds; the rest is as usual."""
    usual = Options()
    asked = {"period": "period", "fiscal_start": "period", "by": "by", "window": "window"}
    for field, parameter in asked.items():
        if parameter not in about.parameters:
            options = replace(options, **{field: getattr(usual, field)})
    return options


_MADE = {
    "source_subscriptions": "One row: a row of the subscriptions table, typed.",
    "segment_values": "One row: a value of a segment column, and the number that stands for it.",
    "account_values": "One row: an account and a segment column, with its value.",
    "changing_values": "One row: a customer and a stretch of days with one value of a column.",
}


def _in_dbt(body: str, place: Mapping[str, str]) -> str:
    """A SELECT whose relations are models and sources; what a person typed stays text."""
    own = set(_NAMED.findall(body))

    def read(match: re.Match[str]) -> str:
        word, space, name, alias = match.groups()
        if name.startswith(_SOURCE):
            table = name.removeprefix(_SOURCE)
            return f"{word}{space}{{{{ source('keizoku', '{table}') }}}}{alias or ''}"
        if name not in place or name in own:
            return match[0]
        return f"{word}{space}{{{{ ref('{place[name]}') }}}}{alias or f' AS {name}'}"

    escaped = _JINJA.sub(lambda match: "{{ '" + match[0] + "' }}", body)
    return _READ.sub(read, escaped) + "\n"


def _tests(found: Mapping[str, Model], options: Options) -> Iterator[tuple[str, str]]:
    """Singular tests: SELECTs that give no row."""
    for metric, about in catalogue().items():
        if metric not in found:
            continue
        heeded = _heeded(about, options)
        keys = [quoted(key) for key in about.key_columns(heeded.period, heeded.by)]
        listed = _JINJA.sub(lambda match: "{{ '" + match[0] + "' }}", ", ".join(keys))
        yield (
            f"{metric}_rows_are_told_apart",
            f"SELECT {listed}\nFROM {{{{ ref('{metric}') }}}}\nGROUP BY {listed}\n"
            "HAVING COUNT(*) > 1\n",
        )
    if "mrr_movements" in found:
        transfers = ""
        if '"transferred_in_mrr"' in found["mrr_movements"].text:
            transfers = " + transferred_in_mrr - transferred_out_mrr"
        yield (
            "mrr_movements_close",
            "SELECT *\nFROM {{ ref('mrr_movements') }}\nWHERE opening_mrr + new_mrr"
            " + reactivation_mrr + expansion_mrr - contraction_mrr - churned_mrr + fx_mrr"
            f"{transfers} <> closing_mrr\n",
        )


def _sources(warehouse: Warehouse) -> str:
    lines = ["version: 2", "sources:", "  - name: keizoku", "    meta:"]
    lines += ["      external_location: raw/{name}.parquet", "    tables:"]
    for table, columns in warehouse.facts.given.items():
        lines += [f"      - name: {table}", "        columns:"]
        lines += [f"          - name: {json.dumps(name)}" for name in columns]
    return "\n".join(lines) + "\n"


def _schema(found: Mapping[str, Model]) -> str:
    """What each model is, for dbt's documentation."""
    lines = ["version: 2", "models:"]
    for model in found.values():
        said = _JINJA.sub(" ", model.said)
        lines += [f"  - name: {model.name}", f"    description: {json.dumps(said)}"]
        if model.folder == "metrics" and '"currency"' in model.text:
            lines += ["    columns:", "      - name: currency", "        data_tests: [not_null]"]
    return "\n".join(lines) + "\n"
