-- Which combination of configured segment values does each customer have, from when to when?
-- One row: a customer and a stretch of days; `segment` mixes the value codes into one number.
-- needs: account_values, changing_values, configured_columns, known_customers
WITH own_parts AS (
    SELECT account_values.account_key, SUM(account_values.value_code * configured_columns.radix) AS part
    FROM account_values
    INNER JOIN configured_columns ON account_values.column_no = configured_columns.column_no
    GROUP BY account_values.account_key
),

customer_parts AS (
    SELECT known_customers.customer_key, COALESCE(own_parts.part, 0) AS part
    FROM known_customers
    LEFT JOIN own_parts ON known_customers.account_key = own_parts.account_key
),

changing_columns AS (
    SELECT column_no, radix, COUNT(*) OVER () AS how_many
    FROM configured_columns
    WHERE column_no IN (SELECT DISTINCT column_no FROM changing_values)
),

changing_parts AS (
    SELECT
        changing_values.customer_key,
        changing_values.from_day,
        changing_values.to_day,
        changing_values.value_code * changing_columns.radix AS part,
        changing_columns.how_many
    FROM changing_values
    INNER JOIN changing_columns ON changing_values.column_no = changing_columns.column_no
),

-- With several columns that change, the number changes by the difference of a column's stretches.
part_changes AS (
    SELECT customer_key, DATE '0001-01-01' AS from_day, part AS delta FROM customer_parts
    UNION ALL
    SELECT customer_key, from_day, part AS delta FROM changing_parts
    UNION ALL
    SELECT customer_key, to_day AS from_day, -part AS delta FROM changing_parts
    WHERE to_day < DATE '9999-12-31'
),

combination_days AS (
    SELECT customer_key, from_day, SUM(delta) AS delta
    FROM part_changes
    WHERE EXISTS (SELECT 1 FROM changing_columns WHERE how_many > 1)
    GROUP BY customer_key, from_day
)

SELECT
    customer_parts.customer_key,
    COALESCE(changing_parts.from_day, DATE '0001-01-01') AS from_day,
    COALESCE(changing_parts.to_day, DATE '9999-12-31') AS to_day,
    CAST(customer_parts.part + COALESCE(changing_parts.part, 0) AS INTEGER) AS segment
FROM customer_parts
LEFT JOIN changing_parts ON customer_parts.customer_key = changing_parts.customer_key
WHERE NOT EXISTS (SELECT 1 FROM changing_columns WHERE how_many > 1)
UNION ALL
SELECT
    customer_key,
    from_day,
    COALESCE(LEAD(from_day) OVER running, DATE '9999-12-31') AS to_day,
    CAST(SUM(delta) OVER running AS INTEGER) AS segment
FROM combination_days
WINDOW running AS (PARTITION BY customer_key ORDER BY from_day ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW)
