-- Which lines earn nothing?
-- severity: warning
-- table: subscriptions
SELECT file_no, source_line, 'mrr' AS column_name, '0' AS value, 0 AS mrr
FROM lines
WHERE mrr = 0 AND gross_mrr = 0
