-- How do a customer's payments vary together?
-- kind: tenure
-- grain: payment x other payment x segment x currency
-- unit: money squared
-- parameters: as_of, by, where, currency, spells, policies
-- heeds: event, constant_rates
-- keys: payment, other_payment, segment, currency
-- absent: zero
-- dates: not needed
-- definition: sum over customers of the change at one payment times the change at another (payment <= other);
--   after its last known payment a customer's falls to nothing. Summed twice over both, it gives the sums of products
-- decision: of the first 60 payments; summed exactly: a sum of floats differs with the order of the rows
-- needs: payment_changes, result_currencies, segment_values
WITH ended_changes AS (
    SELECT customer_key, start_day, segment, payment, delta
    FROM payment_changes
    UNION ALL
    SELECT customer_key, start_day, segment, last_payment + 1, -SUM(delta)
    FROM payment_changes
    GROUP BY customer_key, start_day, segment, last_payment
),

early_changes AS (
    SELECT customer_key, start_day, segment, payment, CAST(delta AS DECIMAL(19, 0)) AS delta
    FROM ended_changes
    WHERE payment < 60 AND delta <> 0
),

other_changes AS (
    SELECT customer_key, start_day, payment, delta FROM early_changes
)

SELECT
    early_changes.payment,
    other_changes.payment AS other_payment,
    /*by*/ segment_values.value AS segment,
    result_currencies.currency,
    CAST(SUM(early_changes.delta * other_changes.delta) AS DOUBLE) / 1000000000000 AS product
FROM early_changes
INNER JOIN other_changes ON early_changes.customer_key = other_changes.customer_key
    AND early_changes.start_day IS NOT DISTINCT FROM other_changes.start_day
    AND early_changes.payment <= other_changes.payment
INNER JOIN result_currencies ON early_changes.customer_key % $currency_count = result_currencies.currency_code
/*by*/ LEFT JOIN segment_values ON segment_values.column_no = $by_column AND early_changes.segment = segment_values.value_code
GROUP BY
    early_changes.payment,
    other_changes.payment,
    /*by*/ segment_values.value,
    result_currencies.currency
ORDER BY
    /*by*/ segment_values.value NULLS LAST,
    result_currencies.currency,
    early_changes.payment,
    other_changes.payment
