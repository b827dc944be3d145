-- Who is a customer at each moment, and when does it next leave?
-- One row: a customer and a moment at whose end it is one. `next_churn_day` lies after the moment
-- and is only for labels.
-- needs: known_ledger, risk_days, risk_moments
WITH following_rows AS (
    SELECT
        customer_key,
        day,
        next_day,
        mrr_after,
        first_day,
        active_after,
        MIN(CASE WHEN movement = 'churn' THEN day END) OVER (
            PARTITION BY customer_key ORDER BY day ROWS BETWEEN 1 FOLLOWING AND UNBOUNDED FOLLOWING
        ) AS next_churn_day,
        COUNT(CASE WHEN movement = 'churn' THEN day END) OVER (
            PARTITION BY customer_key ORDER BY day ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW
        ) AS earlier_churns
    FROM known_ledger
),

placed_rows AS (
    SELECT
        following_rows.*,
        begun.months_ago AS from_ago,
        COALESCE(ended.months_ago, -1) AS until_ago
    FROM following_rows
    INNER JOIN risk_days AS begun ON following_rows.day = begun.day
    LEFT JOIN risk_days AS ended ON following_rows.next_day = ended.day
    WHERE following_rows.active_after
)

SELECT
    placed_rows.customer_key,
    risk_moments.months_ago,
    risk_moments.day,
    placed_rows.mrr_after AS mrr,
    placed_rows.first_day,
    placed_rows.earlier_churns,
    placed_rows.next_churn_day
FROM placed_rows
INNER JOIN risk_moments
    ON risk_moments.months_ago > placed_rows.until_ago
    AND risk_moments.months_ago <= placed_rows.from_ago
