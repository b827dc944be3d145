-- When does each customer's contract next come up for renewal, as known at the moment?
-- One row: a customer and a moment with a term running.
-- needs: risk_rows, risk_term_lines
-- decision: a term end that has passed without a new one is rolled on by the billing interval, where
-- that is three months or more; without term columns intervals are counted from the line's start
WITH running_lines AS (
    SELECT
        risk_rows.customer_key,
        risk_rows.months_ago,
        risk_rows.day,
        /*term_columns*/ CASE WHEN risk_term_lines.term_end > risk_rows.day THEN risk_term_lines.term_end END AS stated_end,
        /*term_columns*/ risk_term_lines.term_months,
        /*term_columns*/ CASE WHEN risk_rows.day >= risk_term_lines.sure_from THEN 0 ELSE (
            /*term_columns*/ (YEAR(risk_term_lines.term_end) - YEAR(risk_rows.day)) * 12
            /*term_columns*/ + MONTH(risk_term_lines.term_end) - MONTH(risk_rows.day)
        /*term_columns*/ ) // risk_term_lines.term_months END AS terms_back,
        risk_term_lines.start_date,
        risk_term_lines.interval_months,
        (YEAR(risk_rows.day) - YEAR(risk_term_lines.start_date)) * 12 + MONTH(risk_rows.day) - MONTH(risk_term_lines.start_date) AS months_run
    FROM risk_rows
    INNER JOIN risk_term_lines
        ON risk_rows.account_key = risk_term_lines.account_key
        AND risk_term_lines.start_date <= risk_rows.day
        /*!inclusive_end*/ AND (risk_term_lines.end_date IS NULL OR risk_term_lines.end_date > risk_rows.day)
        /*inclusive_end*/ AND (risk_term_lines.end_date IS NULL OR risk_term_lines.end_date >= risk_rows.day)
),

rolled_lines AS (
    SELECT
        running_lines.*,
        /*term_columns*/ CAST(stated_end - TO_MONTHS(CAST(terms_back * term_months AS INTEGER)) AS DATE) AS back_end,
        /*term_columns*/ CAST(stated_end - TO_MONTHS(CAST((terms_back - 1) * term_months AS INTEGER)) AS DATE) AS back_end_after,
        CAST(start_date + TO_MONTHS(CAST((months_run // interval_months) * interval_months AS INTEGER)) AS DATE) AS this_end,
        CAST(start_date + TO_MONTHS(CAST((months_run // interval_months + 1) * interval_months AS INTEGER)) AS DATE) AS following_end
    FROM running_lines
)

SELECT
    customer_key,
    months_ago,
    MIN(COALESCE(
        /*term_columns*/ CASE WHEN back_end > day THEN back_end ELSE back_end_after END,
        CASE WHEN this_end > day THEN this_end ELSE following_end END
    )) AS next_renewal
FROM rolled_lines
GROUP BY customer_key, months_ago
