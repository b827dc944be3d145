-- What does each line earn at the rates of the as-of month?
-- One row: an earning line in the reporting currency.
-- needs: effective_lines, rate_months
WITH multiplied_lines AS (
    SELECT
        effective_lines.*,
        CAST(effective_lines.mrr AS HUGEINT) * rate_months.rate AS numerator,
        rate_months.reporting_rate AS denominator
    FROM effective_lines
    INNER JOIN rate_months
        ON effective_lines.currency_code = rate_months.currency_code
        AND rate_months.from_day <= $as_of
        AND (rate_months.to_day IS NULL OR rate_months.to_day > $as_of)
)

SELECT
    account_key AS customer_key,
    start_day,
    end_day,
    CAST(numerator // denominator + CASE
        WHEN (numerator % denominator) * 2 > denominator
            OR ((numerator % denominator) * 2 = denominator AND (numerator // denominator) % 2 = 1) THEN 1
        ELSE 0
    END AS BIGINT) AS mrr,
    FALSE AS revalued,
    FALSE AS continued,
    file_no,
    source_line,
    subscription_id,
    cancel_reason,
    churn_kind
    /*with_value*/ , value
FROM multiplied_lines
