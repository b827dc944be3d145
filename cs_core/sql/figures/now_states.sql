-- What is each customer's MRR at the end of a period?
-- One row: a customer and a stretch of periods over whose ends its MRR stayed the same; `to_period`
-- is the first period after it.
-- needs: known_ledger, calendar
SELECT
    known_ledger.customer_key,
    calendar.period_index AS from_period,
    COALESCE(next_days.period_index, 1000000) AS to_period,
    known_ledger.mrr_after AS now_mrr
FROM known_ledger
INNER JOIN calendar ON known_ledger.day = calendar.day
LEFT JOIN calendar AS next_days ON known_ledger.next_day = next_days.day
WHERE known_ledger.active_after
    AND (next_days.period_index IS NULL OR next_days.period_index > calendar.period_index)
