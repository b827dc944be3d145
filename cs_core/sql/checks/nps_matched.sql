-- Which NPS responses belong to an account with a subscription?
-- severity: note
-- table: nps
SELECT nps.file_no, nps.source_line, 'account_id' AS column_name, nps.account_id AS value, 0 AS mrr
FROM nps
INNER JOIN account_keys ON nps.account_id = account_keys.account_id
