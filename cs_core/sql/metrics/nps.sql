-- Would customers recommend us, and how sure is that?
-- kind: period
-- grain: period x segment x currency
-- unit: points from -100 to 100
-- parameters: period, from, to, as_of, by, where, currency, policies
-- heeds: event
-- keys: period, segment, currency
-- absent: none
-- explain: row = rows of answers, responses = rows of answers, promoters = rows of answers promoter,
--   passives = rows of answers passive, detractors = rows of answers detractor, nps = score of answers
-- definition: 100 x (promoters, 9 and 10, - detractors, 0 to 6) / responses, with an adjusted Wald 95 % interval
--   that adds 3/4 of a promoter and of a detractor and 3/2 of a passive (Rocks 2016)
-- decision: answers of accounts that are or were customers by as-of; each answer counts, also several of one account
-- decision: segment value of the day of the answer; a period that is not over has counts and no score
-- needs: dated_answers, result_currencies, segment_values, numbers
WITH shown_values AS (
    /*!by*/ SELECT 0 AS segment, currency_code FROM result_currencies
    /*by*/ SELECT DISTINCT segment, currency_code FROM dated_answers
),

added_answers AS (
    SELECT
        shown_values.segment,
        shown_values.currency_code,
        $grid_first + numbers.n AS period_index,
        COUNT(dated_answers.promoter) AS responses,
        CAST(COALESCE(SUM(dated_answers.promoter), 0) AS BIGINT) AS promoters,
        CAST(COALESCE(SUM(dated_answers.detractor), 0) AS BIGINT) AS detractors
    FROM shown_values
    INNER JOIN numbers ON numbers.n <= $last_period - $grid_first
    LEFT JOIN dated_answers
        ON shown_values.segment = dated_answers.segment
        AND shown_values.currency_code = dated_answers.currency_code
        AND dated_answers.period_index = $grid_first + numbers.n
    GROUP BY shown_values.segment, shown_values.currency_code, $grid_first + numbers.n
),

adjusted_answers AS (
    SELECT
        added_answers.*,
        responses > 0 AND period_index <= $last_complete_period AS scored,
        CAST(promoters - detractors AS DOUBLE) / (responses + 3) AS centre,
        (CAST(promoters + detractors AS DOUBLE) + 1.5) / (responses + 3) AS extremes
    FROM added_answers
)

SELECT
    adjusted_answers.period_index,
    /*by*/ segment_values.value AS segment,
    result_currencies.currency,
    responses,
    promoters,
    responses - promoters - detractors AS passives,
    detractors,
    CASE WHEN scored THEN CAST(100 * (promoters - detractors) AS DOUBLE) / responses END AS nps,
    CASE WHEN scored THEN GREATEST(CAST(-100 AS DOUBLE), 100 * (centre - 1.959963984540054 * SQRT((extremes - centre * centre) / (responses + 3)))) END AS low,
    CASE WHEN scored THEN LEAST(CAST(100 AS DOUBLE), 100 * (centre + 1.959963984540054 * SQRT((extremes - centre * centre) / (responses + 3)))) END AS high
FROM adjusted_answers
INNER JOIN result_currencies ON adjusted_answers.currency_code = result_currencies.currency_code
/*by*/ LEFT JOIN segment_values ON segment_values.column_no = $by_column AND adjusted_answers.segment = segment_values.value_code
WHERE adjusted_answers.period_index >= $first_period
    /*by*/ AND responses > 0
ORDER BY
    adjusted_answers.period_index,
    /*by*/ segment_values.value NULLS LAST,
    result_currencies.currency
