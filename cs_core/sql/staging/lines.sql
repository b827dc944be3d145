-- Which priced lines does the data hold, and what does each earn a month?
-- One row: one accepted line. Money is whole millionths of the line's currency, rounded once,
-- half to even; `gross_mrr` is before recurring discounts.
-- needs: source_subscriptions, rejections, account_keys, currencies
-- decision: mrr wins over amount; a discount applies to amount and cannot take it below zero
WITH usable_rows AS (
    SELECT
        source_subscriptions.*,
        CASE billing_interval
            WHEN 'week' THEN 52 WHEN 'day' THEN 365 ELSE 1
        END AS months_numerator,
        CASE billing_interval
            WHEN 'week' THEN 12 WHEN 'day' THEN 12 WHEN 'quarter' THEN 3 WHEN 'year' THEN 12 ELSE 1
        END * COALESCE(interval_count, 1) AS months_denominator,
        -- In millionths: 20% is 200000.
        CASE WHEN discount LIKE '%\%' ESCAPE '\'
            THEN CAST(TRY_CAST(REPLACE(discount, '%', '') AS DECIMAL(18, 4)) * 10000 AS BIGINT)
        END AS discount_share,
        CASE WHEN discount NOT LIKE '%\%' ESCAPE '\'
            THEN CAST(TRY_CAST(discount AS DECIMAL(38, 12)) * 1000000000000 AS HUGEINT)
        END AS discount_money
    FROM source_subscriptions
    WHERE NOT EXISTS (
        SELECT 1 FROM rejections
        WHERE rejections.file_no = source_subscriptions.file_no
            AND rejections.source_line = source_subscriptions.source_line
    )
),

-- amount x quantity in 10^-18 units; a share in millionths is kept as one more factor.
priced_rows AS (
    SELECT
        usable_rows.*,
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
    FROM usable_rows
),

divided_rows AS (
    SELECT
        priced_rows.*,
        gross_numerator // gross_denominator AS gross_whole,
        gross_numerator % gross_denominator AS gross_rest,
        net_numerator // net_denominator AS net_whole,
        net_numerator % net_denominator AS net_rest
    FROM priced_rows
),

rounded_rows AS (
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
        END AS BIGINT) AS net_mrr
    FROM divided_rows
)

SELECT
    account_keys.account_key,
    COALESCE(currencies.currency_code, 0) AS currency_code,
    rounded_rows.file_no,
    rounded_rows.source_line,
    COALESCE(rounded_rows.net_mrr, rounded_rows.gross_mrr) AS mrr,
    rounded_rows.gross_mrr,
    rounded_rows.start_date,
    rounded_rows.end_date,
    rounded_rows.trial_end,
    rounded_rows.cancel_requested_at,
    rounded_rows.term_start,
    rounded_rows.term_end,
    rounded_rows.subscription_id,
    rounded_rows.status,
    rounded_rows.cancel_reason,
    rounded_rows.churn_kind,
    CASE
        WHEN rounded_rows.billing_interval IN ('month', 'quarter', 'year')
            THEN CAST(months_denominator AS INTEGER)
    END AS interval_months
    /*with_columns*/ , segment_columns_of_source
FROM rounded_rows
INNER JOIN account_keys ON rounded_rows.account_id = account_keys.account_id
LEFT JOIN currencies ON UPPER(rounded_rows.currency) = currencies.currency
