-- What does each row earn a month?
-- One row: a usable row with its MRR in whole millionths, rounded once, half to even: `gross_mrr`
-- before recurring discounts, `net_mrr` after them, NULL where there are none.
-- needs: usable_rows
-- decision: mrr wins over amount; a discount applies to amount and cannot take it below zero
-- decision: a week is 12/52 and a day 12/365 of a month
WITH factored_rows AS (
    SELECT
        usable_rows.*,
        CASE billing_interval
            WHEN 'week' THEN 52 WHEN 'day' THEN 365 ELSE 1
        END AS months_numerator,
        CASE billing_interval
            WHEN 'week' THEN 12 WHEN 'day' THEN 12 WHEN 'quarter' THEN 3 WHEN 'year' THEN 12 ELSE 1
        END * COALESCE(interval_count, 1) AS months_denominator,
        -- In millionths: 20% is 200000.
        CASE WHEN RIGHT(discount, 1) = '%'
            THEN CAST(TRY_CAST(REPLACE(discount, '%', '') AS DECIMAL(18, 4)) * 10000 AS BIGINT)
        END AS discount_share,
        CASE WHEN RIGHT(discount, 1) <> '%'
            THEN CAST(TRY_CAST(discount AS DECIMAL(38, 12)) * 1000000000000 AS HUGEINT)
        END AS discount_money
    FROM usable_rows
),

-- amount x quantity in 10^-18 units; a share in millionths is kept as one more factor.
multiplied_rows AS (
    SELECT
        factored_rows.*,
        CASE WHEN mrr IS NULL THEN
            CAST(amount AS HUGEINT) * COALESCE(quantity, 1000000) * months_numerator
        END AS gross_numerator,
        CASE
            WHEN mrr IS NOT NULL OR discount IS NULL THEN NULL
            WHEN discount_share IS NOT NULL THEN
                CAST(amount AS HUGEINT) * COALESCE(quantity, 1000000) * months_numerator
                * GREATEST(0, 1000000 - discount_share)
            ELSE
                GREATEST(
                    0,
                    CAST(amount AS HUGEINT) * COALESCE(quantity, 1000000) - COALESCE(discount_money, 0) * 1000000
                ) * months_numerator
        END AS net_numerator,
        CAST(1000000000000 AS HUGEINT) * months_denominator AS gross_denominator,
        CAST(1000000000000 AS HUGEINT) * months_denominator
        * CASE WHEN discount_share IS NOT NULL THEN 1000000 ELSE 1 END AS net_denominator
    FROM factored_rows
),

divided_rows AS (
    SELECT
        multiplied_rows.*,
        gross_numerator // gross_denominator AS gross_whole,
        gross_numerator % gross_denominator AS gross_rest,
        net_numerator // net_denominator AS net_whole,
        net_numerator % net_denominator AS net_rest
    FROM multiplied_rows
)

SELECT
    divided_rows.*,
    COALESCE(mrr, CAST(gross_whole + CASE
        WHEN gross_rest * 2 > gross_denominator
            OR (gross_rest * 2 = gross_denominator AND gross_whole % 2 = 1) THEN 1
        ELSE 0
    END AS BIGINT)) AS gross_mrr,
    CAST(net_whole + CASE
        WHEN net_rest * 2 > net_denominator
            OR (net_rest * 2 = net_denominator AND net_whole % 2 = 1) THEN 1
        ELSE 0
    END AS BIGINT) AS net_mrr,
    CASE WHEN billing_interval IN ('month', 'quarter', 'year') THEN months_denominator END AS interval_months
FROM divided_rows
