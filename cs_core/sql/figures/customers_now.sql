-- Who is a customer on the as-of day, since when, at what MRR, and on an annual contract?
-- One row: a customer. `tenure` counts completed calendar months of the present spell, month ends
-- clamped, as `spells` does.
-- needs: known_ledger, earning_lines, lines
WITH last_rows AS (
    SELECT
        customer_key,
        mrr_after,
        active_after,
        next_day,
        MAX(CASE WHEN active_after AND NOT active_before THEN day END) OVER (PARTITION BY customer_key) AS start_day
    FROM known_ledger
),

annual_customers AS (
    SELECT DISTINCT earning_lines.customer_key
    FROM earning_lines
    INNER JOIN lines
        ON earning_lines.file_no = lines.file_no
        AND earning_lines.source_line = lines.source_line
        AND earning_lines.customer_key // $currency_count = lines.account_key
    WHERE lines.interval_months = 12
        AND earning_lines.start_day <= $as_of
        AND (earning_lines.end_day IS NULL OR earning_lines.end_day > $as_of)
)

SELECT
    last_rows.customer_key,
    last_rows.mrr_after AS mrr,
    annual_customers.customer_key IS NOT NULL AS annual,
    (YEAR(CAST($as_of AS DATE)) - YEAR(last_rows.start_day)) * 12 + MONTH(CAST($as_of AS DATE)) - MONTH(last_rows.start_day)
    - CASE WHEN DAY(CAST($as_of AS DATE)) < DAY(last_rows.start_day) AND CAST($as_of AS DATE) < LAST_DAY(CAST($as_of AS DATE)) THEN 1 ELSE 0 END AS tenure
FROM last_rows
LEFT JOIN annual_customers ON last_rows.customer_key = annual_customers.customer_key
WHERE last_rows.next_day IS NULL AND last_rows.active_after
