-- Which share of those who began for free pays within 30, 90 and 180 days?
-- grain: period of the first free day x days x segment x currency
-- unit: rate
-- parameters: period, from, to, as_of, by, where, currency, policies
-- definition: converted / matured, 95 % Wilson interval (Wilson 1927); matured: the days have passed by the
--   as-of date; converted: the first paid day lies within them
-- decision: an account began for free if all lines of its first day earn nothing and are no trials
-- decision: accounts that never paid have the segment value of their first free day
-- needs: free_starts, calendar, customer_segments, result_currencies, segment_values, numbers
WITH waiting_times AS (
    SELECT 30 AS within_days
    UNION ALL
    SELECT 90 AS within_days
    UNION ALL
    SELECT 180 AS within_days
),

starts_by_period AS (
    SELECT
        calendar.period_index,
        waiting_times.within_days,
        free_starts.customer_key % $currency_count AS currency_code,
        /*whole*/ 0 AS segment,
        /*segmented*/ customer_segments.segment,
        CASE WHEN free_starts.start_day + waiting_times.within_days <= $as_of THEN 1 ELSE 0 END AS matured,
        CASE WHEN free_starts.start_day + waiting_times.within_days <= $as_of
            AND free_starts.first_paid_day <= free_starts.start_day + waiting_times.within_days THEN 1 ELSE 0 END AS converted
    FROM free_starts
    CROSS JOIN waiting_times
    INNER JOIN calendar ON free_starts.start_day = calendar.day
    /*segmented*/ INNER JOIN customer_segments ON free_starts.customer_key = customer_segments.customer_key
        /*segmented*/ AND customer_segments.segment >= 0
),

shown_values AS (
    /*!by*/ SELECT 0 AS segment, currency_code FROM result_currencies
    /*by*/ SELECT DISTINCT segment, currency_code FROM starts_by_period
),

added_starts AS (
    SELECT
        shown_values.segment,
        shown_values.currency_code,
        waiting_times.within_days,
        $grid_first + numbers.n AS period_index,
        COUNT(starts_by_period.matured) AS started,
        CAST(COALESCE(SUM(starts_by_period.matured), 0) AS BIGINT) AS matured,
        CAST(COALESCE(SUM(starts_by_period.converted), 0) AS BIGINT) AS converted
    FROM shown_values
    CROSS JOIN waiting_times
    INNER JOIN numbers ON numbers.n <= $last_period - $grid_first
    LEFT JOIN starts_by_period
        ON shown_values.segment = starts_by_period.segment
        AND shown_values.currency_code = starts_by_period.currency_code
        AND waiting_times.within_days = starts_by_period.within_days
        AND starts_by_period.period_index = $grid_first + numbers.n
    GROUP BY shown_values.segment, shown_values.currency_code, waiting_times.within_days, $grid_first + numbers.n
),

rated_starts AS (
    SELECT
        added_starts.*,
        CASE WHEN matured > 0 THEN CAST(converted AS DOUBLE) / matured END AS rate,
        CASE WHEN matured > 0 THEN CAST(matured AS DOUBLE) END AS n
    FROM added_starts
)

SELECT
    rated_starts.period_index,
    /*by*/ segment_values.value AS segment,
    rated_starts.within_days,
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
FROM rated_starts
INNER JOIN result_currencies ON rated_starts.currency_code = result_currencies.currency_code
/*by*/ LEFT JOIN segment_values ON segment_values.column_no = $by_column AND rated_starts.segment = segment_values.value_code
WHERE rated_starts.period_index >= $first_period
    /*by*/ AND started > 0
ORDER BY
    rated_starts.period_index,
    /*by*/ segment_values.value NULLS LAST,
    rated_starts.within_days,
    result_currencies.currency
