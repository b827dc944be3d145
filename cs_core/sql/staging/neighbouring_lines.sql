-- Which lines overlap an earlier line of their subscription, or follow it after exactly one day?
-- One row: such a line.
-- needs: lines
SELECT file_no, source_line, subscription_id, start_date, mrr, overlaps_earlier, follows_after_a_day
FROM (
    SELECT
        file_no,
        source_line,
        subscription_id,
        start_date,
        mrr,
        start_date < MAX(COALESCE(end_date, DATE '9999-12-31')) OVER earlier AS overlaps_earlier,
        start_date - 1 = LAST_VALUE(end_date) OVER earlier AS follows_after_a_day
    FROM lines
    WINDOW earlier AS (
        PARTITION BY account_key, subscription_id ORDER BY start_date, file_no, source_line
        ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING
    )
) AS compared_lines
WHERE overlaps_earlier OR follows_after_a_day
