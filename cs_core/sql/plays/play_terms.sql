-- Which lines come up for renewal?
-- One row: a line with a term end, or with a billing interval of three months or more; it earns
-- before `end_day`. Terms are read as in `risk_terms`.
-- needs: lines
SELECT
    account_key,
    start_date AS start_day,
    /*!inclusive_end*/ end_date AS end_day,
    /*inclusive_end*/ end_date + 1 AS end_day,
    /*term_columns*/ term_end AS term_day,
    /*!term_columns*/ CAST(NULL AS DATE) AS term_day,
    CASE WHEN interval_months >= 3 THEN interval_months END AS interval_months
FROM lines
WHERE start_date <= $as_of
    AND (
        interval_months >= 3
        /*term_columns*/ OR term_end IS NOT NULL
    )
