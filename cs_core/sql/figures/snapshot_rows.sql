-- Which movements show when only the instants between periods are compared?
-- One row: a customer and a period over which its MRR, or being a customer, changed. `churn_day` is
-- the day on which it left for the last time in the period.
-- needs: period_changes, period_days
-- decision: the first time ever is the first instant at which it is a customer
WITH compared_instants AS (
    SELECT
        period_changes.*,
        COALESCE(BOOL_OR(closing_active) OVER (
            PARTITION BY customer_key ORDER BY period_index
            ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING
        ), FALSE) AS seen_before
    FROM period_changes
)

SELECT
    compared_instants.customer_key,
    compared_instants.period_index,
    period_days.closing_day AS day,
    period_days.opening_day + 1 AS from_day,
    CASE
        /*left_edge*/ WHEN compared_instants.period_index = $before_edge THEN 'opening'
        WHEN opening_active AND NOT closing_active THEN 'churn'
        /*!as_new*/ WHEN NOT opening_active AND seen_before THEN 'reactivation'
        WHEN NOT opening_active THEN 'new'
        WHEN delta > 0 THEN 'expansion'
        ELSE 'contraction'
    END AS movement,
    opening_mrr AS mrr_before,
    closing_mrr AS mrr_after,
    delta,
    last_churn_day AS churn_day
    /*segmented*/ , period_days.opening_day AS before_day, period_days.closing_day AS after_day
FROM compared_instants
INNER JOIN period_days ON compared_instants.period_index = period_days.period_index
WHERE (opening_active OR closing_active)
    AND (delta <> 0 OR opening_active <> closing_active)
