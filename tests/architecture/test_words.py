"""Every code and key the source uses has its sentence, in both languages, with the same fields."""

from __future__ import annotations

import ast
import re
from string import Formatter

import pytest

from cs_core import errors
from cs_core.domain.policies import PRESETS, VALUES
from cs_core.text import LANGUAGES, catalogue
from cs_core.warehouse.statements import relations
from tests.architecture.source import calls, modules

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


def test_every_key_asked_for_is_there() -> None:
    words = catalogue(LANGUAGES[0])
    missing = []
    for path, tree in modules().items():
        for name, call in calls(tree):
            if name != "t" or not call.args:
                continue
            key = call.args[0]
            if isinstance(key, ast.Constant) and isinstance(key.value, str):
                if key.value not in words:
                    missing.append((path, call.lineno, key.value))
            elif isinstance(key, ast.JoinedStr) and isinstance(key.values[0], ast.Constant):
                start = str(key.values[0].value)
                if not any(known.startswith(start) for known in words):
                    missing.append((path, call.lineno, start))
    assert missing == []


def test_policies_and_presets_have_names() -> None:
    for language in LANGUAGES:
        words = catalogue(language)
        for policy in VALUES:
            assert any(key.startswith(f"filter.policy.{policy}.") for key in words), policy
        assert [name for name in PRESETS if f"filter.preset.{name}" not in words] == []
