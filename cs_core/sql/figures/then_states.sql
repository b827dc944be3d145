-- What was each customer's MRR, and its segment, $window months before the end of a period?
-- One row: a customer and a stretch of periods for which both are the same; `then_day` is the day
-- from which they were so.
-- needs: known_ledger, calendar, customer_segments
WITH valued_states AS (
    -- A state reaches into the next value of its segment only up to the day of the change.
    SELECT
        known_ledger.customer_key,
        known_ledger.mrr_after AS then_mrr,
        /*whole*/ 0 AS segment,
        /*whole*/ known_ledger.day AS from_day,
        /*whole*/ known_ledger.next_day AS to_day
        /*segmented*/ customer_segments.segment,
        /*segmented*/ GREATEST(known_ledger.day, customer_segments.from_day) AS from_day,
        /*segmented*/ CASE WHEN customer_segments.to_day < COALESCE(known_ledger.next_day, DATE '9999-12-31')
            /*segmented*/ THEN customer_segments.to_day ELSE known_ledger.next_day END AS to_day
    FROM known_ledger
    /*segmented*/ INNER JOIN customer_segments ON known_ledger.customer_key = customer_segments.customer_key
        /*segmented*/ AND known_ledger.day < customer_segments.to_day
        /*segmented*/ AND (known_ledger.next_day IS NULL OR known_ledger.next_day > customer_segments.from_day)
        /*segmented*/ AND customer_segments.segment >= 0
    WHERE known_ledger.active_after
)

SELECT
    valued_states.customer_key,
    valued_states.segment,
    valued_states.then_mrr,
    valued_states.from_day AS then_day,
    calendar.then_index AS from_period,
    COALESCE(next_days.then_index, 1000000) AS to_period
FROM valued_states
INNER JOIN calendar ON valued_states.from_day = calendar.day
LEFT JOIN calendar AS next_days ON valued_states.to_day = next_days.day
WHERE calendar.then_index IS NOT NULL
    AND (next_days.then_index IS NULL OR next_days.then_index > calendar.then_index)
