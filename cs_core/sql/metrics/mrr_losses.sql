-- How much MRR did single customers lose in each period?
-- kind: period
-- grain: period x segment x size of the loss x currency
-- unit: money and count
-- parameters: period, from, to, as_of, by, where, currency, policies
-- heeds: snapshot
-- keys: period, lost_mrr, segment, currency
-- absent: none
-- definition: churn and contraction of one customer in one period, added up, as in the bridge;
--   customers who lost the same amount are one row
-- money: lost_mrr
-- needs: placed_movements, result_currencies, segment_values
WITH customer_losses AS (
    SELECT
        customer_key,
        segment,
        period_index,
        SUM(-delta) AS lost_mrr
    FROM placed_movements
    WHERE movement IN ('churn', 'contraction')
        AND period_index >= $first_period AND period_index <= $last_period
    GROUP BY customer_key, segment, period_index
)

SELECT
    customer_losses.period_index,
    /*by*/ segment_values.value AS segment,
    result_currencies.currency,
    CAST(customer_losses.lost_mrr AS BIGINT) AS lost_mrr,
    COUNT(*) AS customers
FROM customer_losses
INNER JOIN result_currencies ON customer_losses.customer_key % $currency_count = result_currencies.currency_code
/*by*/ LEFT JOIN segment_values ON segment_values.column_no = $by_column AND customer_losses.segment = segment_values.value_code
WHERE customer_losses.lost_mrr > 0
GROUP BY
    customer_losses.period_index,
    /*by*/ segment_values.value,
    result_currencies.currency,
    customer_losses.lost_mrr
ORDER BY
    customer_losses.period_index,
    /*by*/ segment_values.value NULLS LAST,
    result_currencies.currency,
    customer_losses.lost_mrr DESC
