-- Which share of customers and of MRR was lost?
-- grain: period x segment x currency
-- unit: rate
-- parameters: period, from, to, as_of, by, where, currency, policies
-- definition: customers at the start who are not customers at the end, over customers at the start;
--   gross MRR churn = (churn + contraction) / opening MRR; net subtracts expansion
-- decision: 95 % Wilson score interval, exact normal quantile, no continuity correction (Wilson 1927)
-- decision: below 30 in the denominator the rate is marked as a small sample
-- needs: bridge, churn_changes, result_currencies, segment_values
WITH lost_customers_by_period AS (
    SELECT
        bridge.*,
        bridge.period_index > $last_complete_period AS partial,
        COALESCE(churn_changes.lost_customers, 0)
        /*count_same_period*/ + COALESCE(churn_changes.joined_and_left, 0)
        AS lost_customers,
        COALESCE(churn_changes.joined_and_left, 0) AS joined_and_left,
        COALESCE(churn_changes.left_and_returned, 0) AS left_and_returned,
        bridge.opening_customers
        /*start_plus_new*/ + bridge.new_customers
        AS denominator
    FROM bridge
    LEFT JOIN churn_changes
        ON bridge.segment = churn_changes.segment
        AND bridge.currency_code = churn_changes.currency_code
        AND bridge.period_index = churn_changes.period_index
),

-- NULL where there is no rate to speak of: nobody at the start, or an unfinished period.
rated_periods AS (
    SELECT
        lost_customers_by_period.*,
        CASE WHEN NOT partial AND denominator > 0 THEN CAST(lost_customers AS DOUBLE) / denominator END AS rate,
        CASE WHEN NOT partial AND denominator > 0 AND lost_customers <= denominator THEN CAST(denominator AS DOUBLE) END AS n,
        CASE WHEN NOT partial AND opening_mrr > 0 THEN CAST(opening_mrr AS DOUBLE) END AS opening
    FROM lost_customers_by_period
)

SELECT
    rated_periods.period_index,
    /*by*/ segment_values.value AS segment,
    result_currencies.currency,
    opening_customers,
    lost_customers,
    rate AS customer_churn_rate,
    CASE WHEN lost_customers = 0 AND n > 0 THEN 0.0 ELSE
        (rate + 3.8414588206941254 / (2 * n) - 1.959963984540054 * SQRT(rate * (1 - rate) / n + 3.8414588206941254 / (4 * n * n)))
        / (1 + 3.8414588206941254 / n)
    END AS customer_churn_low,
    CASE WHEN lost_customers = n THEN 1.0 ELSE
        (rate + 3.8414588206941254 / (2 * n) + 1.959963984540054 * SQRT(rate * (1 - rate) / n + 3.8414588206941254 / (4 * n * n)))
        / (1 + 3.8414588206941254 / n)
    END AS customer_churn_high,
    CAST(churned_mrr + contraction_mrr AS DOUBLE) / opening AS gross_mrr_churn_rate,
    CAST(churned_mrr + contraction_mrr - expansion_mrr
        /*net_reactivation*/ - reactivation_mrr
    AS DOUBLE) / opening AS net_mrr_churn_rate,
    joined_and_left,
    left_and_returned,
    denominator < 30 AS small_sample,
    partial
FROM rated_periods
INNER JOIN result_currencies ON rated_periods.currency_code = result_currencies.currency_code
/*by*/ LEFT JOIN segment_values ON segment_values.column_no = $by_column AND rated_periods.segment = segment_values.value_code
WHERE rated_periods.period_index >= $first_period
    /*by*/ AND (opening_customers <> 0 OR closing_customers <> 0 OR new_customers <> 0 OR reactivated_customers <> 0
    /*by*/ OR transferred_in_customers <> 0 OR joined_and_left <> 0)
ORDER BY
    rated_periods.period_index,
    /*by*/ segment_values.value NULLS LAST,
    result_currencies.currency
