-- How did each account's usage go over the last year?
-- One row: an account and a month, in parts of what is usual for the metric, added over metrics.
-- needs: risk_usage_months, risk_usage_scales
SELECT
    risk_usage_months.account_key,
    risk_usage_months.months_ago,
    SUM(risk_usage_months.used / (10 * risk_usage_scales.small_amount)) AS used
FROM risk_usage_months
INNER JOIN risk_usage_scales
    ON risk_usage_months.metric = risk_usage_scales.metric
    AND risk_usage_scales.months_ago = 0
    AND risk_usage_scales.small_amount > 0
WHERE risk_usage_months.months_ago < 12
GROUP BY risk_usage_months.account_key, risk_usage_months.months_ago
