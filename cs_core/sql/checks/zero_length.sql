-- Which lines end on the day they start?
-- severity: warning
-- table: subscriptions
SELECT file_no, source_line, 'end_date' AS column_name, CAST(end_date AS VARCHAR) AS value, mrr
FROM lines
WHERE end_date = start_date
