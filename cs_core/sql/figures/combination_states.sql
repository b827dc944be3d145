-- Which combination of configured segment values does each customer have, from when to when?
-- One row: a customer and a stretch of days; `combination` mixes the value codes into one number.
-- needs: value_states, configured_columns
WITH value_days AS (
    SELECT DISTINCT value_states.customer_key, value_states.from_day
    FROM value_states
    INNER JOIN configured_columns ON value_states.column_no = configured_columns.column_no
),

combinations_on_days AS (
    SELECT
        value_days.customer_key,
        value_days.from_day,
        CAST(SUM(value_states.value_code * configured_columns.radix) AS INTEGER) AS segment
    FROM value_days
    INNER JOIN value_states
        ON value_days.customer_key = value_states.customer_key
        AND value_days.from_day >= value_states.from_day
        AND value_days.from_day < value_states.to_day
    INNER JOIN configured_columns ON value_states.column_no = configured_columns.column_no
    GROUP BY value_days.customer_key, value_days.from_day
)

SELECT
    customer_key,
    from_day,
    COALESCE(LEAD(from_day) OVER (PARTITION BY customer_key ORDER BY from_day), DATE '9999-12-31') AS to_day,
    segment
FROM combinations_on_days
