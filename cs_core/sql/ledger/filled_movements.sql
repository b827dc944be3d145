-- Which changes remain when short gaps are filled?
-- One row: a customer and a day of change. A gap is filled with the MRR before it when it lasted
-- at most $gap_days days and ended on or before $as_of.
-- needs: movements
WITH neighbouring_movements AS (
    SELECT
        movements.*,
        LEAD(day) OVER chronological AS following_day,
        LAG(day) OVER chronological AS preceding_day,
        LAG(mrr_before) OVER chronological AS mrr_before_gap
    FROM movements
    WINDOW chronological AS (PARTITION BY customer_key ORDER BY day)
),

marked_movements AS (
    SELECT
        neighbouring_movements.*,
        active_before AND NOT active_after
        AND following_day <= $as_of AND following_day - day <= $gap_days AS opens_gap,
        active_after AND NOT active_before
        AND day <= $as_of AND day - preceding_day <= $gap_days AS closes_gap
    FROM neighbouring_movements
)

SELECT
    customer_key,
    day,
    CASE WHEN closes_gap THEN mrr_before_gap ELSE mrr_before END AS mrr_before,
    mrr_after,
    active_before OR COALESCE(closes_gap, FALSE) AS active_before,
    active_after
FROM marked_movements
WHERE NOT COALESCE(opens_gap, FALSE)
    AND NOT (COALESCE(closes_gap, FALSE) AND mrr_before_gap = mrr_after)
