-- Who are the customers of the tenure pointed at?
-- One row: one of them, with its MRR on the as-of day.
-- needs: customers_now, customer_segments, chosen_segment
SELECT
    customers_now.customer_key,
    CAST($as_of AS DATE) AS day,
    CAST($as_of AS DATE) AS from_day,
    'unchanged' AS movement,
    customers_now.mrr AS mrr_before,
    customers_now.mrr AS mrr_after,
    0 AS delta
FROM customers_now
/*segmented*/ INNER JOIN customer_segments ON customers_now.customer_key = customer_segments.customer_key
    /*segmented*/ AND CAST($as_of AS DATE) >= customer_segments.from_day
    /*segmented*/ AND CAST($as_of AS DATE) < customer_segments.to_day
    /*segmented*/ AND customer_segments.segment >= 0
WHERE TRUE
    /*at_tenure*/ AND customers_now.tenure = $at_tenure
    /*at_segment*/ AND customer_segments.segment IN (SELECT chosen_segment.segment FROM chosen_segment)
    /*annual*/ AND customers_now.annual
