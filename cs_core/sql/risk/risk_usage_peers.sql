-- How much do the customers of a plan use for what they pay, and how far do they differ?
-- One row: a metric, a month and a plan, on a logarithmic scale.
-- decision: usage is taken per unit of MRR, or a small customer would look silent beside a large one
-- needs: risk_usage_months, risk_usage_scales, risk_states, risk_plans
SELECT
    risk_usage_months.metric,
    risk_usage_months.months_ago,
    /*plan*/ risk_plans.plan_code,
    AVG(LN((risk_usage_months.used + risk_usage_scales.small_amount) / GREATEST(risk_states.mrr, 1))) AS usual_level,
    STDDEV_SAMP(LN((risk_usage_months.used + risk_usage_scales.small_amount) / GREATEST(risk_states.mrr, 1))) AS usual_spread
FROM risk_usage_months
INNER JOIN risk_usage_scales
    ON risk_usage_months.metric = risk_usage_scales.metric
    AND risk_usage_months.months_ago = risk_usage_scales.months_ago
INNER JOIN risk_states
    ON risk_usage_months.account_key = risk_states.customer_key // $currency_count
    AND risk_usage_months.months_ago = risk_states.months_ago
/*plan*/ INNER JOIN risk_plans
    /*plan*/ ON risk_states.customer_key = risk_plans.customer_key
    /*plan*/ AND risk_states.months_ago = risk_plans.months_ago
WHERE risk_usage_scales.small_amount > 0
GROUP BY
    /*plan*/ risk_plans.plan_code,
    risk_usage_months.metric,
    risk_usage_months.months_ago
