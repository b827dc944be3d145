-- The MRR ledger: when did whose MRR change, from what to what?
-- One row: a customer and a day on which its MRR changed. Who was there before the data begins
-- has the movement `opening`, on the day before. `next_day` is its next row's day;
-- `first_day` and `first_mrr` are the day of its very first row and the MRR at that day's end.
-- needs: account_days
WITH running_days AS (
    SELECT
        customer_key,
        day,
        delta,
        CAST(SUM(delta) OVER running AS BIGINT) AS mrr_after,
        ROW_NUMBER() OVER running AS change_number,
        LEAD(day) OVER running AS next_day,
        FIRST_VALUE(day) OVER running AS first_day,
        FIRST_VALUE(delta) OVER running AS first_mrr
    FROM account_days
    WINDOW running AS (PARTITION BY customer_key ORDER BY day ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW)
)

SELECT
    customer_key,
    day,
    CASE
        /*left_edge*/ WHEN change_number = 1 AND day < $left_edge THEN 'opening'
        WHEN change_number = 1 THEN 'new'
        WHEN mrr_after = 0 THEN 'churn'
        WHEN mrr_after = delta THEN 'reactivation'
        WHEN delta > 0 THEN 'expansion'
        ELSE 'contraction'
    END AS movement,
    mrr_after - delta AS mrr_before,
    mrr_after,
    mrr_after <> delta AS active_before,
    mrr_after > 0 AS active_after,
    next_day,
    first_day,
    first_mrr
FROM running_days
