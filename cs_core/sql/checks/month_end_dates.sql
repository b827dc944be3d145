-- Which lines end on the last day of a month, where every line starts on a first and ends on a last,
-- as if end dates still earned?
-- severity: warning
-- table: subscriptions
-- decision: five lines that end or more, not one of them otherwise
WITH whole_months AS (
    SELECT
        COUNT(end_date) AS endings,
        BOOL_AND(DAY(start_date) = 1 AND (end_date IS NULL OR end_date = LAST_DAY(end_date))) AS is_whole
    FROM lines
)

SELECT lines.file_no, lines.source_line, 'end_date' AS column_name, CAST(lines.end_date AS VARCHAR) AS value, lines.mrr
FROM lines
CROSS JOIN whole_months
WHERE whole_months.is_whole AND whole_months.endings >= 5 AND lines.end_date IS NOT NULL
