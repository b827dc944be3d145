-- From when to when was each customer one?
-- One row: an unbroken stay of a customer; `end_day` is the first day it no longer is one, NULL
-- while it lasts.
-- needs: ledger
WITH changes_of_standing AS (
    SELECT
        customer_key,
        day,
        first_day,
        active_after,
        LEAD(day) OVER (PARTITION BY customer_key ORDER BY day) AS end_day
    FROM ledger
    WHERE active_before <> active_after
)

SELECT
    customer_key,
    day AS start_day,
    end_day,
    day = first_day AS is_first
FROM changes_of_standing
WHERE active_after
