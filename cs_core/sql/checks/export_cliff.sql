-- Do suspiciously many lines end on the last day of the data, as if the export had ended them?
-- severity: warning
-- table: subscriptions
-- decision: five or more, and over a fifth of all lines that end
WITH ending_days AS (
    SELECT end_date, COUNT(*) AS endings FROM lines
    WHERE end_date <= $today
    GROUP BY end_date
),

last_day AS (
    SELECT MAX(end_date) AS end_date, MAX_BY(endings, end_date) AS endings, SUM(endings) AS all_endings
    FROM ending_days
)

SELECT lines.file_no, lines.source_line, 'end_date' AS column_name, CAST(lines.end_date AS VARCHAR) AS value, lines.mrr
FROM lines
INNER JOIN last_day ON lines.end_date = last_day.end_date
WHERE last_day.endings >= 5 AND last_day.endings * 5 > last_day.all_endings
