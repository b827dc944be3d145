-- Which lines belong to an account that the accounts table does not list?
-- severity: warning
-- table: subscriptions
SELECT lines.file_no, lines.source_line, 'account_id' AS column_name, account_keys.account_id AS value, lines.mrr
FROM lines
INNER JOIN account_keys ON lines.account_key = account_keys.account_key
LEFT JOIN (SELECT DISTINCT account_id FROM accounts) AS listed_accounts ON account_keys.account_id = listed_accounts.account_id
WHERE listed_accounts.account_id IS NULL
    AND EXISTS (SELECT 1 FROM accounts)
