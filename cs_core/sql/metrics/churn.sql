-- Which share of customers and of MRR was lost?
-- kind: period
-- grain: period x segment x currency
-- unit: rate
-- parameters: period, from, to, as_of, by, where, currency, policies
-- heeds: snapshot
-- keys: period, segment, currency
-- explain: row = rows of departures lost, lost_customers = rows of departures lost,
--   opening_customers = customers of before, customer_churn_rate = rows of departures lost,
--   gross_mrr_churn_rate = loss of movements churn contraction,
--   net_mrr_churn_rate = loss of movements churn contraction expansion net_reactivation/reactivation,
--   joined_and_left = rows of departures passing, left_and_returned = rows of departures returned
-- absent: zero
-- cube: yes
-- definition: customers at the start who are not customers at the end, over customers at the start;
--   gross MRR churn = (churn + contraction) / opening MRR; net subtracts expansion
-- decision: 95 % Wilson score interval, exact normal quantile, no continuity correction (Wilson 1927)
-- decision: below 30 in the denominator the rate is marked as a small sample
-- fills: shares with churn_shares
-- needs: rated_shares, result_currencies, segment_values
SELECT
    rated_shares.period_index,
    /*by*/ segment_values.value AS segment,
    result_currencies.currency,
    opening_customers,
    lost_customers,
    rate AS customer_churn_rate,
    low AS customer_churn_low,
    high AS customer_churn_high,
    CAST(churned_mrr + contraction_mrr AS DOUBLE) / opening AS gross_mrr_churn_rate,
    CAST(churned_mrr + contraction_mrr - expansion_mrr
        /*net_reactivation*/ - reactivation_mrr
    AS DOUBLE) / opening AS net_mrr_churn_rate,
    joined_and_left,
    left_and_returned,
    denominator < $small_sample AS small_sample,
    partial,
    denominator
FROM rated_shares
INNER JOIN result_currencies ON rated_shares.currency_code = result_currencies.currency_code
/*by*/ LEFT JOIN segment_values ON segment_values.column_no = $by_column AND rated_shares.segment = segment_values.value_code
WHERE rated_shares.period_index >= $first_period
    /*by*/ AND (opening_customers <> 0 OR closing_customers <> 0 OR new_customers <> 0 OR reactivated_customers <> 0
    /*by*/ OR transferred_in_customers <> 0 OR joined_and_left <> 0)
ORDER BY
    rated_shares.period_index,
    /*by*/ segment_values.value NULLS LAST,
    result_currencies.currency
