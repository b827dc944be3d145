"""Every figure equals the slow day-by-day count, under random policies and questions."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from cs_core.datasets import open_dataset
from tests.properties.companies import read_as, write
from tests.properties.comparing import ORACLES, answered, differences, expected, occurring
from tests.properties.strategies import companies, companies_in_months, questions

drawn = settings(
    derandomize=True,
    deadline=None,
    database=None,
    max_examples=12,
    suppress_health_check=list(HealthCheck),
    phases=[Phase.explicit, Phase.generate],
)


@pytest.mark.parametrize("kind", ["csv", "parquet"])
@drawn
@given(data=st.data())
def test_files_give_the_counted_figures(kind: str, data: Any) -> None:
    company = data.draw(companies())
    with (
        tempfile.TemporaryDirectory() as folder,
        open_dataset(write(company, Path(folder), kind), read=read_as(company)) as dataset,
    ):
        for metric in ORACLES:
            options = occurring(dataset, data.draw(questions(company, metric)))
            found = answered(dataset, metric, options)
            wanted = expected(company, metric, options)
            assert differences(found, wanted, options.by is not None) == [], (
                metric,
                options,
                options.policies.changed(),
            )


@settings(drawn, max_examples=25)
@given(data=st.data())
def test_data_that_begins_in_the_middle_gives_the_counted_figures(data: Any) -> None:
    company = data.draw(companies_in_months())
    with (
        tempfile.TemporaryDirectory() as folder,
        open_dataset(write(company, Path(folder)), read=read_as(company)) as dataset,
    ):
        for metric in ORACLES:
            options = occurring(dataset, data.draw(questions(company, metric)))
            found = answered(dataset, metric, options)
            wanted = expected(company, metric, options)
            assert differences(found, wanted, options.by is not None) == [], (
                metric,
                options,
                options.policies.changed(),
            )
