-- Which lines have an end that is past, although their status says that they run, with nothing of
-- the account going on after it?
-- severity: warning
-- table: subscriptions
-- decision: dates count; a status is that of the day of the export
WITH latest_ends AS (
    SELECT account_key, MAX(COALESCE(end_date, DATE '9999-12-31')) AS latest_end
    FROM lines
    GROUP BY account_key
)

SELECT lines.file_no, lines.source_line, 'end_date' AS column_name, CAST(lines.end_date AS VARCHAR) AS value, lines.mrr
FROM lines
INNER JOIN latest_ends ON latest_ends.account_key = lines.account_key
WHERE lines.status = 'active' AND lines.end_date <= $today AND latest_ends.latest_end = lines.end_date
