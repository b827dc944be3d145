-- Which accounts do the filters on an account's own columns let in?
-- One row: an account that meets all of them.
-- needs: account_values, chosen_values
SELECT account_values.account_key
FROM account_values
INNER JOIN chosen_values
    ON account_values.column_no = chosen_values.column_no
    AND account_values.value_code = chosen_values.value_code
GROUP BY account_values.account_key
HAVING COUNT(DISTINCT account_values.column_no) = $own_filter_count
