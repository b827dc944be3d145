-- How do customers and MRR of each cohort change from period to period?
-- One row: a segment, currency, cohort and period in which something changed. Differences add up
-- over the periods because each row's after is the next row's before.
-- needs: known_ledger, calendar, customer_segments
-- decision: gross MRR caps each customer at its MRR at the end of its first paid day
SELECT
    /*whole*/ 0 AS segment,
    /*segmented*/ customer_segments.segment,
    known_ledger.customer_key % $currency_count AS currency_code,
    first_days.period_index AS cohort_index,
    calendar.period_index,
    CAST(COUNT(*) FILTER (WHERE known_ledger.day = known_ledger.first_day) AS INTEGER) AS joined_customers,
    CAST(SUM(CASE WHEN known_ledger.day = known_ledger.first_day THEN known_ledger.first_mrr ELSE 0 END) AS HUGEINT) AS joined_mrr,
    CAST(SUM(CASE
        WHEN known_ledger.active_after = known_ledger.active_before THEN 0
        WHEN known_ledger.active_after THEN 1 ELSE -1
    END) AS INTEGER) AS active_change,
    CAST(SUM(known_ledger.delta) AS HUGEINT) AS mrr_change,
    CAST(SUM(
        LEAST(known_ledger.mrr_after, known_ledger.first_mrr) - LEAST(known_ledger.mrr_before, known_ledger.first_mrr)
    ) AS HUGEINT) AS capped_change
FROM known_ledger
INNER JOIN calendar ON known_ledger.day = calendar.day
INNER JOIN calendar AS first_days ON known_ledger.first_day = first_days.day
/*segmented*/ INNER JOIN customer_segments ON known_ledger.customer_key = customer_segments.customer_key
    /*segmented*/ AND known_ledger.first_day >= customer_segments.from_day
    /*segmented*/ AND known_ledger.first_day < customer_segments.to_day
    /*segmented*/ AND customer_segments.segment >= 0
GROUP BY
    /*segmented*/ customer_segments.segment,
    known_ledger.customer_key % $currency_count,
    first_days.period_index,
    calendar.period_index
