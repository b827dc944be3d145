-- Which kinds of usage are there?
-- One row: a metric with a reading by as-of.
-- needs: usage
SELECT metric
FROM usage
WHERE date <= $as_of
GROUP BY metric
ORDER BY metric
