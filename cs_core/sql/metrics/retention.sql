-- What became of the MRR of those who were customers some months ago?
-- kind: period
-- grain: period x segment x currency
-- unit: rate
-- parameters: period, from, to, as_of, by, where, currency, window, policies
-- heeds: snapshot, constant_rates
-- keys: period, window_months, segment, currency
-- explain: row = rows of members, starting_customers = rows of members, starting_mrr = earlier of members,
--   customer_retention = kept of members, nrr = later of members, grr = capped of members
-- absent: none
-- partial: left out
-- cube: yes
-- definition: NRR = their MRR now / their MRR then; GRR caps each account's MRR now at its MRR then
-- money: starting_mrr
-- decision: per account, not from totals; segment value at the earlier instant
-- decision: unfinished periods are left out; rates are constant rates
-- decision: 95 % limits of NRR and GRR: customers are who they happened to be (`retention_limits`)
-- needs: retention_limits, result_currencies, segment_values
SELECT
    retention_limits.period_index,
    /*by*/ segment_values.value AS segment,
    result_currencies.currency,
    CAST($window AS INTEGER) AS window_months,
    starting_customers,
    starting_mrr,
    CASE WHEN starting_customers > 0 THEN CAST(kept_customers AS DOUBLE) / starting_customers END AS customer_retention,
    nrr,
    grr,
    nrr_low,
    nrr_high,
    grr_low,
    grr_high,
    starting_customers < $small_sample AS small_sample
FROM retention_limits
INNER JOIN result_currencies ON retention_limits.currency_code = result_currencies.currency_code
/*by*/ LEFT JOIN segment_values ON segment_values.column_no = $by_column AND retention_limits.segment = segment_values.value_code
WHERE retention_limits.period_index >= $first_period
    AND retention_limits.period_index <= $last_complete_period
    /*by*/ AND starting_customers > 0
ORDER BY
    retention_limits.period_index,
    /*by*/ segment_values.value NULLS LAST,
    result_currencies.currency
