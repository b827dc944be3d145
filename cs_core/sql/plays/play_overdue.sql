-- Which lines were overdue, and how long?
-- One row: an overdue line known at as-of.
-- needs: lines
SELECT account_key, start_date AS start_day, end_date AS end_day
FROM lines
WHERE status = 'past_due' AND start_date <= $as_of
