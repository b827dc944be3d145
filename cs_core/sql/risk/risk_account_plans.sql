-- When did one account's plan change, and to what?
-- One row: a stretch of days with one plan.
-- needs: value_states, account_keys, segment_values
SELECT value_states.from_day, segment_values.value AS plan
FROM value_states
INNER JOIN account_keys ON value_states.customer_key // $currency_count = account_keys.account_key
INNER JOIN segment_values
    ON segment_values.column_no = $plan_column AND segment_values.value_code = value_states.value_code
WHERE account_keys.account_id = $account_id
    AND value_states.column_no = $plan_column
    AND value_states.from_day <= $as_of
ORDER BY value_states.from_day
