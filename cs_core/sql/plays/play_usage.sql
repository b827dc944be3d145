-- How much did each account use, day by day?
-- One row: an account, a metric and a day with a reading.
-- needs: usage, account_keys
SELECT
    account_keys.account_key,
    usage.metric,
    usage.date AS day,
    SUM(usage.value) / 1000000.0 AS used
FROM usage
INNER JOIN account_keys ON usage.account_id = account_keys.account_id
WHERE usage.date <= $as_of
GROUP BY account_keys.account_key, usage.metric, usage.date
ORDER BY usage.metric, account_keys.account_key, usage.date
