"""What a person has to confirm of a file: proposed with its reason, accepted or refused."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import streamlit as st

from cs_core.text import inert, numbers, t
from pages.frame import session
from pages.prepare.data import uploads

TAX_RATE = "10"  # Japan's consumption tax; 8 % for food is given on the command line.


@dataclass(frozen=True)
class _Proposal:
    """`code` is the problem that speaks for it, `field` the option that answers it."""

    code: str
    name: str
    field: str
    yes: Any
    no: Any


_PROPOSALS = (
    _Proposal("one_day_gaps", "end_date", "end_date", "inclusive", "exclusive"),
    _Proposal("month_end_dates", "month_ends", "end_date", "inclusive", "exclusive"),
    _Proposal("end_months", "end_months", "end_date", "inclusive", "exclusive"),
    _Proposal("adds_up", "totals", "totals", "set-aside", "keep"),
    _Proposal("tax_inclusive", "tax", "tax_rate", TAX_RATE, "0"),
    _Proposal("duplicate", "duplicates", "duplicates", "set-aside", "keep"),
    _Proposal("accounts_alike", "same_accounts", "same_accounts", "join", "keep"),
    _Proposal("amount_for_term", "amount_per", "amount_per", "term", "month"),
    _Proposal("nothing_spelled", "nothing", "nothing", ("NULL",), ("",)),
    _Proposal("epoch_as_end", "epoch", "nothing", ("1970-01-01",), ("NULL",)),
)


def draw(report: Mapping[str, Any], currency: str) -> None:
    """Each open question with its two answers; what was answered, with a way back."""
    asked: set[str] = set()
    for proposal in _PROPOSALS:
        answer = getattr(uploads.options(), proposal.field)
        problem = next((p for p in report["problems"] if p["code"] == proposal.code), None)
        if answer is not None:
            _answered(proposal, answer)
        elif problem is not None and proposal.field not in asked:
            asked.add(proposal.field)
            _asked(proposal, problem, currency)
    read, language = uploads.options(), session.language()
    if read.decimal is not None:
        _decided("decimal", t("page.data.decided_decimal", language, value=read.decimal))
    if read.shape is not None:
        _decided("shape", t(f"page.data.shape.{read.shape}", language))
    if read.amount_is is not None:
        _decided("amount_is", t(f"page.data.decided_amount_is_{read.amount_is}", language))
    if read.columns:
        named = [
            t("page.data.decided_column", language, header=inert(header), column=meant)
            for column, header in read.columns.items()
            if (meant := t(f"page.data.meaning.{column}", language))
        ]
        _decided("columns", " ".join(named))
    if read.amount_unit is not None:
        _decided("amount_unit", t(f"page.data.decided_amount_{read.amount_unit}", language))


def _asked(proposal: _Proposal, problem: Mapping[str, Any], currency: str) -> None:
    language = session.language()
    values = [inert(example["value"]) for example in problem["examples"] if example["value"]]
    column = next((e["column"] for e in problem["examples"] if e["column"]), "")
    said = t(
        f"page.data.ask_{proposal.name}",
        language,
        n=numbers.count(problem["count"]),
        column=inert(column or ""),
        value=next(iter(values), ""),
        other=next(iter(values[1:]), ""),
        mrr=numbers.money(Decimal(problem["mrr_affected"]), currency, language),
    )
    badge = f":orange-badge[:material/help: {t('page.data.to_confirm', language)}]"
    st.markdown(f"{badge} {said}")
    with st.container(horizontal=True):
        for reply in ("yes", "no"):
            value = getattr(proposal, reply)
            st.button(
                t(f"page.data.{proposal.name}_{reply}", language, rate=TAX_RATE),
                key=f"propose-{proposal.name}-{reply}",
                on_click=uploads.chosen(proposal.field, value),
            )


def _answered(proposal: _Proposal, answer: Any) -> None:
    language = session.language()
    if proposal.field == "end_date" or proposal.name == "epoch":
        return  # The choice of end dates above, or that of the spellings, shows it.
    if proposal.field == "nothing":
        answer = "empty" if any(answer) else "text"
    name = f"decided_{proposal.name}_{answer}"
    if proposal.name == "tax":
        name = "decided_no_tax" if answer == "0" else "decided_tax"
    _decided(proposal.field, t(f"page.data.{name}", language, rate=answer))


def _decided(field: str, said: str) -> None:
    """What was answered, and a way to be asked again."""
    with st.container(horizontal=True, vertical_alignment="center"):
        st.markdown(f":green[:material/check:] {said}", width="content")
        st.button(
            t("page.data.take_back", session.language()),
            key=f"ask-again-{field}",
            type="tertiary",
            on_click=uploads.chosen(field, None),
        )
