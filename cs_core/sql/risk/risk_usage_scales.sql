-- What is a usual amount of each metric in each month?
-- One row: a metric and a month in which any customer has a reading; a month without any is not
-- known, not silent.
-- decision: of those who are customers then; whoever becomes one later is not known yet
-- needs: risk_usage_months, risk_states
SELECT
    risk_usage_months.metric,
    risk_usage_months.months_ago,
    0.1 * AVG(risk_usage_months.used) AS small_amount
FROM risk_usage_months
INNER JOIN risk_states
    ON risk_usage_months.account_key = risk_states.customer_key // $currency_count
    AND risk_usage_months.months_ago = risk_states.months_ago
GROUP BY risk_usage_months.metric, risk_usage_months.months_ago
