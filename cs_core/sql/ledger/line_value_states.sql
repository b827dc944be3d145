-- Which value of one subscriptions column holds most of a customer's MRR, from when to when?
-- One row: a customer and a stretch of days with one value, while it is a customer.
-- needs: earning_lines, segment_values
-- decision: ties go to the first value in code-point order, the blank one last
WITH valued_lines AS (
    SELECT
        earning_lines.customer_key,
        earning_lines.start_day,
        earning_lines.end_day,
        earning_lines.mrr,
        -- Codes follow code-point order; the blank value comes after all of them.
        COALESCE(segment_values.value_code, 2000000000) AS value_order
    FROM earning_lines
    LEFT JOIN segment_values
        ON segment_values.column_no = $column_no
        AND earning_lines.value = segment_values.value
    /*!zero_customer*/ WHERE earning_lines.mrr > 0
),

-- Where no two lines overlap, each line's value simply holds from its start.
line_bounds AS (
    SELECT
        customer_key,
        start_day,
        value_order,
        LAG(value_order) OVER chronological AS preceding_order,
        start_day < MAX(COALESCE(end_day, DATE '9999-12-31')) OVER earlier AS overlaps_earlier
    FROM valued_lines
    WINDOW
        chronological AS (PARTITION BY customer_key ORDER BY start_day),
        earlier AS (PARTITION BY customer_key ORDER BY start_day ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING)
),

contested_customers AS (
    SELECT DISTINCT customer_key
    FROM line_bounds
    WHERE overlaps_earlier
),

contested_events AS (
    SELECT valued_lines.customer_key, valued_lines.value_order, start_day AS day, mrr AS delta, 1 AS line_delta
    FROM valued_lines
    INNER JOIN contested_customers ON valued_lines.customer_key = contested_customers.customer_key
    UNION ALL
    SELECT valued_lines.customer_key, valued_lines.value_order, end_day AS day, -mrr AS delta, -1 AS line_delta
    FROM valued_lines
    INNER JOIN contested_customers ON valued_lines.customer_key = contested_customers.customer_key
    WHERE end_day IS NOT NULL
),

value_day_changes AS (
    SELECT customer_key, value_order, day, SUM(delta) AS delta, SUM(line_delta) AS line_delta
    FROM contested_events
    GROUP BY customer_key, value_order, day
),

value_days AS (
    SELECT
        contested_days.customer_key,
        contested_days.day,
        held_values.value_order,
        SUM(COALESCE(value_day_changes.delta, 0)) OVER running AS mrr,
        SUM(COALESCE(value_day_changes.line_delta, 0)) OVER running AS lines_held
    FROM (SELECT DISTINCT customer_key, day FROM value_day_changes) AS contested_days
    INNER JOIN (SELECT DISTINCT customer_key, value_order FROM value_day_changes) AS held_values
        ON contested_days.customer_key = held_values.customer_key
    LEFT JOIN value_day_changes
        ON contested_days.customer_key = value_day_changes.customer_key
        AND contested_days.day = value_day_changes.day
        AND held_values.value_order = value_day_changes.value_order
    WINDOW running AS (
        PARTITION BY contested_days.customer_key, held_values.value_order ORDER BY contested_days.day
    )
),

ranked_values AS (
    SELECT
        customer_key,
        day,
        value_order,
        ROW_NUMBER() OVER (PARTITION BY customer_key, day ORDER BY mrr DESC, value_order) AS place
    FROM value_days
    WHERE lines_held > 0
),

contested_values AS (
    SELECT
        customer_key,
        day,
        value_order,
        LAG(value_order) OVER (PARTITION BY customer_key ORDER BY day) AS preceding_order
    FROM ranked_values
    WHERE place = 1
),

all_values AS (
    SELECT customer_key, day, value_order
    FROM contested_values
    WHERE preceding_order IS NULL OR preceding_order <> value_order
    UNION ALL
    SELECT line_bounds.customer_key, line_bounds.start_day AS day, line_bounds.value_order
    FROM line_bounds
    WHERE (preceding_order IS NULL OR preceding_order <> value_order)
        AND NOT EXISTS (
            SELECT 1 FROM contested_customers
            WHERE contested_customers.customer_key = line_bounds.customer_key
        )
)

SELECT
    $column_no AS column_no,
    customer_key,
    CASE WHEN ROW_NUMBER() OVER chronological = 1 THEN DATE '0001-01-01' ELSE day END AS from_day,
    COALESCE(LEAD(day) OVER chronological, DATE '9999-12-31') AS to_day,
    CASE WHEN value_order = 2000000000 THEN 0 ELSE value_order END AS value_code
FROM all_values
WINDOW chronological AS (PARTITION BY customer_key ORDER BY day)
