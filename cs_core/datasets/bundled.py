"""What comes along with the core: the app's script and the sample data.

In the repository they stand beside `cs_core`; installed, in a folder `keizoku` beside it, because
`app.py` and `pages` would be taken for somebody else's in site-packages.
"""

from __future__ import annotations

from pathlib import Path

_BESIDE = Path(__file__).parents[2]
ROOT = _BESIDE / "keizoku" if (_BESIDE / "keizoku" / "app.py").is_file() else _BESIDE
SAMPLE = "sample"
APP = ROOT / "app.py"


def sample_files() -> list[Path]:
    """The bundled sample: the demo company in generic form."""
    return sorted((ROOT / "sample_data" / "demo").glob("*.csv"))
