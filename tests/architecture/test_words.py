"""Every code and key the source uses has its sentence, in both languages, with the same fields."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Collection, Iterator, Mapping
from string import Formatter

import pytest

from cs_core import errors
from cs_core.cli.arguments import COMMANDS, OPTIONS
from cs_core.domain.policies import PRESETS, VALUES
from cs_core.lessons import LESSONS
from cs_core.lessons.glossary import TERMS
from cs_core.metrics.reconciliation import FIGURES
from cs_core.models.assumptions import specs
from cs_core.studies.plays.conditions import Condition
from cs_core.text import LANGUAGES, catalogue
from cs_core.warehouse.statements import relations
from pages.frame.navigation import PAGES
from tests.architecture.source import calls, modules


def catalogue_of_metrics() -> Collection[str]:
    from cs_core.metrics.catalogue import catalogue as metrics

    return metrics()


def remark_codes() -> Collection[str]:
    """Codes of the remarks that are made."""
    return [
        str(call.args[0].value)
        for tree in modules().values()
        for name, call in calls(tree)
        if name == "Remark" and call.args and isinstance(call.args[0], ast.Constant)
    ]


ERRORS = {
    name
    for name, item in vars(errors).items()
    if isinstance(item, type) and issubclass(item, errors.KeizokuError)
}


def fields(text: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(text) if name}


def raised() -> list[tuple[str, str, set[str], bool]]:
    """(where, code, fields given, whether more may be given) of every error made."""
    found = []
    for path, tree in modules().items():
        for name, call in calls(tree):
            if name not in ERRORS or not call.args or not isinstance(call.args[0], ast.Constant):
                continue
            given = {word.arg for word in call.keywords if word.arg}
            open_ended = any(word.arg is None for word in call.keywords)
            found.append((f"{path}:{call.lineno}", str(call.args[0].value), given, open_ended))
    return found


def noted() -> set[str]:
    """Codes of the import report: notes, rows set aside, rejections and checks."""
    found = {name for name, item in relations().items() if item.folder == "checks"}
    for item in ("rejections", "tenure_rejections"):
        body = relations()[item].body
        cases = re.findall(r"CASE(.*?)END AS code", body, re.DOTALL)
        found |= set(re.findall(r"(?:THEN|ELSE)\s+'([a-z_]+)'", " ".join(cases)))
        found |= set(re.findall(r"'([a-z_]+)' AS code", body))
    for tree in modules().values():
        for name, call in calls(tree):
            place = {"Note": 0, "SetAside": 3}.get(name)
            if place is None:
                continue
            named = [word.value for word in call.keywords if word.arg == "code"]
            codes = [*call.args[place : place + 1], *named]
            found |= {str(code.value) for code in codes if isinstance(code, ast.Constant)}
    return found


def test_languages_have_the_same_keys_and_no_field_of_their_own() -> None:
    """A language may do without a field (前月比 names no month), never ask for another."""
    first, *others = (catalogue(language) for language in LANGUAGES)
    for other in others:
        assert first.keys() == other.keys()
        assert [key for key in first if not fields(other[key]) <= fields(first[key])] == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_error_has_its_sentence(language: str) -> None:
    words = catalogue(language)
    assert len(raised()) > 50
    assert [(where, code) for where, code, _, _ in raised() if f"error.{code}" not in words] == []
    unfilled = [
        (where, code, sorted(fields(words[f"error.{code}"]) - given))
        for where, code, given, open_ended in raised()
        if not open_ended and not fields(words[f"error.{code}"]) <= given
    ]
    assert unfilled == []


def test_error_sentences_are_one_line() -> None:
    for language in LANGUAGES:
        words = catalogue(language)
        assert [k for k, text in words.items() if k.startswith("error.") and "\n" in text] == []


def test_every_problem_of_an_import_has_its_words() -> None:
    codes = noted()
    assert len(codes) > 30
    for language in LANGUAGES:
        words = catalogue(language)
        assert {code for code in codes if f"problem.{code}" not in words} == set()


# What stands in a key for the members of a registry: all of them must have that text.
MEMBERS: dict[str, Callable[[], Collection[str]]] = {
    "row.key": lambda: [row.key for row in PAGES],
    "menu.row.key": lambda: [row.key for row in PAGES],
    "row.section": lambda: [row.section for row in PAGES],
    "how.metric": catalogue_of_metrics,
    "spec.name": lambda: [spec.name for spec in specs()],
    "preset.name": lambda: [*PRESETS],
    "filters.preset": lambda: [*PRESETS],
    "option.name[2:]": lambda: [option.name[2:] for option in OPTIONS],
    "command": lambda: [*COMMANDS],
    "remark.code": remark_codes,
    "condition.kind": lambda: [kind.kind for kind in Condition.__subclasses__()],
    "figure": lambda: [*FIGURES],
    "lesson.key": lambda: [*LESSONS],
    "term.key": lambda: [term.key for term in TERMS],
    "term.page": lambda: [term.page for term in TERMS],
    "term.lesson": lambda: [term.lesson for term in TERMS],
}

# Only some members have these texts.
SOME = ("plays.reason.{condition.kind}", "plays.reason_one.{condition.kind}")


def asked(tree: ast.Module) -> Iterator[tuple[int, list[str | None], str]]:
    """(line, parts of the key, the key as written) of every text asked for; a part is a constant
    or None for what is only known when it runs. Names of the module's own texts are put in."""
    own = {
        target.id: node.value.value
        for node in tree.body
        if isinstance(node, ast.Assign)
        and isinstance(node.value, ast.Constant)
        and isinstance(node.value.value, str)
        for target in node.targets
        if isinstance(target, ast.Name)
    }

    def parts(key: ast.expr) -> Iterator[tuple[str | None, str]]:
        if isinstance(key, ast.Constant):
            yield str(key.value), str(key.value)
        elif isinstance(key, ast.Name) and key.id in own:
            yield own[key.id], own[key.id]
        elif isinstance(key, ast.JoinedStr):
            for value in key.values:
                yield from parts(value)
        elif isinstance(key, ast.FormattedValue):
            yield from parts(key.value)
        elif isinstance(key, ast.BinOp) and isinstance(key.op, ast.Add):
            yield from parts(key.left)
            yield from parts(key.right)
        else:
            yield None, "{" + ast.unparse(key) + "}"

    for name, call in calls(tree):
        if name != "t" or not call.args:
            continue
        first = call.args[0]
        for key in [first.body, first.orelse] if isinstance(first, ast.IfExp) else [first]:
            found = list(parts(key))
            yield call.lineno, [part for part, _ in found], "".join(text for _, text in found)


