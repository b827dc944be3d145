"""What was learned of a kept dataset, and what was known of its customers, beside its data.

Learning takes seconds; reading this takes a moment. The file is derived from a version of the
dataset that never changes, under a name made of the whole question and of the code that answers
it, and may be deleted at any time.
"""

from __future__ import annotations

import hashlib
import json
import os
import threading
from contextlib import suppress
from dataclasses import asdict, dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any
from zipfile import BadZipFile

import numpy as np

from cs_core.models import account_risk
from cs_core.models.account_risk import Band, Evaluation, Hazard
from cs_core.studies.risk.learning import Learned
from cs_core.studies.risk.rows import Floats, Table
from cs_core.warehouse import statements
from cs_core.workspace.derived import prune

_ARRAYS = ("means", "deviations", "weights", "covariance")


@dataclass(frozen=True)
class Kept:
    """What the file holds. Of data with tenures only `learned`; else also today's customers as
    the statement gave them, and `usage`: customers x months, oldest first, NaN where unknown."""

    learned: Learned
    table: Table
    texts: dict[str, list[Any]]
    usage: Floats


def path_of(folder: Path | None, question: str) -> Path | None:
    """Where the answer to a question is kept; None where there is no folder to keep it in."""
    if folder is None:
        return None
    key = hashlib.sha256(f"{_code()} {question}".encode()).hexdigest()[:16]
    return folder / f"risk-{key}.npz"


@lru_cache(maxsize=1)
def _code() -> str:
    """The code that learns and scores, and the statements that teach it: another version may
    answer otherwise. The question names today's statement only, so all of them count."""
    files = [*sorted(Path(__file__).parent.glob("*.py")), Path(account_risk.__file__)]
    files += sorted(statements.SQL.glob("*/*.sql"))
    return hashlib.sha256(b"".join(file.read_bytes() for file in files)).hexdigest()


def write(path: Path, kept: Kept) -> None:
    """Whole or not at all. A folder that can only be read keeps nothing, which costs time only."""
    model = kept.learned.model
    said = {
        "model": None
        if model is None
        else {name: value for name, value in vars(model).items() if name not in _ARRAYS},
        "evaluation": asdict(kept.learned.evaluation),
        "plans": kept.learned.plans,
        "judged": kept.learned.judged,
        "taught": kept.learned.taught,
        "columns": list(kept.table),
        "texts": kept.texts,
    }
    arrays = {} if model is None else {name: getattr(model, name) for name in _ARRAYS}
    if kept.table:
        arrays["table"] = np.array(list(kept.table.values()))
    text = np.frombuffer(json.dumps(said, ensure_ascii=False).encode(), dtype=np.uint8)
    draft = path.with_suffix(f".{os.getpid()}-{threading.get_ident()}.draft")
    with suppress(OSError):
        try:
            with open(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as stream:
                np.savez(stream, allow_pickle=False, said=text, usage=kept.usage, **arrays)
            os.replace(draft, path)
        finally:
            draft.unlink(missing_ok=True)
    prune(path.parent)


def read(path: Path) -> Kept | None:
    """None where it was never written, or cannot be read."""
    with suppress(OSError, ValueError, KeyError, BadZipFile):
        with np.load(path, allow_pickle=False) as file:
            arrays = {name: file[name] for name in file.files}
        said = json.loads(arrays["said"].tobytes())
        with suppress(OSError):
            os.utime(path)  # the one longest unused goes first
        model = said["model"]
        if model is not None:
            tuples: dict[str, Any] = {
                name: tuple(value) if isinstance(value, list) else value
                for name, value in model.items()
            }
            model = Hazard(**tuples, **{name: arrays[name] for name in _ARRAYS})
        judged = said["evaluation"]
        judged["bands"] = tuple(Band(**band) for band in judged["bands"])
        learned = Learned(
            model,
            Evaluation(**judged),
            tuple(said["plans"]),
            *(tuple(said[name]) if said[name] else None for name in ("judged", "taught")),
        )
        table = dict(zip(said["columns"], arrays.get("table", ()), strict=True))
        return Kept(learned, table, said["texts"], arrays["usage"])
    return None
