-- What is a usual amount of each metric in each month?
-- One row: a metric and a month in which any customer has a reading; a month without any is not
-- known, not silent.
-- decision: of those who are customers then; whoever becomes one later is not known yet
-- needs: risk_usage_months, risk_states
WITH account_moments AS (
    SELECT DISTINCT
        customer_key // $currency_count AS account_key,
        months_ago
    FROM risk_states
)

SELECT
    risk_usage_months.metric,
    risk_usage_months.months_ago,
    0.1 * AVG(risk_usage_months.used) AS small_amount
FROM risk_usage_months
INNER JOIN account_moments
    ON risk_usage_months.account_key = account_moments.account_key
    AND risk_usage_months.months_ago = account_moments.months_ago
GROUP BY risk_usage_months.metric, risk_usage_months.months_ago
