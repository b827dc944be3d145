-- Which plan is each customer on at each moment?
-- One row: a customer and a moment; the value with the most MRR.
-- needs: risk_states, value_states
SELECT
    risk_states.customer_key,
    risk_states.months_ago,
    MIN(value_states.value_code) AS plan_code
FROM risk_states
INNER JOIN value_states
    ON risk_states.customer_key = value_states.customer_key
    AND value_states.column_no = $plan_column
    AND risk_states.day >= value_states.from_day
    AND risk_states.day < value_states.to_day
GROUP BY risk_states.customer_key, risk_states.months_ago
