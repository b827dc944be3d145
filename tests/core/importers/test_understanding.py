"""Made-up companies written in every shape are read back to the same ledger, or asked about."""

from __future__ import annotations

from collections import Counter

import pytest

from tests.core.importers.companies import SHAPES, made
from tests.core.importers.understanding import outcome


@pytest.mark.parametrize("shape", SHAPES)
def test_a_company_is_read_back_whatever_the_file_looks_like(shape, tmp_path):
    found = [outcome(made(seed), shape, seed, tmp_path) for seed in range(12)]
    assert not [said for said in found if said not in ("same", "asked", "warned")]
    assert Counter(found)["same"] >= 8
