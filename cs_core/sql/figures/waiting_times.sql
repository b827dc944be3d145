-- After how many days is it asked who has begun to pay?
-- One row: a number of days.
SELECT 30 AS within_days
UNION ALL
SELECT 90 AS within_days
UNION ALL
SELECT 180 AS within_days
