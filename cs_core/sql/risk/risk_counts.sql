-- How many customers were there at each past moment, and how many of them left in time?
-- One row: a moment. `churns` counts churn rows, each once, at the last moment before it.
-- needs: risk_labelled
SELECT
    months_ago,
    day,
    COUNT(*) AS customers,
    SUM(left_within) AS left_within,
    COUNT(DISTINCT CASE WHEN left_within = 1 THEN customer_key END) AS leavers
FROM risk_labelled
GROUP BY months_ago, day
ORDER BY months_ago
