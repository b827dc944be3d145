"""The commands. Each takes the arguments and returns what is to be written.

Everything heavy is imported where it is used: `query` on a stored dataset must not wait for
pandas, Arrow or the SQL parser.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cs_core.cli import playing, reporting, serving, taking
from cs_core.cli.arguments import OPTIONS, Arguments
from cs_core.cli.config import config
from cs_core.errors import InputError, UsageError, WorkspaceError

if TYPE_CHECKING:
    from cs_core.datasets import Dataset
    from cs_core.importers.reading import ReadOptions
    from cs_core.metrics.options import Options
    from cs_core.workspace import Workspace


_LEDGER_TABLES = ("subscriptions", "accounts")
_OF_RAW = ("--engine", "--schema")


@dataclass(frozen=True)
class Text:
    """A result that is text whatever the format."""

    text: str


def check(arguments: Arguments, language: str) -> Any:
    from cs_core.cli.reading import said
    from cs_core.datasets import open_dataset
    from cs_core.datasets.known import KnownFigure, compared

    paths, read = _files(arguments), _read_options(arguments)
    known = [KnownFigure.of(name, value) for name, value in arguments.pairs("--known")]
    with open_dataset(paths, read=read, may_be_unusable=True) as dataset:
        report = dataset.report
        if known:
            report["known"] = [compared(dataset, figure, paths, read) for figure in known]
        if _spoken(arguments):
            return Text(said(report, dataset, language))
        for item in report.get("known", ()):
            for reading in item["readings"]:
                reading.pop("change", None)
        return report


def import_(arguments: Arguments, language: str) -> Any:
    from cs_core.datasets import import_files
    from cs_core.workspace import Workspace, check_name

    name = check_name(arguments.needed("--dataset"))
    paths, read = _files(arguments), _read_options(arguments)
    out = arguments.text("--set-aside")
    set_aside = Path(out) if out is not None else None
    if set_aside is not None and not set_aside.absolute().parent.is_dir():
        raise UsageError("folder_not_found", option="--set-aside", file=out)
    currency = arguments.text("--currency")
    append = arguments.switch("--append")
    workspace = Workspace()
    report = import_files(paths, name, workspace, read, set_aside, currency, append=append)
    return _kept(report, workspace, arguments, language)


def _kept(
    report: dict[str, Any], workspace: Workspace, arguments: Arguments, language: str
) -> dict[str, Any] | Text:
    """What is told of an import that counts by now: nothing that fails here may say otherwise."""
    from cs_core.cli.reading import said
    from cs_core.datasets import open_dataset
    from cs_core.reports import sharing
    from cs_core.text import plain, t

    if left := sharing.after_import(workspace, report["dataset"]):
        line = t("cli.links_left", language, names=", ".join(left))
        sys.stderr.write(plain(line) + "\n")
    if not _spoken(arguments):
        return report
    with (
        suppress(Exception),
        open_dataset(dataset=report["dataset"], workspace=workspace) as dataset,
    ):
        return Text(said(report, dataset, language))
    return Text(said(report, None, language))


def refresh(arguments: Arguments, language: str) -> Any:
    from cs_core.datasets.refreshing import refresh as refresh_dataset
    from cs_core.workspace import Workspace, check_name

    [description] = arguments.paths([_only_word(arguments, "SOURCES.toml")])
    name = arguments.text("--dataset")
    if name is not None:
        check_name(name)
    workspace = Workspace()
    report = refresh_dataset(description, workspace, name)
    return _kept(report, workspace, arguments, language)


def metrics(arguments: Arguments, language: str) -> Any:
    from cs_core.metrics import catalogue
    from cs_core.metrics.catalogue import metric_of
    from cs_core.metrics.own import own_metrics

    return [
        {
            "name": metric.name,
            "title": metric.said("title", language),
            "grain": metric.grain,
            "unit": metric.unit,
            "definition": metric.said("definition", language),
            "parameters": list(metric.parameters),
            "kind": metric.kind,
            "heeds": list(metric.heeds),
            "keys": list(metric.keys),
            "absent": metric.absent,
        }
        for metric in map(metric_of, arguments.words or [*catalogue(), *own_metrics()])
    ]


def policies(arguments: Arguments, language: str) -> Any:
    from cs_core.domain.policies import VALUES, Policies
    from cs_core.text import t

    arguments.no_more_words(0)
    usual = Policies().as_dict()
    return [
        {
            "name": name,
            "title": t(f"filter.policy.{name}.title", language),
            "default": usual[name],
            "values": list(values),
        }
        for name, values in VALUES.items()
    ]


def presets(arguments: Arguments, language: str) -> Any:
    from cs_core.domain.policies import PRESETS
    from cs_core.text import t

    arguments.no_more_words(0)
    return [
        {
            "name": name,
            "title": t(f"filter.preset.{name}", language),
            "policies": dict(preset.policies),
            "note": t(f"preset.{name}.note", language),
        }
        for name, preset in PRESETS.items()
    ]


def help_(arguments: Arguments, language: str) -> Any:
    from cs_core.cli.help import help_text

    arguments.no_more_words(1)
    return Text(help_text(arguments.words[0] if arguments.words else "", language))


def completion(arguments: Arguments, language: str) -> Any:
    from cs_core.cli.completion import SHELLS, script

    shell = _only_word(arguments, " | ".join(SHELLS))
    if shell not in SHELLS:
        known = ", ".join(SHELLS)
        raise UsageError("unknown_action", command="completion", action=shell, known=known)
    return Text(script(shell))


def query(arguments: Arguments, language: str) -> Any:
    metric, options = _metric(arguments), _options(arguments)
    with _dataset(arguments) as dataset:
        _remark(dataset, options, language)
        if arguments.switch("--logrank"):
            if metric != "survival":
                raise UsageError("logrank_of_survival", metric=metric)
            return dataset.log_rank(options)
        result = dataset.run(metric, options)
        return _with_notes(result, language) if metric == "ltv" else result


def sql(arguments: Arguments, language: str) -> Any:
    metric, options = _metric(arguments), _options(arguments)
    raw, engine, schema = (arguments.switch("--from-raw"), *map(arguments.text, _OF_RAW))
    for option, given in zip(_OF_RAW, (engine, schema), strict=True):
        if given is not None and not raw:
            raise UsageError("option_of_raw", option=option)
    if arguments.text("--dataset") is None and not arguments.words[1:]:
        # Without data of the person's own the statement is that for the bundled sample.
        from cs_core.datasets import sample_files
        from cs_core.text import t

        arguments.words += [str(path) for path in sample_files() if path.stem in _LEDGER_TABLES]
        sys.stderr.write(t("cli.sql_of_sample", language) + "\n")
    with _dataset(arguments) as dataset:
        if raw:
            return Text(dataset.taken_away(metric, options, engine or "duckdb", schema))
        return Text(dataset.statement(metric, options))


def explain(arguments: Arguments, language: str) -> Any:
    metric, options = _metric(arguments), _options(arguments)
    at = dict(arguments.pairs("--at"))
    if not at:
        raise UsageError("option_needed", command=arguments.command, option="--at")
    with _dataset(arguments) as dataset:
        _remark(dataset, options, language)
        return dataset.rows_behind(metric, at, options)


def risk(arguments: Arguments, language: str) -> Any:
    from cs_core.metrics.checks import check_values
    from cs_core.studies import risk as at_risk
    from cs_core.studies.risk import kept
    from cs_core.text import t

    arguments.words.insert(0, "accounts")  # as in the other commands, files stand after it
    options = _options(arguments)
    with _dataset(arguments) as dataset:
        check_values(dataset.warehouse, options)
        _remark(dataset, options, language)
        known = at_risk.known(dataset.warehouse, options)
        rules = dataset.health_rules
        accounts = at_risk.listed(dataset.warehouse, options, known, rules)
    judged = known.learned.evaluation
    found = at_risk.evaluation_record(judged)
    if (name := arguments.text("--dataset")) is not None and kept.is_the_days_own(options):
        _keep_scores(name, options.horizon_days, known, rules, found)
    note = t(f"risk.why.{judged.why}", language, n=judged.churns) if judged.why else None
    return {"evaluation": {**found, "note": note}, "accounts": accounts}


def _keep_scores(name: str, horizon: int, known: Any, rules: Any, evaluation: Any) -> None:
    """Keeps the day's scores as they are; a day that was kept before stays as it was."""
    from cs_core.studies.risk import kept
    from cs_core.workspace import Workspace
    from cs_core.workspace.scores import keep_scores

    with suppress(WorkspaceError):  # a workspace that can only be read still answers
        workspace = Workspace()
        stored = workspace.dataset(name)
        card = kept.card(known.learned, rules, evaluation, stored.version)
        scores = kept.scores(known.present, rules)
        keep_scores(workspace, stored.id, known.present.as_of, horizon, card, scores)


