"""The worked examples of the definitions give the figures worked out by hand."""

import tomllib
from fractions import Fraction
from pathlib import Path

import pytest

GOLDEN = Path(__file__).parents[3] / "sample_data" / "golden"
CASES = [
    (path, number, figure)
    for path in sorted(GOLDEN.glob("*.toml"))
    for number, figure in enumerate(tomllib.loads(path.read_text("utf-8"))["figure"])
]


def test_there_are_golden_files():
    assert {path.stem for path, _, _ in CASES} == {p.stem for p in GOLDEN.glob("*.csv")}
    assert len(CASES) == 19


@pytest.mark.parametrize(
    ("path", "number", "figure"), CASES, ids=[f"{path.stem}-{n}" for path, n, _ in CASES]
)
def test_golden(run, path, number, figure):
    file = GOLDEN / tomllib.loads(path.read_text("utf-8"))["file"]
    options = [word for k, v in figure["options"].items() for word in (f"--{k}", v)]
    records = run("query", figure["metric"], file, *options).json
    found = [r for r in records if all(r[k] == v for k, v in figure["at"].items())]
    assert len(found) == 1
    for name, expected in figure["expected"].items():
        if isinstance(expected, str) and "/" in expected:
            assert found[0][name] == pytest.approx(float(Fraction(expected)), abs=1e-15), name
        else:
            assert found[0][name] == expected, name
