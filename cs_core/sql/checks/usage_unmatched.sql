-- Which usage belong to no account with a subscription?
-- severity: warning
-- table: usage
SELECT usage.file_no, usage.source_line, 'account_id' AS column_name, usage.account_id AS value, 0 AS mrr
FROM usage
LEFT JOIN account_keys ON usage.account_id = account_keys.account_id
WHERE account_keys.account_key IS NULL