def missing_keys(
    sources: Mapping[str, ast.Module], words: Collection[str]
) -> list[tuple[str, int, str]]:
    """Texts asked for that no catalogue has: every one that is written out or made from the
    members of a registry; of any other shape at least one."""
    missing = []
    for path, tree in sources.items():
        for line, parts, written in asked(tree):
            if all(part is not None for part in parts):
                found = ["".join(map(str, parts))]
            elif (
                (inside := re.findall(r"\{(.*?)\}", written))
                and inside[0] in MEMBERS
                and written not in SOME
            ):
                made = [written.replace(f"{{{inside[0]}}}", m) for m in MEMBERS[inside[0]]()]
                found = [key for key in made if "{" not in key]
            elif parts[0] is None:
                continue  # the key is made elsewhere
            else:
                shape = "".join("[^.]+(?:\\.[^.]+)*" if p is None else re.escape(p) for p in parts)
                found = [] if any(re.fullmatch(shape, key) for key in words) else [written]
            missing += [(path, line, key) for key in found if key not in words]
    return missing


def test_every_key_asked_for_is_there() -> None:
    for language in LANGUAGES:
        assert missing_keys(modules(), catalogue(language)) == []


@pytest.mark.parametrize(
    ("source", "lacking"),
    [
        ("t('page.nope', x)", "page.nope"),
        ("T = 'page.churn'\nt(f'{T}.nope', x)", "page.churn.nope"),
        ("T = 'page.churn.'\nt(T + 'nope', x)", "page.churn.nope"),
        ("t('panel.csv' if x else 'panel.nope', x)", "panel.nope"),
        ("t(f'page.{row.key}.nope', x)", "page.churn.nope"),
        ("t(f'nope.{name}.title', x)", "nope.{name}.title"),
    ],
)
def test_a_key_that_is_not_there_is_found(source: str, lacking: str) -> None:
    found = missing_keys({"made.py": ast.parse(source)}, catalogue("en"))
    assert lacking in [key for _, _, key in found]


def test_policies_and_presets_have_names() -> None:
    for language in LANGUAGES:
        words = catalogue(language)
        for policy in VALUES:
            assert any(key.startswith(f"filter.policy.{policy}.") for key in words), policy
        assert [name for name in PRESETS if f"filter.preset.{name}" not in words] == []
