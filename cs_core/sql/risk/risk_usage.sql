-- How does each customer's usage compare with its own past and with its peers?
-- One row: a customer and a moment whose usage is known. Ratios are logarithms, averaged over
-- metrics: 0 is as before, -0.7 half; `used_change` is the same as a share, for reading.
-- needs: risk_rows, risk_usage_months, risk_usage_firsts, risk_usage_scales, risk_usage_peers, risk_plans
-- decision: the last month against the mean of up to twelve before it; the last three months
-- against the three before them; peers are the customers of the same plan in the same month
WITH measured_rows AS (
    SELECT
        risk_rows.customer_key,
        risk_rows.months_ago,
        risk_usage_firsts.metric,
        risk_usage_firsts.first_ago - risk_rows.months_ago AS months_known,
        /*plan*/ MIN(risk_plans.plan_code) AS plan_code,
        MIN(risk_usage_scales.small_amount) AS small_amount,
        MIN(risk_rows.mrr) AS mrr,
        SUM(CASE WHEN risk_usage_months.months_ago = risk_rows.months_ago THEN risk_usage_months.used ELSE 0 END) AS used_now,
        SUM(CASE WHEN risk_usage_months.months_ago > risk_rows.months_ago THEN risk_usage_months.used ELSE 0 END) AS used_before,
        SUM(CASE WHEN risk_usage_months.months_ago < risk_rows.months_ago + 3 THEN risk_usage_months.used ELSE 0 END) AS used_lately,
        SUM(CASE WHEN risk_usage_months.months_ago >= risk_rows.months_ago + 3
            AND risk_usage_months.months_ago < risk_rows.months_ago + 6 THEN risk_usage_months.used ELSE 0 END) AS used_earlier
    FROM risk_rows
    INNER JOIN risk_usage_firsts
        ON risk_rows.account_key = risk_usage_firsts.account_key
        AND risk_usage_firsts.first_ago >= risk_rows.months_ago
    INNER JOIN risk_usage_scales
        ON risk_usage_firsts.metric = risk_usage_scales.metric
        AND risk_rows.months_ago = risk_usage_scales.months_ago
        AND risk_usage_scales.small_amount > 0
    LEFT JOIN risk_usage_months
        ON risk_rows.account_key = risk_usage_months.account_key
        AND risk_usage_firsts.metric = risk_usage_months.metric
        AND risk_usage_months.months_ago >= risk_rows.months_ago
        AND risk_usage_months.months_ago <= risk_rows.months_ago + 12
    /*plan*/ LEFT JOIN risk_plans
        /*plan*/ ON risk_rows.customer_key = risk_plans.customer_key
        /*plan*/ AND risk_rows.months_ago = risk_plans.months_ago
    GROUP BY
        risk_rows.customer_key,
        risk_rows.months_ago,
        risk_usage_firsts.metric,
        risk_usage_firsts.first_ago
),

compared_rows AS (
    SELECT
        measured_rows.customer_key,
        measured_rows.months_ago,
        CASE WHEN months_known >= 1
            THEN LN((used_now + small_amount) / (used_before / LEAST(12, months_known) + small_amount))
        END AS usage_own,
        CASE WHEN months_known >= 3
            THEN LN((used_lately / 3 + small_amount) / (used_earlier / LEAST(3, months_known - 2) + small_amount))
        END AS usage_trend,
        CASE WHEN months_known >= 1 AND used_before > 0
            THEN used_now / (used_before / LEAST(12, months_known)) - 1
        END AS used_change,
        CASE WHEN risk_usage_peers.usual_spread > 0
            THEN (LN((used_now + small_amount) / GREATEST(mrr, 1)) - risk_usage_peers.usual_level) / risk_usage_peers.usual_spread
        END AS usage_peers
    FROM measured_rows
    LEFT JOIN risk_usage_peers
        ON measured_rows.metric = risk_usage_peers.metric
        AND measured_rows.months_ago = risk_usage_peers.months_ago
        /*plan*/ AND measured_rows.plan_code = risk_usage_peers.plan_code
)

SELECT
    customer_key,
    months_ago,
    AVG(usage_own) AS usage_own,
    AVG(usage_trend) AS usage_trend,
    AVG(used_change) AS used_change,
    AVG(usage_peers) AS usage_peers
FROM compared_rows
GROUP BY customer_key, months_ago
