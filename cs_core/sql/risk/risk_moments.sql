-- At which days are customers looked at, and what is the first day of the month before each?
-- One row: a moment. From a month's last day earlier moments are month ends, from any other day
-- the same day of earlier months, clamped; the months between moments are the buckets of history.
-- needs: numbers
WITH counted_days AS (
    SELECT
        numbers.n AS months_ago,
        CASE
            WHEN CAST($anchor AS DATE) = LAST_DAY(CAST($anchor AS DATE))
                THEN LAST_DAY(CAST(CAST($anchor AS DATE) - TO_MONTHS(numbers.n) AS DATE))
            ELSE CAST(CAST($anchor AS DATE) - TO_MONTHS(numbers.n) AS DATE)
        END AS day
    FROM numbers
    WHERE numbers.n <= $history_months
)

SELECT
    months_ago,
    day,
    LEAD(day) OVER (ORDER BY months_ago) AS earlier_day
FROM counted_days
