-- Which contract terms end when, and what did they earn just before and on that day?
-- One row: a term, one (subscription, term end), or the account's lines together where there are
-- no subscription ids.
-- needs: lines, earning_lines, numbers
-- decision: without term columns, the billing intervals of three months or more counted from the start
-- decision: service dates, whatever the policy on churn dates says
WITH term_ends AS (
    /*term_columns*/ SELECT DISTINCT account_key, subscription_id, term_end
    /*term_columns*/ FROM lines
    /*term_columns*/ WHERE term_end IS NOT NULL AND start_date <= $as_of
    /*!term_columns*/ SELECT DISTINCT
        /*!term_columns*/ lines.account_key,
        /*!term_columns*/ lines.subscription_id,
        /*!term_columns*/ CAST(lines.start_date + TO_MONTHS(lines.interval_months * (numbers.n + 1)) AS DATE) AS term_end
    /*!term_columns*/ FROM lines
    /*!term_columns*/ INNER JOIN numbers ON numbers.n < 400
        /*!term_columns*/ AND lines.start_date + TO_MONTHS(lines.interval_months * (numbers.n + 1)) <= COALESCE(lines.end_date, $as_of)
    /*!term_columns*/ WHERE lines.interval_months >= 3
)

SELECT
    earning_lines.customer_key,
    term_ends.subscription_id,
    term_ends.term_end,
    SUM(CASE WHEN earning_lines.start_day < term_ends.term_end
        AND (earning_lines.end_day IS NULL OR earning_lines.end_day >= term_ends.term_end) THEN earning_lines.mrr ELSE 0 END) AS mrr_before,
    SUM(CASE WHEN earning_lines.start_day <= term_ends.term_end
        AND (earning_lines.end_day IS NULL OR earning_lines.end_day > term_ends.term_end) THEN earning_lines.mrr ELSE 0 END) AS mrr_on_day
FROM term_ends
INNER JOIN earning_lines
    ON term_ends.account_key = earning_lines.customer_key // $currency_count
    AND term_ends.subscription_id IS NOT DISTINCT FROM earning_lines.subscription_id
GROUP BY earning_lines.customer_key, term_ends.subscription_id, term_ends.term_end
