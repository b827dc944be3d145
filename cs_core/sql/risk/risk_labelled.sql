-- Which customers were there at each past moment whose outcome is known by now?
-- One row: a customer and a moment without notice; `left_within` is 1 when any churn row lies in
-- (moment, moment + $horizon_days].
-- needs: risk_states, risk_customers, risk_notices
SELECT
    risk_states.*,
    risk_customers.account_key,
    risk_customers.customer_number,
    CASE WHEN risk_states.next_churn_day <= risk_states.day + $horizon_days THEN 1 ELSE 0 END AS left_within
FROM risk_states
INNER JOIN risk_customers ON risk_states.customer_key = risk_customers.customer_key
/*notices*/ LEFT JOIN risk_notices
    /*notices*/ ON risk_customers.account_key = risk_notices.account_key
    /*notices*/ AND risk_states.months_ago = risk_notices.months_ago
WHERE risk_states.day + $horizon_days <= $as_of
    /*notices*/ AND risk_notices.notice_day IS NULL
