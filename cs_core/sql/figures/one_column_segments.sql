-- Which value of the one column asked for does each customer have, and is it let in?
-- One row: as in `customer_segments`, for a question that names a single column.
-- needs: value_states, chosen_values, asked_columns
SELECT
    value_states.customer_key,
    value_states.from_day,
    value_states.to_day,
    /*by&!where*/ value_states.value_code AS segment
    /*where*/ CASE
        /*where&by*/ WHEN chosen_values.value_code IS NOT NULL THEN value_states.value_code
        /*where&!by*/ WHEN chosen_values.value_code IS NOT NULL THEN 0
        /*where*/ ELSE -1
    /*where*/ END AS segment
FROM value_states
/*where*/ LEFT JOIN chosen_values ON value_states.value_code = chosen_values.value_code
WHERE value_states.column_no = (SELECT MAX(column_no) FROM asked_columns)
