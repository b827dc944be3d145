"""What the laboratory costs. Run: python -m tests.bench.simulation

CPU seconds of one simulation of 10 000 draws over 60 months against the 0.1 s it may take, and
against the same number of scenarios valued one by one. The median of nine.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from statistics import median

from cs_core.models.assumptions import Assumptions, Baseline
from cs_core.models.simulation import DRAWS, Outlook, project_mrr, simulate, value
from cs_core.models.survivors import Survivors

SCENARIO = Assumptions(
    churn_onboarding=0.042,
    churn_adoption=0.029,
    churn_mature=0.015,
    expansion=0.011,
    contraction=0.004,
    arpa=61_500.0,
    gross_margin=0.78,
    annual_share=0.3,
    cac=210_000.0,
    new_customers=18.0,
    horizon=60,
)
RANGES = {
    "churn_onboarding": (0.038, 0.048),
    "churn_adoption": (0.026, 0.033),
    "churn_mature": (0.013, 0.018),
    "expansion": (0.009, 0.014),
    "contraction": (0.003, 0.005),
    "arpa": (58_000.0, 65_000.0),
    "new_customers": (15.0, 21.0),
}
SURVIVORS = Survivors((500.0,) * 48, (10.0,) * 48, 500.0)
OUTLOOK = Outlook(
    [(tenure, 20, 20 * 61_500.0) for tenure in range(48)],
    [20 * 61_500.0**2] * 48,
    50_000.0,
    0.6,
    108,
    SURVIVORS,
)
LIMIT = 0.1


def used(make: Callable[[], object], times: int = 9) -> float:
    """CPU seconds of one call, the median of several."""
    make()
    taken = []
    for _ in range(times):
        start = time.process_time()
        make()
        taken.append(time.process_time() - start)
    return median(taken)


def main() -> None:
    baseline = Baseline(SCENARIO, RANGES)
    one = used(lambda: value(SCENARIO), 99)
    for name, make in {
        "simulate": lambda: simulate(baseline, SCENARIO),
        "simulate, single customers": lambda: simulate(baseline, SCENARIO, individuals=True),
        "project_mrr": lambda: project_mrr(baseline, SCENARIO, OUTLOOK),
    }.items():
        seconds = used(make)
        print(
            f"{name}: {seconds * 1000:.0f} ms CPU, {seconds / LIMIT:.2f} of the limit,"
            f" 1/{one * DRAWS / seconds:.0f} of {DRAWS} scenarios one by one"
        )


if __name__ == "__main__":
    main()
