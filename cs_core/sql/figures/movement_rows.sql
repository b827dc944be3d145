-- Which movements are added up, in which period, and on which days are their segments read?
-- One row: a ledger row. `churn_day` is the day of it, for churn.
-- needs: known_ledger, calendar, period_changes
SELECT
    known_ledger.customer_key,
    calendar.period_index,
    known_ledger.day,
    known_ledger.day AS from_day,
    known_ledger.movement,
    known_ledger.mrr_before,
    known_ledger.mrr_after,
    known_ledger.delta,
    known_ledger.day AS churn_day
    /*segmented*/ , known_ledger.day - 1 AS before_day, known_ledger.day AS after_day
FROM known_ledger
INNER JOIN calendar ON known_ledger.day = calendar.day
-- Who is a customer neither at opening nor at closing is left out altogether.
/*ignore_same_period*/ INNER JOIN period_changes ON known_ledger.customer_key = period_changes.customer_key
    /*ignore_same_period*/ AND calendar.period_index = period_changes.period_index
    /*ignore_same_period*/ AND (period_changes.opening_active OR period_changes.closing_active)
