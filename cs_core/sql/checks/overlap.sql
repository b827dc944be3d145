-- Which lines of one subscription overlap an earlier one?
-- severity: warning
-- table: subscriptions
-- decision: overlapping lines are kept and add up; add-ons of one subscription look like this
WITH repeated_subscriptions AS (
    SELECT subscription_id FROM lines
    WHERE subscription_id IS NOT NULL
    GROUP BY subscription_id
    HAVING COUNT(*) > 1
),

neighbouring_lines AS (
    SELECT
        lines.file_no,
        lines.source_line,
        lines.start_date,
        lines.mrr,
        MAX(COALESCE(lines.end_date, DATE '9999-12-31')) OVER (
            PARTITION BY lines.account_key, lines.subscription_id ORDER BY lines.start_date, lines.file_no, lines.source_line
            ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING
        ) AS covered_until
    FROM lines
    INNER JOIN repeated_subscriptions ON lines.subscription_id = repeated_subscriptions.subscription_id
)

SELECT file_no, source_line, 'start_date' AS column_name, CAST(start_date AS VARCHAR) AS value, mrr
FROM neighbouring_lines
WHERE start_date < covered_until
