-- Which rows give one subscription a second time from the same day, yet differ in something?
-- severity: warning
-- table: subscriptions
SELECT file_no, source_line, 'subscription_id' AS column_name, subscription_id AS value, mrr
FROM (
    SELECT
        file_no,
        source_line,
        subscription_id,
        mrr,
        ROW_NUMBER() OVER (PARTITION BY account_key, subscription_id, start_date ORDER BY file_no, source_line) AS place
    FROM lines
    WHERE subscription_id IN (
        SELECT subscription_id FROM lines
        WHERE subscription_id IS NOT NULL
        GROUP BY subscription_id
        HAVING COUNT(*) > 1
    )
) AS numbered_lines
WHERE place > 1
