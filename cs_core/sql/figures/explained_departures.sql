-- Which customers were lost, or came and left, or left and returned, in the period pointed at?
-- One row: a customer and a period, with its MRR at the two instants.
-- needs: passed_periods, chosen_segment
SELECT
    customer_key,
    day,
    from_day,
    'churn' AS movement,
    mrr_before,
    mrr_after,
    mrr_after - mrr_before AS delta
FROM passed_periods
WHERE TRUE
    /*at_period*/ AND period_index = $at_period
    /*at_segment*/ AND segment IN (SELECT chosen_segment.segment FROM chosen_segment)
    /*lost&!count_same_period*/ AND lost
    /*lost&count_same_period*/ AND (lost OR joined_and_left)
    /*passing*/ AND joined_and_left
    /*returned*/ AND left_and_returned
