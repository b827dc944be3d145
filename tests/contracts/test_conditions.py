"""What every condition of a play must be: known, named in both languages, answered. That answers
are right is asked of a naive reading in `tests/core/studies/plays/test_preview.py`."""

from __future__ import annotations

from dataclasses import fields, replace

import pytest

from cs_core.errors import UsageError
from cs_core.studies.plays.conditions import KINDS, Condition, condition_of
from cs_core.studies.plays.holds import MISSING, holds
from cs_core.studies.plays.words import condition_words
from cs_core.text import LANGUAGES, catalogue

MADE = Condition.__subclasses__()
every_condition = pytest.mark.parametrize("made", MADE, ids=lambda made: made.__name__)


@every_condition
def test_it_is_known_and_answered(made: type[Condition]) -> None:
    assert KINDS.get(made.kind) is made, f"conditions.KINDS lacks {made.__name__}"
    assert holds.dispatch(made) is not holds.dispatch(Condition), (
        f"cs_core/studies/plays/holds.py does not say where {made.__name__} holds"
    )
    assert not made.needs or made.needs in MISSING, f"holds.MISSING lacks {made.needs}"
    for item in fields(made):
        assert {"low", "known", "text"} & set(item.metadata), (
            f"{made.__name__}.{item.name} has no bounds, values or length"
        )


@every_condition
def test_it_is_named_in_every_language(made: type[Condition]) -> None:
    for language in LANGUAGES:
        words = catalogue(language)
        keys = [f"plays.kind.{made.kind}", f"plays.condition.{made.kind}"]
        keys += [f"plays.missing.{made.needs}"] if made.needs else []
        for key in keys:
            assert words.get(key), f"cs_core/text/{language}.toml lacks {key}"
        assert "{" not in condition_words(made(), language, "JPY")


@every_condition
def test_it_is_read_back_as_written_and_keeps_its_bounds(made: type[Condition]) -> None:
    assert condition_of(made().as_json()) == made()
    for item in fields(made):
        if "high" in item.metadata:
            with pytest.raises(UsageError):
                replace(made(), **{item.name: item.metadata["high"] + 1})
