-- Between which days does each period lie, as far as it is known?
-- One row: a period; `opening_day` and `closing_day` are the days after which its opening and
-- closing states are read.
-- needs: calendar
SELECT
    period_index,
    MIN(day) - 1 AS opening_day,
    LEAST(MAX(day), $as_of) AS closing_day
FROM calendar
GROUP BY period_index
