-- What does each line earn at the rate of each month?
-- One row: the stretch of a line that has one rate. `revalued`: the stretch continues its line at
-- a new rate; `continued`: the line goes on after it at another.
-- needs: effective_lines, rate_months
-- decision: a line that ends on the first day of a month is revalued first and ends at that month's rate
WITH stretches AS (
    SELECT
        effective_lines.*,
        GREATEST(effective_lines.start_day, rate_months.from_day) AS stretch_start,
        LEAST(effective_lines.end_day, rate_months.to_day) AS stretch_end,
        effective_lines.start_day < rate_months.from_day AS revalued,
        rate_months.to_day IS NOT NULL
        AND (effective_lines.end_day IS NULL OR rate_months.to_day <= effective_lines.end_day) AS continued,
        CAST(effective_lines.mrr AS HUGEINT) * rate_months.rate AS numerator,
        rate_months.reporting_rate AS denominator
    FROM effective_lines
    INNER JOIN rate_months
        ON effective_lines.currency_code = rate_months.currency_code
        AND (effective_lines.end_day IS NULL OR rate_months.from_day <= effective_lines.end_day)
        AND (rate_months.to_day IS NULL OR rate_months.to_day > effective_lines.start_day)
)

SELECT
    account_key AS customer_key,
    stretch_start AS start_day,
    stretch_end AS end_day,
    CAST(numerator // denominator + CASE
        WHEN (numerator % denominator) * 2 > denominator
            OR ((numerator % denominator) * 2 = denominator AND (numerator // denominator) % 2 = 1) THEN 1
        ELSE 0
    END AS BIGINT) AS mrr,
    revalued,
    continued,
    file_no,
    source_line,
    subscription_id,
    cancel_reason,
    churn_kind
    /*with_value*/ , value
FROM stretches
