-- To which value of the column asked for does each combination belong, and is it let in?
-- One row: a combination; `segment` as in `customer_segments`.
-- needs: combination_values, chosen_values
SELECT
    combination_values.combination,
    CASE
        WHEN COUNT(DISTINCT CASE WHEN chosen_values.column_no IS NOT NULL THEN combination_values.column_no END) = $filter_count
            THEN MAX(CASE WHEN combination_values.column_no = $by_column THEN combination_values.value_code ELSE 0 END)
        ELSE -1
    END AS segment
FROM combination_values
LEFT JOIN chosen_values
    ON combination_values.column_no = chosen_values.column_no
    AND combination_values.value_code = chosen_values.value_code
GROUP BY combination_values.combination
