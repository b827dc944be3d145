-- How much did each account use in each month before the anchor?
-- One row: an account, a metric and a month with a reading.
-- needs: usage, account_keys, risk_days
SELECT
    account_keys.account_key,
    /*!one_metric*/ usage.metric,
    /*one_metric*/ 'all' AS metric,
    risk_days.months_ago,
    SUM(usage.value) / 1000000.0 AS used
FROM usage
INNER JOIN account_keys ON usage.account_id = account_keys.account_id
INNER JOIN risk_days ON usage.date = risk_days.day
GROUP BY
    account_keys.account_key,
    /*!one_metric*/ usage.metric,
    risk_days.months_ago
