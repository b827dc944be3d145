-- Which lines start exactly one day after the one before them ended, as if end dates were inclusive?
-- severity: warning
-- table: subscriptions
WITH ending_lines AS (
    SELECT account_key, subscription_id, end_date
    FROM lines
    WHERE end_date IS NOT NULL
    GROUP BY account_key, subscription_id, end_date
)

SELECT lines.file_no, lines.source_line, 'start_date' AS column_name, CAST(lines.start_date AS VARCHAR) AS value, lines.mrr
FROM lines
INNER JOIN ending_lines
    ON lines.account_key = ending_lines.account_key
    AND lines.subscription_id IS NOT DISTINCT FROM ending_lines.subscription_id
    AND lines.start_date = ending_lines.end_date + 1
