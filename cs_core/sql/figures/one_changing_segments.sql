-- Which customers are let in, and with which value, where one of the columns asked can change?
-- One row: as in `customer_segments`. Filters on an account's own columns are settled first.
-- needs: changing_values, account_values, chosen_values, passing_accounts
SELECT
    changing_values.customer_key,
    changing_values.from_day,
    changing_values.to_day,
    /*changing_filter*/ CASE WHEN chosen_values.value_code IS NULL THEN -1 ELSE
    /*by_changing*/ changing_values.value_code
    /*by_own*/ account_values.value_code
    /*!by*/ 0
    /*changing_filter*/ END
    AS segment
FROM changing_values
/*by_own*/ INNER JOIN account_values
    /*by_own*/ ON changing_values.customer_key // $currency_count = account_values.account_key AND account_values.column_no = $by_column
/*own_filters*/ INNER JOIN passing_accounts ON changing_values.customer_key // $currency_count = passing_accounts.account_key
/*changing_filter*/ LEFT JOIN chosen_values
    /*changing_filter*/ ON changing_values.column_no = chosen_values.column_no
    /*changing_filter*/ AND changing_values.value_code = chosen_values.value_code
WHERE changing_values.column_no = $changing_column
