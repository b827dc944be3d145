-- Which share of those who started a trial became customers?
-- grain: period of the trial's start x segment x currency
-- unit: rate
-- parameters: period, from, to, as_of, by, where, currency, policies
-- definition: converted / matured, 95 % Wilson interval (Wilson 1927); matured: the trial's end lies on or
--   before the as-of date; converted: the first paid day is not later than the trial's end
-- decision: one trial an account, its first, and only if it had not paid before
-- decision: a cohort's rate does not change once its trials have ended: who pays later is no conversion
-- decision: accounts that never paid have the segment value of their trial's start
-- needs: trial_starts, calendar, customer_segments, result_currencies, segment_values, numbers
WITH trials_by_period AS (
    SELECT
        calendar.period_index,
        trial_starts.customer_key % $currency_count AS currency_code,
        /*whole*/ 0 AS segment,
        /*segmented*/ customer_segments.segment,
        CASE WHEN trial_starts.end_day <= $as_of THEN 1 ELSE 0 END AS matured,
        CASE WHEN trial_starts.end_day <= $as_of AND trial_starts.first_paid_day <= trial_starts.end_day THEN 1 ELSE 0 END AS converted
    FROM trial_starts
    INNER JOIN calendar ON trial_starts.start_day = calendar.day
    /*segmented*/ INNER JOIN customer_segments ON trial_starts.customer_key = customer_segments.customer_key
        /*segmented*/ AND customer_segments.segment >= 0
),

shown_values AS (
    /*!by*/ SELECT 0 AS segment, currency_code FROM result_currencies
    /*by*/ SELECT DISTINCT segment, currency_code FROM trials_by_period
),

added_trials AS (
    SELECT
        shown_values.segment,
        shown_values.currency_code,
        $grid_first + numbers.n AS period_index,
        COUNT(trials_by_period.matured) AS started,
        CAST(COALESCE(SUM(trials_by_period.matured), 0) AS BIGINT) AS matured,
        CAST(COALESCE(SUM(trials_by_period.converted), 0) AS BIGINT) AS converted
    FROM shown_values
    INNER JOIN numbers ON numbers.n <= $last_period - $grid_first
    LEFT JOIN trials_by_period
        ON shown_values.segment = trials_by_period.segment
        AND shown_values.currency_code = trials_by_period.currency_code
        AND trials_by_period.period_index = $grid_first + numbers.n
    GROUP BY shown_values.segment, shown_values.currency_code, $grid_first + numbers.n
),

rated_trials AS (
    SELECT
        added_trials.*,
        CASE WHEN matured > 0 THEN CAST(converted AS DOUBLE) / matured END AS rate,
        CASE WHEN matured > 0 THEN CAST(matured AS DOUBLE) END AS n
    FROM added_trials
)

SELECT
    rated_trials.period_index,
    /*by*/ segment_values.value AS segment,
    result_currencies.currency,
    started,
    matured,
    converted,
    rate AS conversion_rate,
    CASE WHEN converted = 0 AND n > 0 THEN 0.0 ELSE
        (rate + 3.8414588206941254 / (2 * n) - 1.959963984540054 * SQRT(rate * (1 - rate) / n + 3.8414588206941254 / (4 * n * n)))
        / (1 + 3.8414588206941254 / n)
    END AS low,
    CASE WHEN converted = n THEN 1.0 ELSE
        (rate + 3.8414588206941254 / (2 * n) + 1.959963984540054 * SQRT(rate * (1 - rate) / n + 3.8414588206941254 / (4 * n * n)))
        / (1 + 3.8414588206941254 / n)
    END AS high,
    matured < 30 AS small_sample
FROM rated_trials
INNER JOIN result_currencies ON rated_trials.currency_code = result_currencies.currency_code
/*by*/ LEFT JOIN segment_values ON segment_values.column_no = $by_column AND rated_trials.segment = segment_values.value_code
WHERE rated_trials.period_index >= $first_period
    /*by*/ AND started > 0
ORDER BY
    rated_trials.period_index,
    /*by*/ segment_values.value NULLS LAST,
    result_currencies.currency
