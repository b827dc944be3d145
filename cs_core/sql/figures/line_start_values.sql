-- Which value do the lines have with which an account begins?
-- One row: an account and the column $start_column, whose values are in `line_value` of the lines;
-- `account_starts` is the relation of those who begin. Filled in for each question and column.
-- needs: lines, segment_values
SELECT
    CAST($start_column AS INTEGER) AS column_no,
    ranked_values.customer_key,
    COALESCE(segment_values.value_code, 0) AS value_code
FROM (
    SELECT
        account_starts.customer_key,
        lines.line_value AS value,
        ROW_NUMBER() OVER (
            PARTITION BY account_starts.customer_key
            ORDER BY SUM(lines.mrr) DESC, lines.line_value ASC NULLS LAST
        ) AS place
    FROM account_starts
    INNER JOIN lines
        ON account_starts.account_key = lines.account_key
        AND account_starts.start_day = lines.start_date
        AND ($currency_count = 1 OR account_starts.customer_key % $currency_count = lines.currency_code)
    GROUP BY account_starts.customer_key, lines.line_value
) AS ranked_values
LEFT JOIN segment_values
    ON segment_values.column_no = $start_column
    AND ranked_values.value = segment_values.value
WHERE ranked_values.place = 1
