-- Which lines start exactly one day after the one before them ended, as if end dates were inclusive?
-- severity: warning
-- table: subscriptions
-- needs: neighbouring_lines
SELECT file_no, source_line, 'start_date' AS column_name, CAST(start_date AS VARCHAR) AS value, mrr
FROM neighbouring_lines
WHERE follows_after_a_day
