-- Which support tickets belong to an account with a subscription?
-- severity: note
-- table: tickets
SELECT tickets.file_no, tickets.source_line, 'account_id' AS column_name, tickets.account_id AS value, 0 AS mrr
FROM tickets
INNER JOIN account_keys ON tickets.account_id = account_keys.account_id
