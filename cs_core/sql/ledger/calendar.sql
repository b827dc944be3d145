-- In which period does a day count, and with which later period is it compared?
-- One row: a day. `period_index` counts periods; `then_index` is the first period whose instant
-- `$window` months earlier falls on or after the day.
-- needs: numbers
-- decision: from a month's last day, N months earlier is that month's last day; from any other
-- day it is the same day, or the last one of a shorter month
-- decision: the days before data that begins in the middle are the period before its first one
-- decision: under snapshot_at = period_start the instant of a period is the end of its first day
WITH days AS (
    SELECT CAST($calendar_first AS DATE) + numbers.n AS day
    FROM numbers
    WHERE numbers.n < $calendar_days
),

dated_days AS (
    SELECT
        day,
        /*!period_start*/ day AS counting_day
        /*period_start*/ day - 1 AS counting_day
    FROM days
),

indexed_days AS (
    SELECT
        day,
        /*left_edge*/ CASE WHEN day < $left_edge THEN $before_edge ELSE
        CAST(FLOOR(
            /*week*/ DATE_DIFF('day', DATE '1970-01-05', counting_day) / CAST(7 AS DOUBLE)
            /*!week*/ (YEAR(counting_day) * 12 + MONTH(counting_day) - $fiscal_start) / CAST($period_months AS DOUBLE)
        ) AS INTEGER)
        /*period_start*/ + 1
        /*left_edge*/ END
        AS period_index
    FROM dated_days
),

instants AS (
    SELECT period_index, MAX(day) AS instant
    FROM indexed_days
    GROUP BY period_index
),

earlier_instants AS (
    SELECT
        period_index,
        CASE
            WHEN instant = LAST_DAY(instant)
                THEN LAST_DAY(CAST(instant - TO_MONTHS(CAST($window AS INTEGER)) AS DATE))
            ELSE CAST(instant - TO_MONTHS(CAST($window AS INTEGER)) AS DATE)
        END AS then_day
    FROM instants
),

earlier_stretches AS (
    SELECT
        period_index,
        LAG(then_day) OVER (ORDER BY period_index) AS after_day,
        then_day
    FROM earlier_instants
)

SELECT
    indexed_days.day,
    indexed_days.period_index,
    earlier_stretches.period_index AS then_index
FROM indexed_days
LEFT JOIN earlier_stretches
    ON indexed_days.day <= earlier_stretches.then_day
    AND (earlier_stretches.after_day IS NULL OR indexed_days.day > earlier_stretches.after_day)
-- There are no more rows than that: said so that joins know how small the calendar is.
LIMIT $calendar_days
