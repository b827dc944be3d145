"""A made-up subscription company, month by month, with known truth (see `truth`).

All accounts are stepped at once, one calendar month at a time; within a month everything
happens to an account on its billing day. Dates are days; amounts are whole yen.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from typing import Any

import numpy as np

from cs_core.demo import names, truth
from cs_core.demo.calendar import NAT, Array, day_of_month, days_in, mondays, month_number, same_day
from cs_core.demo.tables import Table, costs, dated, stacked, subscriptions, totals
from cs_core.errors import UsageError

AS_OF = date(2025, 9, 17)  # in the middle of a month, so that the last one is partial
DEFAULT_ACCOUNTS, DEFAULT_MONTHS, DEFAULT_SEED = 2_000, 48, 2026
MOST_ACCOUNTS, MOST_MONTHS = 1_000_000, 240


@dataclass(frozen=True)
class DemoCompany:
    """`tables` has the canonical tables as columns (dates as datetime64[D], text as objects with
    "" for nothing); `truth` what was planted, and customers and MRR by month as simulated."""

    tables: dict[str, Table]
    truth: dict[str, Any]


def make(
    accounts: int = DEFAULT_ACCOUNTS, months: int = DEFAULT_MONTHS, seed: int = DEFAULT_SEED
) -> DemoCompany:
    """The company with that many accounts ever signed up, in the last `months` months.

    The same arguments give the same company. Raises UsageError for sizes out of bounds.
    """
    for option, value, low, high in (
        ("accounts", accounts, 1, MOST_ACCOUNTS),
        ("months", months, 1, MOST_MONTHS),
        ("seed", seed, 0, 2**63 - 1),
    ):
        if not low <= value <= high:
            raise UsageError("option_out_of_range", option=option, value=value, low=low, high=high)
    return _Simulation(accounts, months, seed).run()


@dataclass
class _Simulation:
    count: int
    months: int
    seed: int
    lines: list[Table] = field(default_factory=list)
    usage: list[Table] = field(default_factory=list)
    nps: list[Table] = field(default_factory=list)
    tickets: list[Table] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.draw = np.random.default_rng(self.seed)
        self.as_of = np.datetime64(AS_OF, "D")
        self.last_month = self.as_of.astype("M8[M]")
        self.first_month = self.last_month - (self.months - 1)
        self._accounts()
        self._signups()
        count = self.count
        self.active = np.zeros(count, bool)  # pays
        self.engagement = self.draw.normal(0, 0.7, count)
        self.returns_on = np.full(count, NAT)
        self.owner_left = np.full(count, NAT)
        self.notice = np.full(count, NAT)
        self.spell = np.zeros(count, int)
        # The open line of each account.
        self.line_start = self.signup.copy()
        self.status = np.full(count, "active", object)
        self.price = truth.YEN_PER_LICENCE[self.plan].copy()
        self.term_start = np.full(count, NAT)
        self.term_end = np.full(count, NAT)
        self.paused_until = np.full(count, NAT)

    # -- who there is --------------------------------------------------------------------

    def _accounts(self) -> None:
        draw, count = self.draw, self.count
        self.segments: dict[str, Array] = {}
        self.multiplier = np.ones(count)
        for name, values in truth.SEGMENTS.items():
            shares = np.array([share for share, _ in values.values()])
            drawn = draw.choice(len(values), count, p=shares / shares.sum())
            self.segments[name] = np.array(list(values), object)[drawn]
            self.multiplier *= np.array([multiplier for _, multiplier in values.values()])[drawn]
            if name == "size":
                size = drawn
        cumulative = truth.PLAN_BY_SIZE.cumsum(axis=1)[size]
        self.plan = (draw.random((count, 1)) > cumulative[:, :3]).sum(axis=1)
        spread = np.exp(draw.normal(0, 0.45, count))
        self.licences = np.maximum(1, np.rint(truth.LICENCES[size] * spread)).astype(int)
        self.annual = draw.random(count) < truth.ANNUAL_SHARE[self.plan]
        partner = self.segments["channel"] == "partner"
        self.discount = np.where(partner & (draw.random(count) < 0.6), 10, 0)
        japanese = self.segments["country"] == "JP"
        self.name = np.empty(count, object)
        self.name[japanese] = names.japanese(draw, int(japanese.sum()))
        self.name[~japanese] = names.english(draw, int((~japanese).sum()))

    def _signups(self) -> None:
        """Growing, with a season; the accounts are numbered in the order they came."""
        draw, count = self.draw, self.count
        month = self.first_month + np.arange(self.months)
        weight = np.linspace(0.6, 1.7, self.months)
        weight = weight * truth.SIGNUP_SEASON[month_number(month)]
        days = days_in(month)
        weight[-1] *= day_of_month(self.as_of) / days[-1]
        days[-1] = day_of_month(self.as_of)
        drawn = draw.choice(self.months, count, p=weight / weight.sum())
        first = month[drawn].astype("M8[D]")
        self.signup = np.sort(first + (draw.random(count) * days[drawn]).astype(int))
        tried = draw.random(count) < truth.TRIAL_SHARE
        length = np.array(truth.TRIAL_DAYS)[draw.integers(0, 2, count)]
        self.trial_end = np.where(tried, self.signup + length, NAT)
        self.converts = ~tried | (draw.random(count) < truth.TRIAL_CONVERSION)
        self.anchor = np.where(tried, self.trial_end, self.signup)  # first paid day, billing day

    # -- the months ----------------------------------------------------------------------

    def run(self) -> DemoCompany:
        for month in self.first_month + np.arange(self.months):
            self._start(month)
            self._live(month)
            self._bill(month)
        for ahead in (1, 2, 3):  # notice given by now of ends still to come
            self._bill(self.last_month + ahead)
        everybody = np.arange(self.count)
        paying = self.active.copy()
        trying = ~paying & (self.signup <= self.as_of) & (self.anchor > self.as_of)
        self.status[trying] = "trialing"
        self._close(everybody[paying | trying], NAT, request=self.notice)
        return self._company()

    def _start(self, month: np.datetime64) -> None:
        """First payments, trials that end without one, and returns."""
        due = (self.anchor.astype("M8[M]") == month) & (self.anchor <= self.as_of)
        paying = np.flatnonzero(due & self.converts)
        self.price[paying] = _list_price(self.plan[paying], self.anchor[paying])
        self.active[paying] = True
        self._open_term(paying, self.anchor)
        lost = np.flatnonzero(due & ~self.converts)
        asked = self.anchor - 1 - self.draw.integers(0, 10, self.count)
        self.status[lost] = "canceled"
        self._close(lost, self.anchor, reason="trial not continued", request=asked)

        back = self.returns_on.astype("M8[M]") == month
        back = np.flatnonzero(back & (self.returns_on <= self.as_of) & ~self.active)
        self.spell[back] += 1
        self.anchor[back] = self.line_start[back] = self.returns_on[back]
        self.trial_end[back] = NAT
        self.price[back] = _list_price(self.plan[back], self.anchor[back])
        self.annual[back] = False
        self.term_start[back] = self.term_end[back] = NAT
        self.status[back] = "active"
        self.active[back] = True
        self.engagement[back] = 0.0

    def _live(self, month: np.datetime64) -> None:
        """Engagement drifts; usage, answers and support contacts show it."""
        draw = self.draw
        self.engagement = 0.85 * self.engagement + draw.normal(0, 0.42, self.count)
        who = np.flatnonzero(self.active)
        level = self.engagement[who]
        users = np.rint(self.licences[who] * np.clip(0.62 + 0.2 * level, 0.02, 1)).astype(int)
        last_day = (month + 1).astype("M8[D]") - 1
        if last_day <= self.as_of:
            self.usage.append(_usage(who, last_day, "active_users", users))
        for monday in mondays(month):
            if self.as_of - np.timedelta64(26 * 7, "D") < monday <= self.as_of:
                self.usage.append(_usage(who, monday, "logins", draw.poisson(users * 4.5)))

        left = who[draw.random(len(who)) < truth.OWNER_LEFT_A_MONTH]
        left = left[np.isnat(self.owner_left[left])]
        self.owner_left[left] = self._some_day(month, left)

        asked = who[draw.random(len(who)) < 0.11]
        mood = 7.4 + 1.5 * self.engagement[asked] + draw.normal(0, 1.7, len(asked))
        score = np.clip(np.rint(mood), 0, 10).astype(int)
        self.nps.append(
            {"account": asked, "responded_at": self._some_day(month, asked), "score": score}
        )
        new = month - self.anchor[who].astype("M8[M]") <= np.timedelta64(3, "M")
        trouble = new & (truth.ONBOARDING_PROBLEM.start <= month.astype("M8[D]").item())
        trouble &= month.astype("M8[D]").item() < truth.ONBOARDING_PROBLEM.end
        rate = 0.12 + 0.3 * new + 0.5 * trouble + 0.15 * np.maximum(-level, 0)
        caller = np.repeat(who, draw.poisson(rate))
        opened = self._some_day(month, caller)
        closed = opened + draw.geometric(0.35, len(caller)) - 1
        happy = np.clip(np.rint(3.8 + 0.5 * self.engagement[caller]), 1, 5).astype(int)
        self.tickets.append(
            {
                "account": caller,
                "opened_at": opened,
                "closed_at": np.where(closed <= self.as_of, closed, NAT),
                "priority": np.array(["low", "normal", "normal", "high"], object)[
                    draw.integers(0, 4, len(caller))
                ],
                "satisfaction": np.where(draw.random(len(caller)) < 0.6, happy, 0),
            }
        )

    def _bill(self, month: np.datetime64) -> None:
        """On each billing day: leave, renew, change, or nothing."""
        who = np.flatnonzero(self.active & (self.anchor.astype("M8[M]") < month))
        day = np.full(self.count, NAT)
        day[who] = same_day(self.anchor[who], month)
        who = who[~(self.paused_until[who] > day[who])]
        resumed = who[self.paused_until[who] == day[who]]
        resumed = resumed[day[resumed] <= self.as_of]
        self._reopen(resumed, day, status="active")
        self.paused_until[resumed] = NAT
        who = np.setdiff1d(who, resumed)  # no second change on the same day

        term_ends = self.term_end[who] == day[who]
        may_leave = ~self.annual[who] | term_ends
        leaves = who[may_leave & (self.draw.random(len(who)) < self._chance(who, day[who]))]
        leaves = leaves[np.isnat(self.notice[leaves])]
        self._leave(leaves, day)
        if month > self.last_month:
            return
        stays = np.setdiff1d(who, leaves)
        stays = stays[(day[stays] <= self.as_of) & np.isnat(self.notice[stays])]
        self._renew_and_change(stays, day)

    def _chance(self, who: Array, day: Array) -> Array:
        """The chance to leave on a billing day: the planted truth put together."""
        tenure = (day.astype("M8[M]") - self.anchor[who].astype("M8[M]")).astype(int)
        phase = np.searchsorted(truth.PHASE_LAST_MONTH, tenure, side="left")
        chance = truth.HAZARD[phase, self.plan[who]] * self.multiplier[who]
        chance *= truth.CHURN_SEASON[month_number(day)]
        chance *= np.exp(-truth.ENGAGEMENT_EFFECT * self.engagement[who])
        for event in truth.EVENTS:
            hit = (np.datetime64(event.start) <= day) & (day < np.datetime64(event.end))
            if event.phase is not None:
                hit &= phase == truth.PHASES.index(event.phase)
            chance = np.where(hit, chance * event.multiplier, chance)
        since = (day.astype("M8[M]") - self.owner_left[who].astype("M8[M]")).astype(float)
        since[np.isnat(self.owner_left[who])] = np.inf
        recent = (since >= 0) & (since <= truth.OWNER_LEFT_MONTHS)
        chance = np.minimum(np.where(recent, chance * truth.OWNER_LEFT_MULTIPLIER, chance), 0.6)
        at_term_end = 1 - (1 - chance) ** truth.ANNUAL_MONTHS
        return np.asarray(np.where(self.annual[who], at_term_end, chance))

    def _leave(self, who: Array, day: Array) -> None:
        draw = self.draw
        lag = np.where(
            self.annual[who], draw.integers(30, 91, len(who)), draw.integers(1, 29, len(who))
        )
        involuntary = ~self.annual[who] & (draw.random(len(who)) < truth.INVOLUNTARY_SHARE)
        request = np.where(involuntary, NAT, np.maximum(day[who] - lag, self.line_start[who]))
        come = day[who] <= self.as_of
        known = ~come & (request <= self.as_of)
        self.notice[who[known]] = request[known]

        gone, involuntary, request = who[come], involuntary[come], request[come]
        failed = gone[involuntary]
        due = same_day(self.anchor[failed], day[failed].astype("M8[M]") - 1)
        split = due > self.line_start[failed]
        due_on = np.full(self.count, NAT)
        due_on[failed] = due
        self._reopen(failed[split], due_on, status="past_due")
        self.status[failed] = "past_due"
        chosen = gone[~involuntary]
        self.status[chosen] = "canceled"
        asked = np.full(self.count, NAT)
        asked[gone] = request
        self._close(failed, day, reason="payment failed", kind="involuntary")
        self._close(chosen, day, reason=self._reasons(chosen, day), kind="voluntary", request=asked)
        self.active[gone] = False
        again = gone[draw.random(len(gone)) < truth.RETURN_SHARE]
        self.returns_on[again] = day[again] + draw.integers(60, 301, len(again))

    def _reasons(self, who: Array, day: Array) -> Array:
        usual = np.array(
            ["price", "missing features", "not used", "competitor", "closed down"], object
        )
        reason = usual[self.draw.choice(5, len(who), p=[0.24, 0.22, 0.28, 0.18, 0.08])]
        dearer = (day[who] >= np.datetime64(truth.PRICE_CHANGE.start)) & (
            day[who] < np.datetime64(truth.PRICE_CHANGE.end)
        )
        reason[dearer & (self.draw.random(len(who)) < 0.35)] = "price"
        early = day[who].astype("M8[M]") - self.anchor[who].astype("M8[M]") <= np.timedelta64(
            3, "M"
        )
        early &= (day[who] >= np.datetime64(truth.ONBOARDING_PROBLEM.start)) & (
            day[who] < np.datetime64(truth.ONBOARDING_PROBLEM.end)
        )
        reason[early & (self.draw.random(len(who)) < 0.6)] = "hard to set up"
        return reason

    def _renew_and_change(self, who: Array, day: Array) -> None:
        draw = self.draw
        renews = self.term_end[who] == day[who]
        monthly = ~self.annual[who]
        dearer = (monthly | renews) & (self.price[who] < _list_price(self.plan[who], day[who]))
        mood = np.exp(0.3 * self.engagement[who])
        more = draw.random(len(who)) < truth.EXPANSION * mood
        fewer = ~more & (draw.random(len(who)) < np.where(renews, 6, 1) * truth.CONTRACTION / mood)
        fewer &= (monthly | renews) & (self.licences[who] > 1)
        up = (draw.random(len(who)) < truth.UPGRADE) & (self.plan[who] < len(truth.PLANS) - 1)
        down = ~up & (draw.random(len(who)) < truth.DOWNGRADE) & (self.plan[who] > 0)
        down &= monthly | renews
        pauses = monthly & ~(more | fewer | up | down | dearer)
        pauses &= draw.random(len(who)) < truth.PAUSE
        changed = renews | dearer | more | fewer | up | down | pauses
        self._close(who[changed], day)

        share = draw.uniform(0.08, 0.38, len(who))
        step = np.maximum(1, np.rint(self.licences[who] * share)).astype(int)
        self.licences[who] += np.where(more, step, 0)
        self.licences[who] -= np.where(fewer, np.minimum(step, self.licences[who] - 1), 0)
        self.plan[who] += up.astype(int) - down.astype(int)
        new_price = up | down | dearer
        fresh = who[new_price]
        self.price[fresh] = _list_price(self.plan[fresh], day[fresh])
        self.line_start[who[changed]] = day[who[changed]]
        self._open_term(who[renews], day)
        self.status[who[pauses]] = "paused"
        self.paused_until[who[pauses]] = same_day(
            self.anchor[who[pauses]], day[who[pauses]].astype("M8[M]") + 2
        )

    # -- lines ---------------------------------------------------------------------------

    def _open_term(self, who: Array, day: Array) -> None:
        who = who[self.annual[who]]
        self.term_start[who] = day[who]
        self.term_end[who] = same_day(self.anchor[who], day[who].astype("M8[M]") + 12)

    def _reopen(self, who: Array, day: Array, status: str) -> None:
        self._close(who, day)
        self.line_start[who] = day[who]
        self.status[who] = status

    def _close(
        self,
        who: Array,
        end: Array | np.datetime64,
        reason: str | Array = "",
        kind: str = "",
        request: Array | None = None,
    ) -> None:
        """Writes down the open line of each of `who`, ending on `end` (by account)."""
        count = len(who)
        annual = self.annual[who]
        trial = self.trial_end[who]
        self.lines.append(
            {
                "account": who,
                "spell": self.spell[who],
                "plan": self.plan[who],
                "start_date": self.line_start[who],
                "end_date": end[who] if isinstance(end, np.ndarray) else np.full(count, end),
                "trial_end": np.where(trial > self.line_start[who], trial, NAT),
                "amount": self.price[who] * np.where(annual, truth.MONTHS_PAID_A_YEAR, 1),
                "annual": annual,
                "quantity": self.licences[who],
                "discount": self.discount[who],
                "status": self.status[who],
                "cancel_requested_at": np.full(count, NAT) if request is None else request[who],
                "cancel_reason": np.full(count, reason, object),
                "churn_kind": np.full(count, kind, object),
                "term_start": self.term_start[who],
                "term_end": self.term_end[who],
            }
        )

    def _some_day(self, month: np.datetime64, who: Array) -> Array:
        """A day of the month on which the account was a customer, for each of `who`."""
        first = np.maximum(self.anchor[who], month.astype("M8[D]"))
        last = np.minimum((month + 1).astype("M8[D]") - 1, self.as_of)
        span = np.maximum((last - first).astype(int) + 1, 1)
        return np.asarray(first + (self.draw.random(len(who)) * span).astype(int))

    # -- tables --------------------------------------------------------------------------

    def _company(self) -> DemoCompany:
        width = max(5, len(str(self.count)))
        account_id = np.array([f"A{n:0{width}d}" for n in range(1, self.count + 1)], object)
        lines = stacked(self.lines)
        order = np.lexsort((lines["start_date"], lines["account"]))
        lines = {name: column[order] for name, column in lines.items()}
        months = self.first_month + np.arange(self.months)
        found = totals(lines, months, self.as_of)
        known = self.owner_left <= self.as_of
        tables = {
            "subscriptions": subscriptions(lines, account_id),
            "accounts": {
                "account_id": account_id,
                "name": self.name,
                **self.segments,
                "contract_owner_left_at": np.where(known, self.owner_left, NAT),
            },
            "usage": dated(self.usage, account_id, "date"),
            "nps": dated(self.nps, account_id, "responded_at"),
            "tickets": dated(self.tickets, account_id, "opened_at"),
            "costs": costs(months, self.signup, found, self.draw),
        }
        tickets = tables["tickets"]
        answered = tickets["satisfaction"] > 0
        tickets["satisfaction"] = np.where(answered, tickets["satisfaction"].astype(object), "")
        planted = {
            "seed": self.seed,
            "accounts": self.count,
            "months": self.months,
            "first_month": str(self.first_month),
            "as_of": str(self.as_of),
            "currency": "JPY",
            **truth.as_json(),
            "totals": found,
        }
        return DemoCompany(tables, planted)


def _usage(who: Array, day: np.datetime64, metric: str, value: Array) -> Table:
    return {
        "account": who,
        "date": np.full(len(who), day),
        "metric": np.full(len(who), metric, object),
        "value": value,
    }


def _list_price(plan: Array, day: Array) -> Array:
    """Yen a month for one licence of a plan on a day."""
    raised = truth.YEN_PER_LICENCE * (100 + truth.PRICE_RISE_PERCENT) // 1000 * 10
    return np.where(
        day >= np.datetime64(truth.PRICE_CHANGE.start), raised[plan], truth.YEN_PER_LICENCE[plan]
    )
