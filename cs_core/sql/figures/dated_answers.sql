-- Which answers count, in which period and segment?
-- One row: an answer to the NPS question of an account that is or was a customer.
-- needs: nps, account_keys, known_customers, calendar, customer_segments
SELECT
    calendar.period_index,
    known_customers.customer_key % $currency_count AS currency_code,
    /*whole*/ 0 AS segment,
    /*segmented*/ customer_segments.segment,
    nps.account_id,
    nps.responded_at,
    nps.score,
    nps.comment,
    nps.file_no,
    nps.source_line,
    CASE WHEN nps.score >= 9000000 THEN 1 ELSE 0 END AS promoter,
    CASE WHEN nps.score < 7000000 THEN 1 ELSE 0 END AS detractor
FROM nps
INNER JOIN account_keys ON nps.account_id = account_keys.account_id
INNER JOIN known_customers ON account_keys.account_key = known_customers.account_key
INNER JOIN calendar ON nps.responded_at = calendar.day
/*segmented*/ INNER JOIN customer_segments ON known_customers.customer_key = customer_segments.customer_key
    /*segmented*/ AND nps.responded_at >= customer_segments.from_day
    /*segmented*/ AND nps.responded_at < customer_segments.to_day
    /*segmented*/ AND customer_segments.segment >= 0
WHERE nps.responded_at <= $as_of AND nps.score BETWEEN 0 AND 10000000