def compare(arguments: Arguments, language: str) -> Any:
    from cs_core.domain.policies import Policies
    from cs_core.metrics.comparison import compare as compare_policies

    metric = arguments.needed("--metric")
    names = [name.strip() for name in arguments.needed("--presets").split(",")]
    if len(names) != 2:
        raise UsageError("two_presets", option="--presets", value=",".join(names))
    a, b = (Policies.of(name) for name in names)
    arguments.words.insert(0, metric)  # as in the other commands, files stand after it
    options = _options(arguments)
    with _dataset(arguments) as dataset:
        _remark(dataset, options, language)
        return compare_policies(dataset.run, metric, options, a, b).result()


def fit(arguments: Arguments, language: str) -> Any:
    from cs_core.models.retention_curve import fit_record
    from cs_core.models.survivors import read_survivors
    from cs_core.text import t

    [path] = arguments.paths([_only_word(arguments, "FILE.csv")])
    arguments.needed("--model")
    model = str(arguments.choice("--model"))
    discount = arguments.decimal("--discount")
    return fit_record(
        read_survivors(_rows(path, arguments)),
        model,
        fit_periods=arguments.number("--fit-periods"),
        periods=arguments.number("--periods"),
        discount=0.0 if discount is None else discount,
        note=lambda code: t(f"model.note.{code}", language),
    )


