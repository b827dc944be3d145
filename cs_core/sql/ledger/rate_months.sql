-- What is a currency worth in the reporting currency, from which day on?
-- One row: a currency and a stretch of days with one rate, rates in 10^-12.
-- needs: fx_rates, currencies
-- decision: the currency that has no rates of its own is the one the rates lead to (rate 1)
-- decision: a month without a rate keeps the last earlier one; months before the first take the first
WITH month_rates AS (
    SELECT UPPER(currency) AS currency, CAST(DATE_TRUNC('month', month) AS DATE) AS from_day, MAX(rate) AS rate
    FROM fx_rates
    GROUP BY UPPER(currency), CAST(DATE_TRUNC('month', month) AS DATE)
),

extended_rates AS (
    SELECT
        currency,
        CASE WHEN from_day = MIN(from_day) OVER (PARTITION BY currency) THEN DATE '0001-01-01' ELSE from_day END AS from_day,
        rate
    FROM month_rates
),

dated_rates AS (
    SELECT currencies.currency_code, extended_rates.from_day, extended_rates.rate
    FROM currencies
    INNER JOIN extended_rates ON currencies.currency = extended_rates.currency
),

base_rates AS (
    SELECT currency_code, DATE '0001-01-01' AS from_day, CAST(1000000000000 AS HUGEINT) AS rate
    FROM currencies
    WHERE UPPER(currency) NOT IN (SELECT UPPER(currency) FROM fx_rates)
),

all_rates AS (
    SELECT currency_code, from_day, rate FROM dated_rates
    UNION ALL
    SELECT currency_code, from_day, rate FROM base_rates
),

reporting_rates AS (
    SELECT from_day, rate FROM all_rates
    WHERE currency_code = (SELECT currency_code FROM currencies WHERE currency = $reporting_currency)
    UNION ALL
    SELECT from_day, rate
    FROM extended_rates
    WHERE currency = $reporting_currency
        AND $reporting_currency NOT IN (SELECT currency FROM currencies)
),

-- Both sides of a cross rate can change: every day on which either does starts a stretch.
change_days AS (
    SELECT currency_code, from_day FROM all_rates
    UNION
    SELECT currencies.currency_code, reporting_rates.from_day FROM currencies CROSS JOIN reporting_rates
),

rate_stretches AS (
    SELECT currency_code, from_day, rate, LEAD(from_day) OVER (PARTITION BY currency_code ORDER BY from_day) AS to_day
    FROM all_rates
),

reporting_stretches AS (
    SELECT from_day, rate, LEAD(from_day) OVER (ORDER BY from_day) AS to_day
    FROM reporting_rates
),

paired_rates AS (
    SELECT
        change_days.currency_code,
        change_days.from_day,
        rate_stretches.rate,
        CASE WHEN (SELECT COUNT(*) FROM reporting_rates) = 0 THEN CAST(1000000000000 AS HUGEINT)
            ELSE reporting_stretches.rate
        END AS reporting_rate
    FROM change_days
    LEFT JOIN rate_stretches
        ON change_days.currency_code = rate_stretches.currency_code
        AND change_days.from_day >= rate_stretches.from_day
        AND (rate_stretches.to_day IS NULL OR change_days.from_day < rate_stretches.to_day)
    LEFT JOIN reporting_stretches
        ON change_days.from_day >= reporting_stretches.from_day
        AND (reporting_stretches.to_day IS NULL OR change_days.from_day < reporting_stretches.to_day)
)

SELECT
    currency_code,
    from_day,
    LEAD(from_day) OVER (PARTITION BY currency_code ORDER BY from_day) AS to_day,
    rate,
    reporting_rate
FROM paired_rates
WHERE rate IS NOT NULL AND reporting_rate IS NOT NULL
