-- What did each customer last answer, within a year before the moment?
-- One row: a customer and a moment with an answer; several on one day count as their mean.
-- needs: risk_rows, nps, account_keys
WITH known_answers AS (
    SELECT
        risk_rows.customer_key,
        risk_rows.months_ago,
        nps.responded_at,
        nps.score / 1000000.0 AS score,
        MAX(nps.responded_at) OVER (PARTITION BY risk_rows.customer_key, risk_rows.months_ago) AS last_answer
    FROM risk_rows
    INNER JOIN account_keys ON risk_rows.account_key = account_keys.account_key
    INNER JOIN nps
        ON account_keys.account_id = nps.account_id
        AND nps.responded_at <= risk_rows.day
        AND nps.responded_at > risk_rows.day - 365
)

SELECT customer_key, months_ago, AVG(score) AS nps_score
FROM known_answers
WHERE responded_at = last_answer
GROUP BY customer_key, months_ago