def simulate(arguments: Arguments, language: str) -> Any:
    [scenario] = arguments.paths([arguments.needed("--assumptions")])
    try:
        text = scenario.read_text("utf-8-sig")
    except UnicodeDecodeError as error:
        raise InputError("assumption.not_toml", reason="UTF-8") from error
    numbers = {
        name: value
        for name in ("draws", "seed")
        if (value := arguments.number(f"--{name}")) is not None
    }
    if numbers.get("seed", 0) < 0:
        raise UsageError(
            "option_out_of_range", option="--seed", value=numbers["seed"], low=0, high=2**63
        )
    arguments.words.insert(0, "ltv")  # as in the other commands, files stand after it
    options = _options(arguments)
    with _dataset(arguments) as dataset:
        _remark(dataset, options, language)
        return dataset.simulation(text, options, **numbers)


def demo(arguments: Arguments, language: str) -> Any:
    from cs_core import demo as company

    arguments.no_more_words(0)
    folder = Path(arguments.needed("--out"))
    if folder.exists() and not folder.is_dir():
        raise UsageError("not_a_folder", option="--out", file=folder.name)
    sizes = {
        name: value
        for name in ("accounts", "months", "seed")
        if (value := arguments.number(f"--{name}")) is not None
    }
    paths = company.write(company.make(**sizes), folder)
    return [{"file": str(path)} for path in paths]


def workspace(arguments: Arguments, language: str) -> Any:
    from cs_core.workspace import Workspace
    from cs_core.workspace.quarantine import discard

    actions: dict[str, Callable[[str], Any]] = {
        "backup": _back_up,
        "restore": lambda word: _restore(word, language, replace=arguments.switch("--replace")),
        "delete": lambda word: Workspace().delete(word),
        "undo": lambda word: Workspace().undo(word),
        "rename": lambda word: Workspace().rename(word, arguments.words[2]),
        "discard": lambda word: discard(Workspace().home, word),
    }
    listing: dict[str, Callable[[], Any]] = {
        "list": lambda: _listed(language),
        "quarantine": _in_quarantine,
    }
    known = ", ".join((*listing, *actions))
    if not arguments.words:
        raise UsageError("word_needed", command="workspace", word=known)
    action = arguments.words[0]
    if action in listing:
        arguments.no_more_words(1)
        return listing[action]()
    if action not in actions:
        raise UsageError("unknown_action", command="workspace", action=action, known=known)
    wanted = 3 if action == "rename" else 2
    if len(arguments.words) < wanted:
        word = {"rename": "NAME NEW", "discard": "PLACE"}.get(action, "NAME")
        raise UsageError("word_needed", command=f"workspace {action}", word=word)
    arguments.no_more_words(wanted)
    actions[action](arguments.words[1])
    return _in_quarantine() if action == "discard" else _listed(language)


