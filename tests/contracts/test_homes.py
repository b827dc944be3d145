"""Rules that have one home, and what they say."""

import ast

from cs_core.domain.currencies import minor_units
from cs_core.domain.named_columns import owner_column
from cs_core.text import numbers
from tests.architecture.source import modules


def test_rials_of_oman_have_thousandths_wherever_they_are_read_or_written():
    assert [minor_units(code) for code in ("OMR", "omr", "UYI", "JPY", "USD", "?", None)] == [
        *(3, 3, 0, 0, 2, 2, 2)
    ]
    assert numbers.money(12.3456, "OMR", "en") == "OMR 12.346"


def test_an_owner_is_known_by_any_of_its_names():
    for name in ("owner", "Account_Owner", "account_manager", "営業担当", "accounts.owner"):
        assert owner_column(["plan", name]) == name
    assert owner_column(["plan", "ownership"]) is None


def test_a_class_of_the_core_has_a_name_of_its_own():
    homes: dict[str, list[str]] = {}
    for path, tree in modules().items():
        if path.startswith("cs_core/"):
            for node in ast.walk(tree):
                if isinstance(node, ast.ClassDef):
                    homes.setdefault(node.name, []).append(path)
    assert {name: paths for name, paths in homes.items() if len(paths) > 1} == {}
