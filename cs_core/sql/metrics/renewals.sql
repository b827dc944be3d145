-- Which share of the contracts whose term ended was renewed?
-- kind: period
-- grain: period x segment x currency
-- unit: rate
-- parameters: period, from, to, as_of, by, where, currency, policies
-- heeds: event, constant_rates, service_dates
-- keys: period, segment, currency
-- explain: row = rows of ended_terms, due = rows of ended_terms, renewed = renewed of ended_terms,
--   due_mrr = earlier of ended_terms, renewed_mrr = capped of ended_terms, renewal_rate = renewed of ended_terms,
--   renewal_rate_mrr = capped of ended_terms
-- absent: zero
-- definition: renewed / due, by count and by MRR; renewed MRR is the smaller of before and on the day
-- money: due_mrr, renewed_mrr
-- decision: due in the period of term_end if it earned the day before; renewed if it earns on term_end
-- decision: only terms that have ended by the as-of date; segment value of the day before
-- needs: terms, calendar, customer_segments, result_currencies, segment_values, numbers
WITH due_terms AS (
    SELECT
        calendar.period_index,
        terms.customer_key % $currency_count AS currency_code,
        /*whole*/ 0 AS segment,
        /*segmented*/ customer_segments.segment,
        terms.mrr_before,
        terms.mrr_on_day
    FROM terms
    INNER JOIN calendar ON terms.term_end = calendar.day
    /*segmented*/ INNER JOIN customer_segments ON terms.customer_key = customer_segments.customer_key
        /*segmented*/ AND terms.term_end - 1 >= customer_segments.from_day
        /*segmented*/ AND terms.term_end - 1 < customer_segments.to_day
        /*segmented*/ AND customer_segments.segment >= 0
    WHERE terms.mrr_before > 0 AND terms.term_end <= $as_of
),

shown_values AS (
    /*!by*/ SELECT 0 AS segment, currency_code FROM result_currencies
    /*by*/ SELECT DISTINCT segment, currency_code FROM due_terms
),

added_terms AS (
    SELECT
        shown_values.segment,
        shown_values.currency_code,
        $grid_first + numbers.n AS period_index,
        COUNT(due_terms.mrr_before) AS due,
        COUNT(*) FILTER (WHERE due_terms.mrr_on_day > 0) AS renewed,
        CAST(COALESCE(SUM(due_terms.mrr_before), 0) AS HUGEINT) AS due_mrr,
        CAST(COALESCE(SUM(LEAST(due_terms.mrr_before, due_terms.mrr_on_day)), 0) AS HUGEINT) AS renewed_mrr
    FROM shown_values
    INNER JOIN numbers ON numbers.n <= $last_period - $grid_first
    LEFT JOIN due_terms
        ON shown_values.segment = due_terms.segment
        AND shown_values.currency_code = due_terms.currency_code
        AND due_terms.period_index = $grid_first + numbers.n
    GROUP BY shown_values.segment, shown_values.currency_code, $grid_first + numbers.n
)

SELECT
    added_terms.period_index,
    /*by*/ segment_values.value AS segment,
    result_currencies.currency,
    due,
    renewed,
    CASE WHEN due > 0 AND added_terms.period_index <= $last_complete_period THEN CAST(renewed AS DOUBLE) / due END AS renewal_rate,
    due_mrr,
    renewed_mrr,
    CASE WHEN due_mrr > 0 AND added_terms.period_index <= $last_complete_period THEN CAST(renewed_mrr AS DOUBLE) / due_mrr END AS renewal_rate_mrr
FROM added_terms
INNER JOIN result_currencies ON added_terms.currency_code = result_currencies.currency_code
/*by*/ LEFT JOIN segment_values ON segment_values.column_no = $by_column AND added_terms.segment = segment_values.value_code
WHERE added_terms.period_index >= $first_period
    /*by*/ AND due > 0
ORDER BY
    added_terms.period_index,
    /*by*/ segment_values.value NULLS LAST,
    result_currencies.currency
