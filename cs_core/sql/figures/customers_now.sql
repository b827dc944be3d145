-- Who is a customer on the as-of day, since when, at what MRR, and on an annual contract?
-- One row: a customer. `tenure` counts completed calendar months of the present spell, month ends
-- clamped, as `spells` does.
-- needs: stays, known_ledger, earning_lines, lines
WITH present_stays AS (
    SELECT customer_key, start_day
    FROM stays
    WHERE start_day <= $as_of AND (end_day IS NULL OR end_day > $as_of)
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
    present_stays.customer_key,
    known_ledger.mrr_after AS mrr,
    annual_customers.customer_key IS NOT NULL AS annual,
    (YEAR(CAST($as_of AS DATE)) - YEAR(present_stays.start_day)) * 12 + MONTH(CAST($as_of AS DATE)) - MONTH(present_stays.start_day)
    - CASE WHEN DAY(CAST($as_of AS DATE)) < DAY(present_stays.start_day) AND CAST($as_of AS DATE) < LAST_DAY(CAST($as_of AS DATE)) THEN 1 ELSE 0 END AS tenure
FROM present_stays
INNER JOIN known_ledger ON present_stays.customer_key = known_ledger.customer_key
    AND known_ledger.next_day IS NULL
LEFT JOIN annual_customers ON present_stays.customer_key = annual_customers.customer_key
