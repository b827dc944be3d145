-- Which share of its total is each count, and how sure is that?
-- One row: a row of `shares` with `rate`, NULL where `total` is, and its 95 % Wilson score interval
-- (Wilson 1927), also NULL where more are counted than the total.
-- needs: shares
-- decision: exact normal quantile, no continuity correction; exactly 0 where nobody and exactly 1
-- where everybody is counted
WITH divided_shares AS (
    SELECT
        shares.*,
        CAST(counted AS DOUBLE) / total AS rate,
        CASE WHEN counted <= total THEN CAST(total AS DOUBLE) END AS n
    FROM shares
)

SELECT
    divided_shares.*,
    CASE WHEN counted = 0 AND n > 0 THEN CAST(0 AS DOUBLE) ELSE
        (rate + 3.8414588206941254 / (2 * n) - 1.959963984540054 * SQRT(rate * (1 - rate) / n + 3.8414588206941254 / (4 * n * n)))
        / (1 + 3.8414588206941254 / n)
    END AS low,
    CASE WHEN counted = n THEN CAST(1 AS DOUBLE) ELSE
        (rate + 3.8414588206941254 / (2 * n) + 1.959963984540054 * SQRT(rate * (1 - rate) / n + 3.8414588206941254 / (4 * n * n)))
        / (1 + 3.8414588206941254 / n)
    END AS high
FROM divided_shares
