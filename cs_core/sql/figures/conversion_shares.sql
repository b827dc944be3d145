-- How many of those who began had to decide by as-of, and how many became customers?
-- One row: a period, waiting time, segment and currency, with zeros where nobody began.
-- needs: counted_starts, waiting_times, result_currencies, numbers
WITH shown_values AS (
    /*!by*/ SELECT 0 AS segment, currency_code FROM result_currencies
    /*by*/ SELECT DISTINCT segment, currency_code FROM counted_starts
),

added_starts AS (
    SELECT
        shown_values.segment,
        shown_values.currency_code,
        waiting_times.within_days,
        $grid_first + numbers.n AS period_index,
        COUNT(counted_starts.matured) AS started,
        CAST(COALESCE(SUM(counted_starts.matured), 0) AS BIGINT) AS matured,
        CAST(COALESCE(SUM(counted_starts.converted), 0) AS BIGINT) AS converted
    FROM shown_values
    CROSS JOIN waiting_times
    INNER JOIN numbers ON numbers.n <= $last_period - $grid_first
    LEFT JOIN counted_starts
        ON shown_values.segment = counted_starts.segment
        AND shown_values.currency_code = counted_starts.currency_code
        AND waiting_times.within_days = counted_starts.within_days
        AND counted_starts.period_index = $grid_first + numbers.n
    GROUP BY shown_values.segment, shown_values.currency_code, waiting_times.within_days, $grid_first + numbers.n
)

SELECT
    added_starts.*,
    converted AS counted,
    CASE WHEN matured > 0 THEN matured END AS total
FROM added_starts
