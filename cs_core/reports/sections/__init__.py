"""The parts reports are put together from: each asks its figures and says its finding."""

from __future__ import annotations

from collections.abc import Callable

from cs_core.errors import UsageError
from cs_core.reports.content import Section
from cs_core.reports.sections.asking import Ask
from cs_core.reports.sections.at_risk import at_risk
from cs_core.reports.sections.churn import churn
from cs_core.reports.sections.concentration import concentration
from cs_core.reports.sections.definitions import definitions
from cs_core.reports.sections.efficiency import efficiency
from cs_core.reports.sections.headline import headline
from cs_core.reports.sections.renewals import renewals
from cs_core.reports.sections.retention import retention

SECTIONS: dict[str, Callable[[Ask], Section]] = {
    "headline": headline,
    "retention": retention,
    "churn": churn,
    "concentration": concentration,
    "efficiency": efficiency,
    "definitions": definitions,
    "at_risk": at_risk,
    "renewals": renewals,
}
OF_PRESET: dict[str, tuple[str, ...]] = {
    "overview": ("headline", "retention", "churn"),
    "board": ("headline", "retention", "concentration", "efficiency", "churn", "definitions"),
    "at-risk": ("at_risk", "renewals"),
}
OF_PAGE: dict[str, tuple[str, ...]] = {
    "overview": ("headline",),
    "retention": ("retention",),
    "churn": ("churn",),
    "accounts_at_risk": ("at_risk",),
    "renewals": ("renewals",),
}


def sections_of(preset: str, page: str) -> tuple[str, ...]:
    """Raises UsageError for a preset or page that does not exist."""
    if preset == "page":
        if page not in OF_PAGE:
            known = ", ".join(OF_PAGE)
            raise UsageError("unknown_option_value", option="--page", value=page, known=known)
        return OF_PAGE[page]
    if preset not in OF_PRESET:
        known = ", ".join((*OF_PRESET, "page"))
        raise UsageError("unknown_option_value", option="--preset", value=preset, known=known)
    return OF_PRESET[preset]
