"""Claims about chances to leave, on simulated companies whose next 90 days are known."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from cs_core.datasets import open_dataset
from cs_core.demo import company, files
from cs_core.metrics.options import Options
from cs_core.models.account_risk import auc, calibration
from cs_core.studies import risk
from cs_core.studies.risk import rows
from tests.bench.truth import Row, claim
from tests.core.studies.risk import simulated

Array = npt.NDArray[np.float64]


def _demo(folder: Path, seed: int) -> tuple[list[Path], dict[str, Any], date]:
    paths = files.write(company.make(2_000, 48, seed), folder)
    wanted = ("subscriptions", "accounts", "usage", "tickets", "nps")
    return [path for path in paths if path.stem in wanted], {}, date(2025, 5, 31)


def _usage(folder: Path, seed: int) -> tuple[list[Path], dict[str, Any], date]:
    paths = simulated.write(folder, 2_000, 36, effect=1.0, seed=seed)
    return paths, {"read": simulated.READ}, date(2024, 9, 30)


KINDS: dict[str, Callable[[Path, int], tuple[list[Path], dict[str, Any], date]]] = {
    "the sample's kind": _demo,
    "leaving follows usage": _usage,
}


def foretold(kind: str, seed: int) -> tuple[Array, Array, tuple[float, float, float], float] | None:
    """Of one company: each customer's chance as of a day, whether it left in the 90 days after, the
    loss to expect with its limits, and the loss that came. None where no chance is given."""
    with tempfile.TemporaryDirectory() as folder:
        paths, more, as_of = KINDS[kind](Path(folder), seed)
        with open_dataset(paths, **more) as dataset:
            known = risk.known(dataset.warehouse, Options(as_of=as_of))
            present = known.present
            if known.learned.model is None:
                return None
            later = rows.source(dataset.warehouse, Options())
            moment = next(m for m in rows.moments(later) if m.day == as_of)
            then = rows.past_rows(later, moment.months_ago, moment.months_ago)
    came = dict(zip(then["customer_key"].tolist(), then["left_within"].tolist(), strict=True))
    staying = np.flatnonzero(present.staying)
    who = present.table["customer_key"][staying].tolist()
    left = np.array([came[one] for one in who], dtype=float)
    loss = risk.expected_loss(present, np.ones(len(present), bool))
    lost = float((left * present.table["mrr"][staying]).sum()) / 1e6
    return present.chance[staying], left, loss, lost


@claim
def chances(companies: int, seed: int) -> Iterator[Row]:
    """`observed` over expected departures, the slope of the outcome on the log-odds, the mean AUC,
    and how often the loss lay in its interval."""
    for kind in KINDS:
        found = [foretold(kind, seed * 1000 + n) for n in range(companies // 10)]
        known = [one for one in found if one is not None]
        chance, left = (np.concatenate([one[part] for one in known]) for part in (0, 1))
        held = [low <= lost <= high for _, _, (_, low, high), lost in known]
        slope, _ = calibration(chance, left.astype(np.int64))
        area = float(np.mean([auc(one[0], one[1].astype(np.int64)) for one in known]))
        said = f"{kind}, AUC {area:.3f}"
        ratio = float(left.sum() / chance.sum())
        yield Row("departures ÷ those foretold", said, len(known), 1.0, ratio, close=0.1)
        yield Row("slope of the chances", kind, len(known), 1.0, slope or 0.0, close=0.15)
        yield Row("loss to expect", kind, len(known), 0.95, float(np.mean(held)))
