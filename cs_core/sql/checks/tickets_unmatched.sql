-- Which support tickets belong to no account with a subscription?
-- severity: warning
-- table: tickets
SELECT tickets.file_no, tickets.source_line, 'account_id' AS column_name, tickets.account_id AS value, 0 AS mrr
FROM tickets
LEFT JOIN account_keys ON tickets.account_id = account_keys.account_id
WHERE account_keys.account_key IS NULL
