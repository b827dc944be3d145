-- Since when is an account's usage known?
-- One row: an account and a metric.
-- needs: risk_usage_months
SELECT account_key, metric, MAX(months_ago) AS first_ago
FROM risk_usage_months
GROUP BY account_key, metric
