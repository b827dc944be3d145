-- What of the ledger is known on the as-of date?
-- One row: a ledger row dated on or before $as_of, with delta and the policies' label.
-- needs: ledger
SELECT
    customer_key,
    day,
    /*!as_new*/ movement,
    /*as_new*/ CASE WHEN movement = 'reactivation' THEN 'new' ELSE movement END AS movement,
    mrr_before,
    mrr_after,
    mrr_after - mrr_before AS delta,
    active_before,
    active_after,
    CASE WHEN next_day <= $as_of THEN next_day END AS next_day,
    first_day,
    first_mrr
FROM ledger
WHERE day <= $as_of
