-- How many monthly payments do customers make, and how much is each?
-- kind: tenure
-- grain: last payment x lost x payment x segment x currency
-- unit: count and money
-- parameters: as_of, by, where, currency, spells, policies
-- heeds: event, constant_rates
-- keys: last_payment, lost, payment, segment, currency
-- absent: zero
-- dates: not needed
-- definition: by the last payment known to be made and whether the next was missed, the customers whose
--   payment changes at a payment, and by how much; at payment 0 all of them, from nothing
-- money: mrr_change
-- decision: payment p is due on the p-th monthly anniversary of the start; who ends on that day has not made it
-- decision: a missed payment counts from the day it was due; the first spell of each customer unless all are asked for
-- needs: payment_changes, result_currencies, segment_values
SELECT
    payment_changes.last_payment,
    payment_changes.lost,
    payment_changes.payment,
    /*by*/ segment_values.value AS segment,
    result_currencies.currency,
    COUNT(*) AS customers,
    CAST(SUM(payment_changes.delta) AS HUGEINT) AS mrr_change
FROM payment_changes
INNER JOIN result_currencies ON payment_changes.customer_key % $currency_count = result_currencies.currency_code
/*by*/ LEFT JOIN segment_values ON segment_values.column_no = $by_column AND payment_changes.segment = segment_values.value_code
GROUP BY
    payment_changes.last_payment,
    payment_changes.lost,
    payment_changes.payment,
    /*by*/ segment_values.value,
    result_currencies.currency
ORDER BY
    /*by*/ segment_values.value NULLS LAST,
    result_currencies.currency,
    payment_changes.last_payment,
    payment_changes.lost,
    payment_changes.payment
