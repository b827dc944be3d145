-- Which contract terms end when, and what did they earn just before and on that day?
-- One row: a term, one (subscription, term end), or the account's lines together where there are
-- no subscription ids.
-- needs: lines, earning_lines, numbers
-- decision: without term columns, the billing intervals of three months or more counted from the start
-- decision: whether it earned the day before is read from the service end, under every policy; an
-- inclusive end earns on its day, so intervals run to the day after the end as written
-- decision: due only if a line that carries the term earned the day before; what its subscription
-- earns then and on the day is compared
-- decision: service dates, whatever the policy on churn dates says
WITH term_lines AS (
    /*term_columns*/ SELECT account_key, file_no, source_line, term_end
    /*term_columns*/ FROM lines
    /*term_columns*/ WHERE term_end IS NOT NULL AND start_date <= $as_of
    /*!term_columns*/ SELECT
        /*!term_columns*/ lines.account_key,
        /*!term_columns*/ lines.file_no,
        /*!term_columns*/ lines.source_line,
        /*!term_columns*/ CAST(lines.start_date + TO_MONTHS(lines.interval_months * (numbers.n + 1)) AS DATE) AS term_end
    /*!term_columns*/ FROM lines
    /*!term_columns*/ INNER JOIN numbers ON numbers.n < 400
        /*!term_columns*/ AND lines.start_date + TO_MONTHS(lines.interval_months * (numbers.n + 1)) <= LEAST(lines.end_date + 1, $as_of)
    /*!term_columns*/ WHERE lines.interval_months >= 3
),

ending_terms AS (
    SELECT DISTINCT earning_lines.customer_key, earning_lines.subscription_id, term_lines.term_end
    FROM term_lines
    INNER JOIN earning_lines
        ON term_lines.account_key = earning_lines.customer_key // $currency_count
        AND term_lines.file_no = earning_lines.file_no
        AND term_lines.source_line = earning_lines.source_line
        AND earning_lines.start_day < term_lines.term_end
        AND (earning_lines.end_day IS NULL OR earning_lines.end_day >= term_lines.term_end)
    WHERE earning_lines.mrr > 0
)

SELECT
    ending_terms.customer_key,
    ending_terms.subscription_id,
    ending_terms.term_end,
    SUM(CASE WHEN earning_lines.start_day < ending_terms.term_end
        AND (earning_lines.end_day IS NULL OR earning_lines.end_day >= ending_terms.term_end)
        THEN earning_lines.mrr ELSE 0 END) AS mrr_before,
    SUM(CASE WHEN earning_lines.start_day <= ending_terms.term_end
        AND (earning_lines.end_day IS NULL OR earning_lines.end_day > ending_terms.term_end)
        THEN earning_lines.mrr ELSE 0 END) AS mrr_on_day
FROM ending_terms
INNER JOIN earning_lines
    ON ending_terms.customer_key = earning_lines.customer_key
    AND ending_terms.subscription_id IS NOT DISTINCT FROM earning_lines.subscription_id
GROUP BY
    ending_terms.customer_key,
    ending_terms.subscription_id,
    ending_terms.term_end
