-- Which lines overlap an earlier line of their subscription, or follow it after exactly one day?
-- One row: such a line.
-- needs: lines, repeated_subscriptions
WITH compared_lines AS (
    SELECT
        lines.file_no,
        lines.source_line,
        lines.subscription_id,
        lines.start_date,
        lines.mrr,
        lines.start_date < MAX(COALESCE(lines.end_date, DATE '9999-12-31')) OVER earlier AS overlaps_earlier,
        lines.start_date - 1 = LAST_VALUE(lines.end_date) OVER earlier AS follows_after_a_day
    FROM lines
    INNER JOIN repeated_subscriptions
        ON lines.account_key = repeated_subscriptions.account_key
        AND lines.subscription_id IS NOT DISTINCT FROM repeated_subscriptions.subscription_id
    WINDOW earlier AS (
        PARTITION BY lines.account_key, lines.subscription_id
        ORDER BY lines.start_date, lines.file_no, lines.source_line
        ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING
    )
)

SELECT file_no, source_line, subscription_id, start_date, mrr, overlaps_earlier, follows_after_a_day
FROM compared_lines
WHERE overlaps_earlier OR follows_after_a_day
