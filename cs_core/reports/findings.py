"""Three true sentences on what changed and why; each in Markdown with its first words bold."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

import pandas

from cs_core.models.trend import ChangePoint
from cs_core.text import inert, numbers
from cs_core.text.speaker import Speaker

GAINS = ("new", "reactivation", "expansion")
LOSSES = ("churn", "contraction")
FEW = 3  # accounts named in one sentence


def mrr_sentence(speaker: Speaker, rows: Sequence[Mapping[str, Any]]) -> str:
    """`rows` are those of `mrr_movements` up to the period in question, oldest first."""
    now = rows[-1]
    change = now["closing_mrr"] - now["opening_mrr"]
    if not change:
        return speaker.t("finding.mrr.flat", value=_money(speaker, now["closing_mrr"]))
    way = "rose" if change > 0 else "fell"
    head = speaker.t(
        f"finding.mrr.{way}", change=_money(speaker, abs(change)), rate=_share_changed(speaker, now)
    )
    tail = speaker.t(
        "finding.mrr.why",
        streak=_streak(speaker, rows, way),
        cause=_cause(speaker, now, GAINS if change > 0 else LOSSES),
    )
    return head + tail


def _share_changed(speaker: Speaker, row: Mapping[str, Any]) -> str:
    opening = row["opening_mrr"]
    if not opening:
        return ""
    change = (row["closing_mrr"] - opening) / opening
    sign = "+" if change > 0 else ""
    return speaker.t("finding.rate", rate=f"{sign}{numbers.rate(change)}")


def _streak(speaker: Speaker, rows: Sequence[Mapping[str, Any]], way: str) -> str:
    length = 0
    for row in reversed(rows):
        change = row["closing_mrr"] - row["opening_mrr"]
        if change == 0 or (change > 0) != (way == "rose"):
            break
        length += 1
    if length < 2:
        return ""
    said = speaker.t(f"finding.nth.{length}" if length < 13 else "finding.nth.more", n=length)
    return speaker.t(f"finding.streak.{way}", n=said)


def _cause(speaker: Speaker, row: Mapping[str, Any], parts: Sequence[str]) -> str:
    sizes = {part: row[_column(part)] for part in parts}
    whole = sum(sizes.values(), start=Decimal(0))
    if not whole:
        return ""
    part = max(sizes, key=lambda name: sizes[name])
    return speaker.t(f"finding.cause.{part}", share=numbers.rate(sizes[part] / whole, 0))


def _column(part: str) -> str:
    return "churned_mrr" if part == "churn" else f"{part}_mrr"


def churn_sentence(
    speaker: Speaker, now: Mapping[str, Any], usual: tuple[float, float] | None, period: str
) -> str:
    """`now` is a row of `churn`, `usual` the range its rate usually has."""
    fields = {
        "lost": numbers.count(now["lost_customers"], speaker.language, accounts=True),
        "start": numbers.count(now["opening_customers"], speaker.language, accounts=True),
        "period": numbers.period(period, speaker.language),
    }
    value = now["customer_churn_rate"]
    if value is None or value != value:
        return speaker.t("finding.churn.none", **fields)
    fields["rate"] = numbers.rate(value)
    if usual is None:
        return speaker.t("finding.churn.unknown", **fields)
    fields |= {"low": numbers.rate(usual[0]).rstrip("%"), "high": numbers.rate(usual[1])}
    key = "above" if value > usual[1] else "below" if value < usual[0] else "inside"
    return speaker.t(f"finding.churn.{key}", **fields)


def change_sentence(speaker: Speaker, change: ChangePoint, period: str) -> str:
    """Since when churn has its present level, and what it was before."""
    return speaker.t(
        "finding.churn.change",
        period=numbers.period(period, speaker.language),
        before=numbers.rate(change.before),
        after=numbers.rate(change.after),
    )


def loss_sentence(speaker: Speaker, lost: pandas.DataFrame, period: str) -> str:
    """`lost` are the ledger rows of churn and contraction of the period."""
    when = numbers.period(period, speaker.language)
    if lost.empty:
        return speaker.t("finding.loss.nothing", period=when)
    by_account: dict[str, Decimal] = {}
    names: dict[str, str] = {}
    for account, name, delta in lost[["account_id", "name", "delta"]].to_numpy().tolist():
        by_account[account] = by_account.get(account, Decimal(0)) - delta
        names[account] = inert(name if isinstance(name, str) else account)
    largest = sorted(by_account, key=lambda account: (-by_account[account], account))
    whole = sum(by_account.values(), start=Decimal(0))
    top = largest[:FEW]
    share = sum((by_account[account] for account in top), start=Decimal(0)) / whole
    first, last = [names[account] for account in top[:-1]], names[top[-1]]
    listed = speaker.t("finding.and").join(
        [speaker.t("finding.comma").join(first), last][not first :]
    )
    if len(largest) <= FEW:
        key = "one" if len(largest) == 1 else "all"
    else:
        key = "few" if share >= Decimal("0.5") else "spread"
    said = speaker.t(
        f"finding.loss.{key}",
        period=when,
        n=speaker.t(f"finding.number.{len(top)}"),
        share=numbers.rate(share, 0),
        names=listed,
        accounts=numbers.count(len(largest), speaker.language, accounts=True),
        money=_money(speaker, whole),
    )
    # A name that ends in a full stop ends the sentence too.
    return next((said[:-1] for stop in (".", "&#46;") if said.endswith(f"{stop}.")), said)


def _money(speaker: Speaker, value: Decimal) -> str:
    return numbers.money(value, speaker.currency, speaker.language)