def doctor(arguments: Arguments, language: str) -> Any:
    """Finds, shows and, asked to, mends what is wrong with the workspace."""
    from cs_core.text import t
    from cs_core.workspace import Workspace, default_home
    from cs_core.workspace import doctor as doctors

    arguments.no_more_words(0)
    home = default_home().absolute()
    found = []
    state = doctors.check_state(home)
    if state is not None and state.code == "state_damaged" and arguments.switch("--mend"):
        state = doctors.mend_state(home)
    if state is not None:
        found.append(state)
    if state is None or state.mended:
        workspace = Workspace(home)
        found += doctors.examine(workspace)
        whole = {finding.dataset for finding in found if not finding.mended}
        for stored in workspace.datasets():
            if stored.name not in whole and not _can_be_read(workspace, stored.name):
                place = stored.path.relative_to(home).as_posix()
                found.append(doctors.Finding("data_damaged", stored.name, place))
        with suppress(WorkspaceError):
            workspace.notices_seen()
    return [
        {
            "finding": finding.code,
            "dataset": finding.dataset,
            "place": finding.place,
            "mended": finding.mended,
            "said": t(f"doctor.{finding.code}", language),
        }
        for finding in found
    ]


def _can_be_read(workspace: Workspace, name: str) -> bool:
    """Whether every block of a dataset's file is as it was written."""
    from cs_core.datasets import open_dataset

    try:
        with open_dataset(dataset=name, workspace=workspace) as dataset:
            dataset.warehouse.read_through()
    except WorkspaceError as error:
        return error.code != "data_damaged"
    return True


COMMANDS: Mapping[str, Callable[[Arguments, str], Any]] = {
    "check": check,
    "import": import_,
    "refresh": refresh,
    "metrics": metrics,
    "query": query,
    "sql": sql,
    "export": taking.export,
    "export-sql": taking.export_sql,
    "explain": explain,
    "compare": compare,
    "risk": risk,
    "plays": playing.plays,
    "tasks": playing.tasks,
    "contacts": playing.contacts,
    "digest": playing.digest,
    "report": reporting.report,
    "verify": reporting.verify,
    "share": reporting.share,
    "simulate": simulate,
    "fit": fit,
    "demo": demo,
    "lesson": taking.lesson,
    "mcp": serving.mcp,
    "config": config,
    "policies": policies,
    "presets": presets,
    "help": help_,
    "completion": completion,
    "workspace": workspace,
    "doctor": doctor,
}


# -- parts -------------------------------------------------------------------------------


def _remark(dataset: Dataset, options: Options, language: str) -> None:
    """One line on standard error for each thing to know beside the answer."""
    from cs_core.text import plain, t

    for remark in dataset.remarks(options):
        said = t(f"remark.{remark.code}", language, **remark.fields)
        sys.stderr.write(plain(said) + "\n")


def _spoken(arguments: Arguments) -> bool:
    """Whether a person gets sentences: a table of one part, or a file, is asked for by name."""
    asked = arguments.text("--part"), arguments.text("--out")
    return arguments.form == "table" and asked == (None, None)


def _with_notes(result: Any, language: str) -> Any:
    """Codes of notes as sentences."""
    from dataclasses import replace

    from cs_core.text import t

    rows = [
        (
            *row[:-1],
            row[-1] and " ".join(t(f"model.note.{c}", language) for c in row[-1].split("; ")),
        )
        for row in result.rows
    ]
    return replace(result, rows=rows)


def _listed(language: str) -> list[dict[str, Any]]:
    from cs_core.workspace import Workspace

    return [
        {
            "name": stored.name,
            "version": stored.version,
            "created": stored.created.isoformat(),
            "files": [source.name for source in stored.sources],
        }
        for stored in _told(Workspace(), language).datasets()
    ]


def _told(workspace: Workspace, language: str) -> Workspace:
    """Says, once, what the workspace did of itself: one line each on standard error."""
    from cs_core.text import plain, t

    for notice in workspace.notices():
        sys.stderr.write(plain(t(f"notice.{notice.code}", language, **notice.fields)) + "\n")
    with suppress(WorkspaceError):  # one that can only be read says it again
        workspace.notices_seen()
    return workspace


def _in_quarantine() -> list[dict[str, Any]]:
    from cs_core.workspace import Workspace
    from cs_core.workspace.quarantine import quarantined

    return [
        {
            "place": kept.place,
            "dataset": kept.dataset,
            "since": kept.since.isoformat(),
            "bytes": kept.bytes,
        }
        for kept in quarantined(Workspace().home)
    ]


