-- Which lines come up for renewal?
-- One row: a line with a term end, or with a billing interval of three months or more; it earns
-- before `end_day`. Terms are read as in `risk_terms`.
-- needs: risk_term_lines
SELECT
    account_key,
    start_date AS start_day,
    /*!inclusive_end*/ end_date AS end_day,
    /*inclusive_end*/ end_date + 1 AS end_day,
    /*term_columns*/ term_end AS term_day, term_months, sure_from AS sure_day,
    /*!term_columns*/ CAST(NULL AS DATE) AS term_day, NULL AS term_months, CAST(NULL AS DATE) AS sure_day,
    interval_months
FROM risk_term_lines
