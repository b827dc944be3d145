-- Which value of each segment column does each customer have, from when to when?
-- One row: a column, a customer and a stretch of days; an account's own columns hold for ever.
-- needs: account_values, changing_values, known_customers
SELECT
    account_values.column_no,
    known_customers.customer_key,
    DATE '0001-01-01' AS from_day,
    DATE '9999-12-31' AS to_day,
    account_values.value_code
FROM account_values
INNER JOIN known_customers ON account_values.account_key = known_customers.account_key
/*changing*/ UNION ALL
/*changing*/ SELECT column_no, customer_key, from_day, to_day, value_code
/*changing*/ FROM changing_values
