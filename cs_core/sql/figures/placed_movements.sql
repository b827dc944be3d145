-- To which segment does each movement belong?
-- One row: a movement row with its segment: the value after it, for churn the value before.
-- needs: movement_rows, customer_segments
SELECT
    movement_rows.customer_key,
    movement_rows.period_index,
    movement_rows.day,
    movement_rows.from_day,
    movement_rows.movement,
    movement_rows.mrr_before,
    movement_rows.mrr_after,
    movement_rows.delta,
    movement_rows.churn_day,
    /*whole*/ 0 AS segment
    /*segmented*/ customer_segments.segment
FROM movement_rows
/*segmented*/ INNER JOIN customer_segments ON movement_rows.customer_key = customer_segments.customer_key
    /*segmented*/ AND CASE WHEN movement_rows.movement = 'churn' THEN movement_rows.before_day ELSE movement_rows.after_day END >= customer_segments.from_day
    /*segmented*/ AND CASE WHEN movement_rows.movement = 'churn' THEN movement_rows.before_day ELSE movement_rows.after_day END < customer_segments.to_day
    /*segmented*/ AND customer_segments.segment >= 0
