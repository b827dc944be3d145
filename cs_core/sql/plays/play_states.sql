-- When did whose MRR change, and to what?
-- One row: a customer and a day of change known at as-of; `after` holds until `next_day`.
-- needs: known_ledger
SELECT
    customer_key,
    day,
    next_day,
    delta,
    CASE WHEN active_after THEN mrr_after ELSE 0 END AS after,
    CASE WHEN movement = 'churn' THEN 1 ELSE 0 END AS churned
FROM known_ledger
ORDER BY customer_key, day
