-- Which usage belong to an account with a subscription?
-- severity: note
-- table: usage
SELECT usage.file_no, usage.source_line, 'account_id' AS column_name, usage.account_id AS value, 0 AS mrr
FROM usage
INNER JOIN account_keys ON usage.account_id = account_keys.account_id
