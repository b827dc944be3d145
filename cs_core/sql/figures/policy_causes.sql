-- Which policies can change anything in this data?
-- One row: for each policy on lines, how many lines it could treat differently.
-- needs: lines
SELECT
    COUNT(cancel_requested_at) AS churn_date,
    COUNT(*) FILTER (WHERE gross_mrr <> mrr) AS discounts,
    COUNT(*) FILTER (WHERE mrr = 0 OR status = 'paused') AS zero_mrr,
    COUNT(*) FILTER (WHERE status = 'paused') AS paused,
    COUNT(*) FILTER (WHERE status = 'past_due') AS past_due,
    COUNT(end_date) AS end_date,
    COUNT(*) FILTER (WHERE trial_end > start_date OR status = 'trialing') AS trial
FROM lines
