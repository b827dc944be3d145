-- Which lines of one subscription overlap an earlier one?
-- severity: warning
-- table: subscriptions
-- decision: overlapping lines are kept and add up; add-ons of one subscription look like this
-- needs: neighbouring_lines
SELECT file_no, source_line, 'start_date' AS column_name, CAST(start_date AS VARCHAR) AS value, mrr
FROM neighbouring_lines
WHERE overlaps_earlier AND subscription_id IS NOT NULL
