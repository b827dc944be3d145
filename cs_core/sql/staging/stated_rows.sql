-- What does each row earn a month, where every file states MRR?
-- One row: as in `priced_rows`.
-- needs: usable_rows
SELECT
    usable_rows.*,
    mrr AS gross_mrr,
    CAST(NULL AS BIGINT) AS net_mrr,
    CASE billing_interval
        WHEN 'month' THEN 1 WHEN 'quarter' THEN 3 WHEN 'year' THEN 12
    END * COALESCE(interval_count, 1) AS interval_months
FROM usable_rows
