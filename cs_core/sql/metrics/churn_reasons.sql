-- For which reasons did customers leave, and was it their choice?
-- kind: period
-- grain: period x reason x kind x segment x currency
-- unit: count and money
-- parameters: period, from, to, as_of, by, where, currency, policies
-- heeds: snapshot
-- keys: period, cancel_reason, churn_kind, segment, currency
-- explain: row = rows of reasons, churned_customers = rows of reasons, churned_mrr = loss of reasons
-- absent: zero
-- definition: the churn of the bridge by the reason of the line that ended that day
-- money: churned_mrr
-- decision: of several lines ending that day the one with the most MRR speaks, then the first by reason
-- decision: under snapshot the reason is that of the last day in the period on which the customer left
-- needs: placed_movements, ending_reasons, result_currencies, segment_values
SELECT
    placed_movements.period_index,
    /*by*/ segment_values.value AS segment,
    result_currencies.currency,
    ending_reasons.cancel_reason,
    ending_reasons.churn_kind,
    COUNT(*) AS churned_customers,
    CAST(SUM(-placed_movements.delta) AS HUGEINT) AS churned_mrr
FROM placed_movements
INNER JOIN result_currencies ON placed_movements.customer_key % $currency_count = result_currencies.currency_code
LEFT JOIN ending_reasons
    ON placed_movements.customer_key = ending_reasons.customer_key
    AND placed_movements.churn_day = ending_reasons.end_day
/*by*/ LEFT JOIN segment_values ON segment_values.column_no = $by_column AND placed_movements.segment = segment_values.value_code
WHERE placed_movements.movement = 'churn'
    AND placed_movements.period_index >= $first_period AND placed_movements.period_index <= $last_period
GROUP BY
    placed_movements.period_index,
    /*by*/ segment_values.value,
    result_currencies.currency,
    ending_reasons.cancel_reason,
    ending_reasons.churn_kind
ORDER BY
    placed_movements.period_index,
    /*by*/ segment_values.value NULLS LAST,
    result_currencies.currency,
    churned_mrr DESC,
    ending_reasons.cancel_reason NULLS LAST,
    ending_reasons.churn_kind NULLS LAST
