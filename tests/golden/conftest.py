"""Where published data is, and the golden examples."""

from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PUBLISHED = ROOT.parent / "shared" / "data"


@pytest.fixture
def published() -> Path:
    if not PUBLISHED.is_dir():
        pytest.skip("the folder of published data is not beside the repository")
    return PUBLISHED
