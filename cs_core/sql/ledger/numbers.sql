-- The whole numbers from 0, for filling periods in which nothing happened.
-- One row: a number below 40 000, over a hundred years of days.
SELECT CAST(n AS INTEGER) AS n FROM RANGE(40000) AS counted(n)
