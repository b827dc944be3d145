-- Which value of the column asked for does each customer have, from when to when, and do the
-- filters let it in?
-- One row: a customer and a stretch of days; `segment` is the value's code, 0 when the question
-- only filters, -1 where a filter keeps the customer out.
-- needs: value_states, chosen_values, asked_columns
WITH value_days AS (
    SELECT DISTINCT value_states.customer_key, value_states.from_day
    FROM value_states
    INNER JOIN asked_columns ON value_states.column_no = asked_columns.column_no
),

values_on_days AS (
    SELECT
        value_days.customer_key,
        value_days.from_day,
        MAX(CASE WHEN value_states.column_no = $by_column THEN value_states.value_code ELSE 0 END) AS by_code,
        COUNT(DISTINCT CASE WHEN chosen_values.column_no IS NOT NULL THEN value_states.column_no END) AS filters_met
    FROM value_days
    INNER JOIN value_states
        ON value_days.customer_key = value_states.customer_key
        AND value_days.from_day >= value_states.from_day
        AND value_days.from_day < value_states.to_day
    INNER JOIN asked_columns ON value_states.column_no = asked_columns.column_no
    LEFT JOIN chosen_values
        ON value_states.column_no = chosen_values.column_no
        AND value_states.value_code = chosen_values.value_code
    GROUP BY value_days.customer_key, value_days.from_day
)

SELECT
    customer_key,
    from_day,
    COALESCE(LEAD(from_day) OVER (PARTITION BY customer_key ORDER BY from_day), DATE '9999-12-31') AS to_day,
    CASE WHEN filters_met = $filter_count THEN by_code ELSE -1 END AS segment
FROM values_on_days
