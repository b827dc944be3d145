-- Which lines start after today?
-- severity: warning
-- table: subscriptions
SELECT file_no, source_line, 'start_date' AS column_name, CAST(start_date AS VARCHAR) AS value, mrr
FROM lines
WHERE start_date > $today
