-- Why did the lines end that ended on a day?
-- One row: a customer and a day on which one of its lines ended; of several the one with the most
-- MRR speaks, then the first by reason.
-- needs: earning_lines
WITH ending_lines AS (
    SELECT
        customer_key,
        end_day,
        cancel_reason,
        churn_kind,
        ROW_NUMBER() OVER (
            PARTITION BY customer_key, end_day
            ORDER BY mrr DESC, cancel_reason ASC NULLS LAST, churn_kind ASC NULLS LAST
        ) AS place
    FROM earning_lines
    WHERE end_day IS NOT NULL
)

SELECT customer_key, end_day, cancel_reason, churn_kind
FROM ending_lines
WHERE place = 1
