-- Which value of one subscriptions column holds most of a customer's MRR, from when to when?
-- One row: a customer and a stretch of days with one value, while it is a customer.
-- needs: earning_lines
-- decision: ties go to the first value in code-point order, the blank one last
WITH value_events AS (
    SELECT customer_key, value, start_day AS day, mrr AS delta, 1 AS line_delta FROM earning_lines
    UNION ALL
    SELECT customer_key, value, end_day AS day, -mrr AS delta, -1 AS line_delta FROM earning_lines
    WHERE end_day IS NOT NULL
),

-- Most customers have one value all along: they need no comparison.
value_counts AS (
    SELECT customer_key, MIN(value) AS only_value, COUNT(DISTINCT value) + MAX(CASE WHEN value IS NULL THEN 1 ELSE 0 END) AS values_held, MIN(day) AS first_day
    FROM value_events
    GROUP BY customer_key
),

contested_days AS (
    SELECT DISTINCT value_events.customer_key, value_events.day
    FROM value_events
    INNER JOIN value_counts ON value_events.customer_key = value_counts.customer_key
    WHERE value_counts.values_held > 1
),

held_values AS (
    SELECT DISTINCT value_events.customer_key, value_events.value
    FROM value_events
    INNER JOIN value_counts ON value_events.customer_key = value_counts.customer_key
    WHERE value_counts.values_held > 1
),

value_day_changes AS (
    SELECT customer_key, value, day, SUM(delta) AS delta, SUM(line_delta) AS line_delta
    FROM value_events
    GROUP BY customer_key, value, day
),

value_days AS (
    SELECT
        contested_days.customer_key,
        contested_days.day,
        held_values.value,
        SUM(COALESCE(value_day_changes.delta, 0)) OVER running AS mrr,
        SUM(COALESCE(value_day_changes.line_delta, 0)) OVER running AS lines_held
    FROM contested_days
    INNER JOIN held_values ON contested_days.customer_key = held_values.customer_key
    LEFT JOIN value_day_changes
        ON contested_days.customer_key = value_day_changes.customer_key
        AND contested_days.day = value_day_changes.day
        AND held_values.value IS NOT DISTINCT FROM value_day_changes.value
    WINDOW running AS (PARTITION BY contested_days.customer_key, held_values.value ORDER BY contested_days.day)
),

ranked_values AS (
    SELECT
        customer_key,
        day,
        value,
        ROW_NUMBER() OVER (PARTITION BY customer_key, day ORDER BY mrr DESC, value ASC NULLS LAST) AS place
    FROM value_days
    WHERE lines_held > 0
        /*!zero_customer*/ AND mrr > 0
),

leading_values AS (
    SELECT
        customer_key,
        day,
        value,
        COALESCE(value, '') || CASE WHEN value IS NULL THEN 'n' ELSE 'v' END AS value_mark
    FROM ranked_values
    WHERE place = 1
),

changed_values AS (
    SELECT customer_key, day, value
    FROM (
        SELECT
            customer_key,
            day,
            value,
            value_mark,
            LAG(value_mark) OVER (PARTITION BY customer_key ORDER BY day) AS preceding_mark
        FROM leading_values
    ) AS neighbouring_values
    WHERE preceding_mark IS NULL OR preceding_mark <> value_mark
),

all_values AS (
    SELECT customer_key, first_day AS day, only_value AS value
    FROM value_counts
    WHERE values_held = 1
    UNION ALL
    SELECT customer_key, day, value FROM changed_values
)

SELECT
    customer_key,
    CASE WHEN ROW_NUMBER() OVER chronological = 1 THEN DATE '0001-01-01' ELSE day END AS from_day,
    COALESCE(LEAD(day) OVER chronological, DATE '9999-12-31') AS to_day,
    value
FROM all_values
WINDOW chronological AS (PARTITION BY customer_key ORDER BY day)
