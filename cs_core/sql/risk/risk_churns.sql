-- How many different departures do the outcomes speak of?
-- One row: the moments from $last_ago to $first_ago together.
-- needs: risk_labelled
SELECT COUNT(*) AS churns
FROM (
    SELECT DISTINCT customer_key, next_churn_day
    FROM risk_labelled
    WHERE left_within = 1
        AND months_ago <= $first_ago AND months_ago >= $last_ago
) AS departures
