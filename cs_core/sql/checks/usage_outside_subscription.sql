-- Which usage lies before an account's first start or after its last end?
-- severity: warning
-- table: usage
WITH account_spans AS (
    SELECT
        account_keys.account_id,
        MIN(lines.start_date) AS first_day,
        MAX(COALESCE(lines.end_date, DATE '9999-12-31')) AS last_day
    FROM lines
    INNER JOIN account_keys ON lines.account_key = account_keys.account_key
    INNER JOIN (SELECT DISTINCT account_id FROM usage) AS used_accounts
        ON account_keys.account_id = used_accounts.account_id
    GROUP BY account_keys.account_id
)

SELECT usage.file_no, usage.source_line, 'date' AS column_name, CAST(usage.date AS VARCHAR) AS value, 0 AS mrr
FROM usage
INNER JOIN account_spans ON usage.account_id = account_spans.account_id
WHERE usage.date < account_spans.first_day OR usage.date >= account_spans.last_day
