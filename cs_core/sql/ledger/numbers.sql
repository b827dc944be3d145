-- The whole numbers from 0, for filling periods in which nothing happened.
-- One row: a number below 40 000, over a hundred years of days.
-- decision: a statement that is taken away counts with digits, which every engine can
/*!taken_away*/ SELECT CAST(n AS INTEGER) AS n FROM RANGE(40000) AS counted(n)
/*taken_away*/ WITH digits AS (
    /*taken_away*/ SELECT 0 AS digit UNION ALL SELECT 1 UNION ALL SELECT 2 UNION ALL SELECT 3 UNION ALL SELECT 4
    /*taken_away*/ UNION ALL SELECT 5 UNION ALL SELECT 6 UNION ALL SELECT 7 UNION ALL SELECT 8 UNION ALL SELECT 9
/*taken_away*/ )

/*taken_away*/ SELECT ones.digit + 10 * tens.digit + 100 * hundreds.digit + 1000 * thousands.digit + 10000 * myriads.digit AS n
/*taken_away*/ FROM digits AS ones
/*taken_away*/ CROSS JOIN digits AS tens
/*taken_away*/ CROSS JOIN digits AS hundreds
/*taken_away*/ CROSS JOIN digits AS thousands
/*taken_away*/ CROSS JOIN digits AS myriads
/*taken_away*/ WHERE myriads.digit < 4
