-- What is a usual amount of each metric in each month?
-- One row: a metric and a month in which anybody has a reading; a month without any is not known,
-- not silent.
-- needs: risk_usage_months
SELECT metric, months_ago, 0.1 * AVG(used) AS small_amount
FROM risk_usage_months
GROUP BY metric, months_ago
