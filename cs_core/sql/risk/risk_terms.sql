-- When does each customer's contract next come up for renewal, as known at the moment?
-- One row: a customer and a moment with a term running.
-- needs: risk_rows, lines
-- decision: a term end that has passed without a new one is rolled on by the billing interval, where
-- that is three months or more; without term columns intervals are counted from the line's start
WITH running_lines AS (
    SELECT
        risk_rows.customer_key,
        risk_rows.months_ago,
        risk_rows.day,
        /*term_columns*/ CASE WHEN lines.term_end > risk_rows.day THEN lines.term_end END AS stated_end,
        /*!term_columns*/ CAST(NULL AS DATE) AS stated_end,
        lines.start_date,
        CASE WHEN lines.interval_months >= 3 THEN lines.interval_months END AS interval_months,
        (YEAR(risk_rows.day) - YEAR(lines.start_date)) * 12 + MONTH(risk_rows.day) - MONTH(lines.start_date) AS months_run
    FROM risk_rows
    INNER JOIN lines
        ON risk_rows.account_key = lines.account_key
        AND lines.start_date <= risk_rows.day
        /*!inclusive_end*/ AND (lines.end_date IS NULL OR lines.end_date > risk_rows.day)
        /*inclusive_end*/ AND (lines.end_date IS NULL OR lines.end_date >= risk_rows.day)
),

rolled_lines AS (
    SELECT
        running_lines.*,
        CAST(start_date + TO_MONTHS(CAST((months_run // interval_months) * interval_months AS INTEGER)) AS DATE) AS this_end,
        CAST(start_date + TO_MONTHS(CAST((months_run // interval_months + 1) * interval_months AS INTEGER)) AS DATE) AS following_end
    FROM running_lines
)

SELECT
    customer_key,
    months_ago,
    MIN(COALESCE(stated_end, CASE WHEN this_end > day THEN this_end ELSE following_end END)) AS next_renewal
FROM rolled_lines
GROUP BY customer_key, months_ago
