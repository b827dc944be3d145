-- The MRR ledger under the policies that let a day of change not be a movement.
-- One row: as in `ledger`.
-- needs: movements, filled_movements
SELECT
    customer_key,
    day,
    CASE
        /*left_edge*/ WHEN active_after AND NOT active_before AND ROW_NUMBER() OVER chronological = 1 AND day < $left_edge THEN 'opening'
        WHEN active_after AND NOT active_before AND ROW_NUMBER() OVER chronological = 1 THEN 'new'
        WHEN active_after AND NOT active_before THEN 'reactivation'
        WHEN active_before AND NOT active_after THEN 'churn'
        WHEN mrr_after > mrr_before THEN 'expansion'
        ELSE 'contraction'
    END AS movement,
    mrr_before,
    mrr_after,
    active_before,
    active_after,
    LEAD(day) OVER chronological AS next_day,
    FIRST_VALUE(day) OVER chronological AS first_day,
    FIRST_VALUE(mrr_after) OVER chronological AS first_mrr
/*!filled*/ FROM movements
/*filled*/ FROM filled_movements
WINDOW chronological AS (PARTITION BY customer_key ORDER BY day ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING)
