"""One cohort against all earlier ones at the same age."""

from __future__ import annotations

import pandas

from cs_core.domain.proportion import difference

ENOUGH, OLD_ENOUGH = 30, 6  # customers and age; a cohort with less is not proposed


def observed(cohorts: pandas.DataFrame) -> pandas.DataFrame:
    """The rows of `cohorts` that are not in progress."""
    return cohorts[~cohorts["partial"].astype(bool)] if "partial" in cohorts else cohorts


def comparable(cohorts: pandas.DataFrame) -> list[str]:
    """Cohorts that have an age beyond 0 and an earlier cohort, the newest first."""
    whole = observed(cohorts)
    labels = sorted(whole.loc[whole["age"] > 0, "cohort"].unique())
    return [str(label) for label in reversed(labels[1:])]


def proposed(cohorts: pandas.DataFrame) -> str | None:
    """The newest cohort that is large and old enough, or else old enough, or else the newest."""
    known = comparable(cohorts)
    whole = observed(cohorts).groupby("cohort")
    old = whole["age"].max() >= OLD_ENOUGH
    large = whole["cohort_customers"].first() >= ENOUGH
    wanted = ([c for c in known if old[c] and large[c]], [c for c in known if old[c]], known)
    return next((labels[0] for labels in wanted if labels), None)


def against_earlier(cohorts: pandas.DataFrame, cohort: str) -> pandas.DataFrame:
    """Retention of a cohort minus that of all earlier cohorts pooled, by age from 1 on.

    Columns: `age`, `kept`, `began` of the cohort, `earlier_kept`, `earlier_began`, and the
    `difference` in shares of 1 with its 95 % interval `low`, `high` (Newcombe's hybrid score
    interval). Earlier cohorts count at an age only once they have reached it.
    """
    whole = observed(cohorts)
    rows = []
    for age in sorted(whole.loc[(whole["cohort"] == cohort) & (whole["age"] > 0), "age"]):
        at_age = whole[whole["age"] == age]
        own = at_age[at_age["cohort"] == cohort].iloc[0]
        earlier = at_age[at_age["cohort"] < cohort]
        counts = (
            int(own["active_customers"]),
            int(own["cohort_customers"]),
            int(earlier["active_customers"].sum()),
            int(earlier["cohort_customers"].sum()),
        )
        gap = difference(*counts)
        if gap[0] is not None:
            rows.append((int(age), *counts, *gap))
    columns = ["age", "kept", "began", "earlier_kept", "earlier_began"]
    return pandas.DataFrame(rows, columns=[*columns, "difference", "low", "high"])
