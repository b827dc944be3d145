-- How many answers were followed by a churn?
-- One row: a group of answers (`place`: 1 promoters, 2 passives, 3 detractors), horizon, segment and
-- currency.
-- needs: nps, account_keys, known_ledger, calendar, customer_segments, result_currencies, segment_values
WITH horizons AS (
    SELECT 90 AS horizon_days
    UNION ALL
    SELECT 180 AS horizon_days
),

answering_customers AS (
    SELECT
        known_ledger.customer_key,
        nps.responded_at,
        AVG(nps.score) AS score
    FROM nps
    INNER JOIN account_keys ON nps.account_id = account_keys.account_id
    INNER JOIN known_ledger
        ON account_keys.account_key = known_ledger.customer_key // $currency_count
        AND nps.responded_at >= known_ledger.day
        AND (known_ledger.next_day IS NULL OR nps.responded_at < known_ledger.next_day)
        AND known_ledger.active_after
    INNER JOIN calendar ON nps.responded_at = calendar.day
    WHERE nps.responded_at <= $as_of
        AND nps.score BETWEEN 0 AND 10000000
        AND calendar.period_index >= $first_period AND calendar.period_index <= $last_period
    GROUP BY known_ledger.customer_key, nps.responded_at
),

followed_answers AS (
    SELECT
        answering_customers.customer_key,
        answering_customers.responded_at,
        answering_customers.score,
        horizons.horizon_days,
        COUNT(known_ledger.day) AS churns
    FROM answering_customers
    INNER JOIN horizons ON answering_customers.responded_at + horizons.horizon_days <= $as_of
    LEFT JOIN known_ledger
        ON answering_customers.customer_key = known_ledger.customer_key
        AND known_ledger.movement = 'churn'
        AND known_ledger.day > answering_customers.responded_at
        AND known_ledger.day <= answering_customers.responded_at + horizons.horizon_days
    GROUP BY
        answering_customers.customer_key,
        answering_customers.responded_at,
        answering_customers.score,
        horizons.horizon_days
)

SELECT
    followed_answers.horizon_days,
    CASE WHEN score >= 9000000 THEN 1 WHEN score >= 7000000 THEN 2 ELSE 3 END AS place,
    /*by*/ segment_values.value AS segment,
    result_currencies.currency,
    COUNT(*) AS total,
    COUNT(CASE WHEN churns > 0 THEN 1 END) AS counted
FROM followed_answers
INNER JOIN result_currencies
    ON followed_answers.customer_key % $currency_count = result_currencies.currency_code
/*segmented*/ INNER JOIN customer_segments ON followed_answers.customer_key = customer_segments.customer_key
    /*segmented*/ AND followed_answers.responded_at >= customer_segments.from_day
    /*segmented*/ AND followed_answers.responded_at < customer_segments.to_day
    /*segmented*/ AND customer_segments.segment >= 0
/*by*/ LEFT JOIN segment_values
    /*by*/ ON segment_values.column_no = $by_column AND customer_segments.segment = segment_values.value_code
GROUP BY
    followed_answers.horizon_days,
    CASE WHEN score >= 9000000 THEN 1 WHEN score >= 7000000 THEN 2 ELSE 3 END,
    /*by*/ segment_values.value,
    result_currencies.currency
