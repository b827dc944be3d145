-- Which customers are let in, and with which value, where only an account's own columns are asked?
-- One row: as in `customer_segments`; who is kept out has no row, as nobody can come in later.
-- needs: account_values, passing_accounts, known_customers
SELECT
    known_customers.customer_key,
    DATE '0001-01-01' AS from_day,
    DATE '9999-12-31' AS to_day,
    /*by*/ account_values.value_code AS segment
    /*!by*/ 0 AS segment
FROM known_customers
/*by*/ INNER JOIN account_values
    /*by*/ ON known_customers.account_key = account_values.account_key AND account_values.column_no = $by_column
/*own_filters*/ INNER JOIN passing_accounts ON known_customers.account_key = passing_accounts.account_key
