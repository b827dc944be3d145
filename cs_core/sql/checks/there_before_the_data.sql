-- Which customers are there when data that begins in the middle does, and so came earlier?
-- severity: note
-- table: subscriptions
SELECT
    lines.file_no,
    MIN(lines.source_line) AS source_line,
    'start_date' AS column_name,
    STRFTIME(MIN(lines.start_date), '%Y-%m') AS value,
    CAST(SUM(lines.mrr) AS BIGINT) AS mrr
FROM lines
INNER JOIN edge_files ON lines.file_no = edge_files.file_no
WHERE lines.mrr > 0
    AND lines.start_date < edge_files.left_edge + INTERVAL 1 MONTH
GROUP BY lines.file_no, lines.account_key
