-- Which value of each segment column does an account have on the day it begins without paying?
-- One row: a column and an account, for ever; as `value_states`, for accounts that may never pay.
-- needs: account_values, account_entries, line_start_values
-- decision: a subscriptions column that can change has the value of the lines that start that day,
-- the one with the most MRR after the trial; ties in code-point order, blank last
SELECT
    account_values.column_no,
    account_entries.customer_key,
    DATE '0001-01-01' AS from_day,
    DATE '9999-12-31' AS to_day,
    account_values.value_code
FROM account_values
INNER JOIN account_entries ON account_values.account_key = account_entries.account_key
/*changing*/ UNION ALL
/*changing*/ SELECT column_no, customer_key, DATE '0001-01-01', DATE '9999-12-31', value_code
/*changing*/ FROM line_start_values
