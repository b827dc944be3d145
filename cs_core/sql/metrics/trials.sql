-- Which share of those who started a trial became customers?
-- kind: period
-- grain: period of the trial's start x segment x currency
-- unit: rate
-- parameters: period, from, to, as_of, by, where, currency, policies
-- heeds: event, no_trials
-- keys: period, segment, currency
-- explain: row = rows of starts, started = rows of starts, matured = rows of starts over,
--   converted = rows of starts converted, conversion_rate = rows of starts converted
-- absent: none
-- starts: trial_starts
-- definition: converted / matured, 95 % Wilson interval (Wilson 1927); matured: the trial's end lies on or
--   before the as-of date; converted: the first paid day is not later than the trial's end
-- decision: one trial an account, its first, and only if it had not paid before
-- decision: a cohort's rate does not change once its trials have ended: who pays later is no conversion
-- decision: accounts that never paid have the segment value of their trial's start
-- fills: shares with conversion_shares, counted_starts with counted_trials, waiting_times with trial_times
-- needs: rated_shares, result_currencies, segment_values
SELECT
    rated_shares.period_index,
    /*by*/ segment_values.value AS segment,
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
    result_currencies.currency