def _back_up(word: str) -> None:
    from cs_core.workspace import Workspace
    from cs_core.workspace.backup import back_up

    back_up(Workspace(), Path(word))


def _restore(word: str, language: str, *, replace: bool) -> None:
    from cs_core.text import t
    from cs_core.workspace import Workspace
    from cs_core.workspace.backup import restore

    for name in restore(Workspace(), Path(word), replace=replace).left_out:
        sys.stderr.write(t(f"notice.left_out.{name}", language) + "\n")


def _metric(arguments: Arguments) -> str:
    if not arguments.words:
        raise UsageError("word_needed", command=arguments.command, word="METRIC")
    return arguments.words[0]


@contextmanager
def _dataset(arguments: Arguments) -> Iterator[Dataset]:
    """The files named after the metric, or the stored dataset."""
    with opened(arguments, arguments.words[1:]) as dataset:
        yield dataset


@contextmanager
def opened(arguments: Arguments, files: Sequence[str]) -> Iterator[Dataset]:
    """These files, or the stored dataset; exactly one of the two."""
    name = arguments.text("--dataset")
    if (name is None) == (not files):
        raise UsageError("files_or_dataset", command=arguments.command)
    from cs_core.datasets import open_dataset

    if name is None:
        dataset = open_dataset(arguments.paths(files), read=_read_options(arguments))
    else:
        for option in OPTIONS:
            of_files = option.group == "read" and option.name != "--end-date"  # also a policy
            of_files = of_files or option.name in ("--mapping", "--table", "--column", "--nothing")
            if of_files and arguments.text(option.name) is not None:
                raise UsageError("option_of_files", option=option.name)
        dataset = open_dataset(dataset=name)
    try:
        yield dataset
    finally:
        dataset.close()


def _options(arguments: Arguments) -> Options:
    from cs_core.domain.policies import Policies
    from cs_core.metrics.checks import check_heeded
    from cs_core.metrics.options import Options

    where: list[tuple[str, str | None]] = [
        (column, value or None) for column, value in arguments.pairs("--where")
    ]
    values = dict(arguments.pairs("--policy"))
    if arguments.text("--dataset") is not None:
        end_date = arguments.text("--end-date")
        values |= {"end_date": end_date} if end_date is not None else {}
    chosen = arguments.fields("question")
    by = arguments.words_of("--by")
    if len(by) > 2:
        raise UsageError("option_once", option="--by", value=", ".join(by))
    chosen |= dict(zip(("by", "then_by"), by, strict=False))
    preset = arguments.text("--preset")
    also = {"where": where, "policy": arguments.pairs("--policy"), "preset": preset}
    check_heeded(arguments.words[0], [*chosen, *(name for name, value in also.items() if value)])
    policies = Policies.of(preset or "keizoku", values)
    return Options(where=tuple(where), policies=policies, **chosen)


def _read_options(arguments: Arguments) -> ReadOptions:
    from cs_core.importers.arrow import without_pandas
    from cs_core.importers.columns.mapping import load
    from cs_core.importers.reading import ReadOptions

    without_pandas()
    mapping, nothing = arguments.text("--mapping"), arguments.text("--nothing")
    return ReadOptions(
        mapping=None if mapping is None else load(Path(mapping)),
        tables=arguments.value("--table"),
        **arguments.fields("read"),
        columns=arguments.value("--column"),
        nothing=None if nothing is None else tuple(part.strip() for part in nothing.split(",")),
    )


def _files(arguments: Arguments) -> list[Path]:
    if not arguments.words:
        raise UsageError("word_needed", command=arguments.command, word="FILE")
    return arguments.paths(arguments.words)


def _rows(path: Path, arguments: Arguments) -> list[list[str]]:
    """All cells of a small delimited text file."""
    import csv

    from cs_core.importers.containers import delimited, encodings

    codec = encodings.choose(path, path.name, arguments.text("--encoding")).codec
    dialect = delimited.choose_dialect(path, path.name, codec, arguments.text("--delimiter"))
    with path.open(encoding=codec, newline="") as stream:
        try:
            return list(csv.reader(stream, delimiter=dialect.delimiter))
        except csv.Error as error:
            raise InputError("corrupt_file", file=path.name, kind="CSV") from error


def _only_word(arguments: Arguments, word: str) -> str:
    if not arguments.words:
        raise UsageError("word_needed", command=arguments.command, word=word)
    arguments.no_more_words(1)
    return arguments.words[0]
