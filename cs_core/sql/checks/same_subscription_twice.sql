-- Which rows give one subscription a second time from the same day, yet differ in something?
-- severity: warning
-- table: subscriptions
-- needs: repeated_starts
SELECT file_no, source_line, 'subscription_id' AS column_name, subscription_id AS value, mrr
FROM (
    SELECT
        lines.file_no,
        lines.source_line,
        lines.subscription_id,
        lines.mrr,
        ROW_NUMBER() OVER (
            PARTITION BY lines.account_key, lines.subscription_id, lines.start_date
            ORDER BY lines.file_no, lines.source_line
        ) AS place
    FROM lines
    INNER JOIN repeated_starts
        ON lines.account_key = repeated_starts.account_key
        AND lines.start_date = repeated_starts.start_date
    WHERE lines.subscription_id IS NOT NULL
) AS numbered_lines
WHERE place > 1
