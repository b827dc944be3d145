-- Which NPS responses belong to no account with a subscription?
-- severity: warning
-- table: nps
SELECT nps.file_no, nps.source_line, 'account_id' AS column_name, nps.account_id AS value, 0 AS mrr
FROM nps
LEFT JOIN account_keys ON nps.account_id = account_keys.account_id
WHERE account_keys.account_key IS NULL
