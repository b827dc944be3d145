-- Which accounts belong to an account with a subscription?
-- severity: note
-- table: accounts
SELECT accounts.file_no, accounts.source_line, 'account_id' AS column_name, accounts.account_id AS value, 0 AS mrr
FROM accounts
INNER JOIN account_keys ON accounts.account_id = account_keys.account_id
