-- Which accounts have no subscription?
-- severity: warning
-- table: accounts
SELECT accounts.file_no, accounts.source_line, 'account_id' AS column_name, accounts.account_id AS value, 0 AS mrr
FROM accounts
LEFT JOIN account_keys ON accounts.account_id = account_keys.account_id
WHERE account_keys.account_key IS NULL
