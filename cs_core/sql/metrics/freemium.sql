-- Which share of those who began for free pays within 30, 90 and 180 days?
-- kind: period
-- grain: period of the first free day x days x segment x currency
-- unit: rate
-- parameters: period, from, to, as_of, by, where, currency, policies
-- heeds: event, no_trials
-- keys: period, within_days, segment, currency
-- explain: row = rows of starts, started = rows of starts, matured = rows of starts over,
--   converted = rows of starts converted, conversion_rate = rows of starts converted
-- absent: none
-- starts: free_starts
-- definition: converted / matured, 95 % Wilson interval (Wilson 1927); matured: the days have passed by the
--   as-of date; converted: the first paid day lies within them
-- decision: an account began for free if all lines of its first day earn nothing and are no trials
-- decision: accounts that never paid have the segment value of their first free day
-- fills: shares with conversion_shares, counted_starts with counted_free_starts
-- needs: rated_shares, result_currencies, segment_values
SELECT
    rated_shares.period_index,
    /*by*/ segment_values.value AS segment,
    rated_shares.within_days,
    result_currencies.currency,
    started,
    matured,
    converted,
    rate AS conversion_rate,
    low,
    high,
    matured < $small_sample AS small_sample
FROM rated_shares
INNER JOIN result_currencies ON rated_shares.currency_code = result_currencies.currency_code
/*by*/ LEFT JOIN segment_values ON segment_values.column_no = $by_column AND rated_shares.segment = segment_values.value_code
WHERE rated_shares.period_index >= $first_period
    /*by*/ AND started > 0
ORDER BY
    rated_shares.period_index,
    /*by*/ segment_values.value NULLS LAST,
    rated_shares.within_days,
    result_currencies.currency
