"""The notebook of the documentation runs as it stands, cell by cell."""

import ast
import json
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
NOTEBOOK = ROOT / "docs" / "notebook.ipynb"


def test_every_cell_runs_and_shows_something(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(ROOT)
    monkeypatch.setenv("KEIZOKU_HOME", str(tmp_path))
    cells = json.loads(NOTEBOOK.read_text("utf-8"))["cells"]
    names: dict[str, object] = {}
    shown = []
    for cell in cells:
        if cell["cell_type"] != "code":
            continue
        assert cell["outputs"] == []  # kept without outputs: they would be out of date
        tree = ast.parse("".join(cell["source"]))
        last = tree.body[-1]
        if isinstance(last, ast.Expr):  # as a notebook shows it
            tree.body.pop()
        exec(compile(tree, "cell", "exec"), names)
        if isinstance(last, ast.Expr):
            shown.append(eval(compile(ast.Expression(last.value), "cell", "eval"), names))
    assert len(shown) > 5
    for value in shown:
        assert len(repr(value)) > 10
        if hasattr(value, "columns"):
            assert len(value) > 0
    bundles = [
        value._repr_mimebundle_() for value in shown if type(value).__module__.startswith("altair")
    ]
    assert len(bundles) == 2
    assert all("image/png" in bundle for bundle in bundles)
    assert "Did you mean “churn”?" in capsys.readouterr().out
