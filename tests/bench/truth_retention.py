"""Claims about NRR and GRR: customers drawn from a known population, asked through the product's
own statement.

Every company is a year old: who was a customer then, at what MRR, and at what MRR it is one now.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np
import numpy.typing as npt

from cs_core.warehouse.statements import bound, relations
from tests.bench.truth import Row, claim

Array = npt.NDArray[np.float64]
Draw = Callable[[np.random.Generator, int], tuple[Array, Array]]

POPULATION = 3_000_000


def _world(sigma: float, loyal: float = 0.0, *, grow: bool = True, rare: bool = False) -> Draw:
    """Log-normal sizes; 22 % leave in the year (`rare`: 3 %), large ones less where `loyal`; some
    grow or shrink."""

    def draw(rng: np.random.Generator, n: int) -> tuple[Array, Array]:
        then = 100 * np.exp(sigma * rng.normal(size=n))
        leaving = 0.03 if rare else np.minimum(0.22 * (then / 100) ** -loyal, 0.9)
        stays = rng.random(n) >= leaving
        which, factor = rng.random(n), np.ones(n)
        if grow:
            share = 0.05 if rare else 0.25
            factor = np.where(which < share, 1 + rng.gamma(2.0, 0.15, n), factor)
            factor = np.where(which > 1 - share / 3, 1 - rng.beta(2.0, 5.0, n), factor)
        return then, then * factor * stays

    return draw


# World -> how customers are drawn, and how many there are.
WORLDS: dict[str, tuple[Draw, int]] = {
    "equal sizes, nobody grows, 100 customers": (_world(0, grow=False), 100),
    "equal sizes, 300 customers": (_world(0), 300),
    "sizes differ (0.7), 50 customers": (_world(0.7), 50),
    "sizes differ (0.7), 300 customers": (_world(0.7), 300),
    "sizes differ much (1.2), 300 customers": (_world(1.2), 300),
    "large customers stay (0.7), 300 customers": (_world(0.7, 0.4), 300),
    "few leave, sizes differ (0.7), 300 customers": (_world(0.7, rare=True), 300),
}
SUMS = (
    "starting_customers INTEGER, starting_mrr BIGINT, kept_customers BIGINT, now_mrr BIGINT,"
    " capped_mrr BIGINT, starting_squared DOUBLE, capped_squared DOUBLE, capped_product DOUBLE,"
    " gained_squared DOUBLE, gained_product DOUBLE"
)


def limits(members: list[tuple[Array, Array]]) -> list[dict[str, float]]:
    """Of each company, by `retention_limits` on sums made here."""
    import duckdb

    rows = []
    for company, (then, now) in enumerate(members):
        x, y = np.round(then * 10_000), np.round(now * 10_000)
        capped, gained = np.minimum(x, y), np.maximum(y - x, 0)
        amounts = (x.sum() * 100, (y > 0).sum(), y.sum() * 100, capped.sum() * 100)
        squares = (x @ x, capped @ capped, x @ capped, gained @ gained, x @ gained)
        rows.append((0, 0, company, len(x), *map(int, amounts), *map(float, squares)))
    with duckdb.connect() as engine:
        engine.execute(
            "CREATE TABLE retention_sums (segment INTEGER, currency_code INTEGER,"
            f" period_index INTEGER, {SUMS})"
        )
        engine.executemany(f"INSERT INTO retention_sums VALUES ({', '.join('?' * 13)})", rows)
        statement = bound(relations()["retention_limits"].body, {})
        found = engine.execute(f"SELECT * FROM ({statement}) ORDER BY period_index")
        names = [column[0] for column in found.description or ()]
        return [dict(zip(names, row, strict=True)) for row in found.fetchall()]


@claim
def revenue_retention(companies: int, seed: int) -> Iterator[Row]:
    for name, (draw, customers) in WORLDS.items():
        then, now = draw(np.random.default_rng(99), POPULATION)
        truth = {
            "nrr": now.sum() / then.sum(),
            "grr": np.minimum(then, now).sum() / then.sum(),
        }
        rng = np.random.default_rng([seed, len(name)])
        found = limits([draw(rng, customers) for _ in range(companies * 3)])
        for figure, true in truth.items():
            held = [row[f"{figure}_low"] <= true <= row[f"{figure}_high"] for row in found]
            bias = float(np.mean([row[figure] for row in found]) / true - 1)
            yield Row(figure.upper(), name, len(found), 0.95, float(np.mean(held)), bias)
