"""What customers pay month by month, and what a new one pays on average, weighted for censoring.

Payment 0 is at the start, payment p on the p-th monthly anniversary if the customer still earns
that day. Who has not been there long enough for a payment to come due says nothing about it
(censored). The mean of payment p is P(payment p is made), by Kaplan-Meier over payments, times the
mean amount among those seen to make it: the partitioned estimator of Bang & Tsiatis 2000
(Biometrika 87, 329-343), which for censoring by calendar time is that of Lin, Feuer, Etzioni &
Wax 1997 (Biometrics 53, 419-434). It takes size, growth and departure together, whether or not
they depend on one another. Variances are those of its influence function, customer by customer.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt

from cs_core.models.survivors import Survivors

Array = npt.NDArray[np.float64]

# Payments whose amounts are followed together; the longest finite horizon.
FOLLOWED = 60


@dataclass(frozen=True)
class Payments:
    """Sums over customers.

    Of `customers[k, lost]` payment k is the last one made; the next was missed (1) or is not due
    yet (0). `paid[k, lost, p]` is what they paid at payment p <= k, in money, all together.
    `products[p, q]`, of the first FOLLOWED payments, sums over all customers what each paid at p
    times what it paid at q.
    """

    customers: Array
    paid: Array
    products: Array

    @staticmethod
    def of(
        changes: Iterable[tuple[int, bool, int, int, float]],
        products: Iterable[tuple[int, int, float]] = (),
    ) -> Payments:
        """From rows of `payments` (last payment, lost, payment, customers, change of MRR) and of
        `payment_products` (payment, other payment, product), in any order."""
        rows = list(changes)
        longest = max((row[0] for row in rows), default=-1) + 1
        customers = np.zeros((longest, 2))
        paid = np.zeros((longest, 2, longest))
        for last, lost, payment, count, change in rows:
            paid[last, int(lost), payment] += change
            if payment == 0:
                customers[last, int(lost)] += count
        made = np.arange(longest)[None, :] <= np.arange(longest)[:, None]
        paid = np.cumsum(paid, axis=2) * made[:, None, :]
        together = np.zeros((FOLLOWED, FOLLOWED))
        for one, two, product in products:
            together[one, two] = together[two, one] = product
        return Payments(customers, paid, together.cumsum(axis=0).cumsum(axis=1))

    @staticmethod
    def alike(customers: Array) -> Payments:
        """Everybody pays 1 each time."""
        longest = len(customers)
        made = np.arange(longest)[None, :] <= np.arange(longest)[:, None]
        reached = customers.sum(axis=1)[::-1].cumsum()[::-1][:FOLLOWED]
        by_payment = np.zeros(FOLLOWED)
        by_payment[: len(reached)] = reached
        at = np.arange(FOLLOWED)
        together = by_payment[np.maximum(at[:, None], at[None, :])]
        return Payments(customers, customers[:, :, None] * made[:, None, :], together)

    @cached_property
    def survivors(self) -> Survivors:
        """How many customers were seen at a payment and the one after it, and missed that."""
        return self._seen(self.customers)

    @cached_property
    def money(self) -> Survivors:
        """The same weighted by what each customer paid: a large one counts for more. Scaled to as
        many customers as equal sizes would give the same certainty (Kish 1965)."""
        at = np.arange(len(self.customers))
        lost = self.paid[at, 1, at]
        later = self.paid.sum(axis=1)
        at_risk = np.array([later[k + 1 :, k].sum() for k in at]) + lost
        squared = self.products[0, 0]
        first = self.paid[:, :, 0].sum() if len(at) else 0.0
        scale = first / squared if squared > 0 else 0.0
        return Survivors(tuple(at_risk * scale), tuple(lost * scale), first * scale)

    @property
    def first_mean(self) -> float:
        """What all who ever came paid first, on average, in money; 0 where nobody came."""
        n = self.customers.sum()
        return float(self.paid[:, :, 0].sum() / n) if n else 0.0

    @property
    def first_variation(self) -> float:
        """Coefficient of variation of the first payment, 0 where nobody pays."""
        n, total = self.customers.sum(), self.paid[:, :, 0].sum() if len(self.paid) else 0.0
        if total <= 0:
            return 0.0
        return float(max(self.products[0, 0] * n / total**2 - 1, 0.0) ** 0.5)

    def means(self) -> tuple[Array, Array]:
        """The mean of each payment over all who start, and the covariance of these estimates; as
        many of the first FOLLOWED payments as anybody was seen to make."""
        n, paid = self.customers, self.paid
        made = n.sum(axis=1)[::-1].cumsum()[::-1]  # seen to make payment p
        seen = min(int(np.count_nonzero(made)), FOLLOWED)
        made = made[:seen]
        amount = paid.sum(axis=(0, 1))[:seen] / made
        at_risk, lost = (np.array(row)[:seen] for row in (self._at_risk(n), n[:, 1]))
        hazard = np.divide(lost, at_risk, out=np.zeros(seen), where=at_risk > 0)
        staying = np.concatenate([[1.0], np.cumprod(1 - hazard)[: seen - 1]])
        mean = staying * amount
        # What a customer adds to the logarithm of P(payment p is made), by its last payment.
        step = np.divide(
            hazard, at_risk * (1 - hazard), out=np.zeros(seen), where=(at_risk > 0) & (hazard < 1)
        )
        missed = np.divide(1.0, at_risk, out=np.zeros(seen), where=at_risk > 0)
        through = np.concatenate([[0.0], np.cumsum(step)])
        last = np.minimum(np.arange(len(n)), seen)
        at = np.arange(seen)
        pull = np.repeat(through[np.minimum(last[:, None], at)][:, None, :], 2, axis=1)
        pull[:, 1] -= (last[:, None] < at) * missed[np.minimum(last, seen - 1)][:, None]
        return mean, self._covariance(mean, amount, staying, made, pull)

    def _covariance(
        self, mean: Array, amount: Array, staying: Array, made: Array, pull: Array
    ) -> Array:
        """Sum over customers of the products of their influences on two of the means: by what they
        pay, staying / made x (paid - mean amount), and by staying or not, mean x `pull`."""
        n, seen = self.customers, len(mean)
        at = np.arange(seen)
        paid = self.paid[:, :, :seen]
        totals = paid.sum(axis=1)[::-1].cumsum(axis=0)[::-1]  # [last at least, payment]
        later = np.maximum(at[:, None], at[None, :])
        both = made[later]
        spread = (
            self.products[:seen, :seen]
            - totals[later, at[:, None]] * amount[None, :]
            - totals[later, at[None, :]] * amount[:, None]
            + both * amount[:, None] * amount[None, :]
        )
        weight = staying / made
        makes = np.arange(len(n))[:, None] >= at[None, :]
        above = (paid - n[:, :, None] * amount * makes[:, None, :]) * weight
        crossed = np.einsum("kep,keq->pq", pull, above) * mean[:, None]
        pulled = np.einsum("ke,kep,keq->pq", n, pull, pull) * mean[:, None] * mean[None, :]
        found: Array = spread * weight[:, None] * weight[None, :] + crossed + crossed.T + pulled
        return found

    @staticmethod
    def _at_risk(n: Array) -> Array:
        """By payment: who was seen to make it, and to make or miss the one after."""
        at_risk: Array = n.sum(axis=1)[::-1].cumsum()[::-1] - n[:, 0]
        return at_risk

    @classmethod
    def _seen(cls, n: Array) -> Survivors:
        return Survivors(
            tuple(map(float, cls._at_risk(n))), tuple(map(float, n[:, 1])), float(n.sum())
        )
