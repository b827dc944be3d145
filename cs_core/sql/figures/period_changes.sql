-- How did each customer stand before and after each period in which its MRR changed?
-- One row: a customer and a period with at least one ledger row; states at the period's instants.
-- needs: known_ledger, calendar
SELECT
    known_ledger.customer_key,
    calendar.period_index,
    ARG_MIN(known_ledger.mrr_before, known_ledger.day) AS opening_mrr,
    ARG_MAX(known_ledger.mrr_after, known_ledger.day) AS closing_mrr,
    ARG_MIN(known_ledger.active_before, known_ledger.day) AS opening_active,
    ARG_MAX(known_ledger.active_after, known_ledger.day) AS closing_active,
    CAST(SUM(known_ledger.delta) AS BIGINT) AS delta,
    COUNT(*) FILTER (WHERE known_ledger.movement = 'churn') AS churns,
    MAX(known_ledger.day) FILTER (WHERE known_ledger.movement = 'churn') AS last_churn_day
FROM known_ledger
INNER JOIN calendar ON known_ledger.day = calendar.day
GROUP BY known_ledger.customer_key, calendar.period_index
