"""A stored dataset answers as its files do, from its cubes and after it is opened again."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from cs_core.datasets import import_files, open_dataset
from cs_core.domain.policies import PRESETS, Policies
from cs_core.errors import CannotAnswerError, UsageError
from cs_core.metrics.options import Options
from cs_core.workspace import Workspace
from tests.properties.companies import read_as, write
from tests.properties.comparing import ORACLES, answered, differences, expected, occurring
from tests.properties.strategies import companies, companies_in_months, questions

drawn = settings(
    derandomize=True,
    deadline=None,
    database=None,
    max_examples=8,
    suppress_health_check=list(HealthCheck),
    phases=[Phase.explicit, Phase.generate],
)


def asked(dataset: Any, metric: str, options: Options) -> Any:
    try:
        result = dataset.run(metric, options)
    except (CannotAnswerError, UsageError) as error:
        return error.code
    return result.columns, result.rows


@drawn
@given(data=st.data())
def test_stored_figures_are_the_counted_ones(data: Any) -> None:
    company = data.draw(st.one_of(companies(), companies_in_months()))
    with tempfile.TemporaryDirectory() as folder:
        files = write(company, Path(folder) / "files")
        workspace = Workspace(Path(folder) / "home")
        import_files(files, "company", workspace, read_as(company))
        with open_dataset(dataset="company", workspace=workspace) as stored:
            for metric in ORACLES:
                options = occurring(stored, data.draw(questions(company, metric)))
                found = answered(stored, metric, options)
                wanted = expected(company, metric, options)
                assert differences(found, wanted, options.by is not None) == [], (metric, options)
                plain = Options(by=options.by, where=options.where)  # what the cubes answer
                found, wanted = answered(stored, metric, plain), expected(company, metric, plain)
                assert differences(found, wanted, plain.by is not None) == [], (metric, plain)


@settings(drawn, max_examples=5)
@given(data=st.data())
def test_files_stored_and_opened_again_agree_to_the_last_digit(data: Any) -> None:
    company = data.draw(companies())
    preset = data.draw(st.sampled_from(sorted(PRESETS)))
    with tempfile.TemporaryDirectory() as folder:
        files = write(company, Path(folder) / "files")
        workspace = Workspace(Path(folder) / "home")
        import_files(files, "company", workspace, read_as(company))
        questions_asked = [
            (metric, options)
            for metric in [*ORACLES, "kpis", "hazard", "churn_reasons"]
            for options in (
                Options(policies=Policies.of(preset)),
                data.draw(questions(company, metric)),
            )
        ]
        with open_dataset(files, read=read_as(company)) as direct:
            answers = [asked(direct, *question) for question in questions_asked]
        for _ in range(2):
            with open_dataset(dataset="company", workspace=workspace) as stored:
                for question, answer in zip(questions_asked, answers, strict=True):
                    assert asked(stored, *question) == answer, question
