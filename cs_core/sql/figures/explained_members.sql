-- Who was a customer $window months before the period's end, and what became of each?
-- One row: one of them, with its MRR then and at the end of the period.
-- needs: then_states, now_states, period_days, chosen_segment
SELECT
    then_states.customer_key,
    period_days.closing_day AS day,
    then_states.then_day AS from_day,
    CASE
        WHEN now_states.customer_key IS NULL THEN 'churn'
        WHEN now_states.now_mrr > then_states.then_mrr THEN 'expansion'
        WHEN now_states.now_mrr < then_states.then_mrr THEN 'contraction'
        ELSE 'unchanged'
    END AS movement,
    then_states.then_mrr AS mrr_before,
    COALESCE(now_states.now_mrr, 0) AS mrr_after,
    COALESCE(now_states.now_mrr, 0) - then_states.then_mrr AS delta
FROM then_states
INNER JOIN period_days ON period_days.period_index = $at_period
LEFT JOIN now_states
    ON then_states.customer_key = now_states.customer_key
    AND now_states.from_period <= $at_period
    AND now_states.to_period > $at_period
WHERE then_states.from_period <= $at_period
    AND then_states.to_period > $at_period
    /*at_segment*/ AND then_states.segment IN (SELECT chosen_segment.segment FROM chosen_segment)
