-- How much did one account use, day by day?
-- One row: a day with a reading of the metric that has the most of them, or of all where there are
-- too many kinds to tell apart.
-- needs: usage
WITH counted_metrics AS (
    SELECT metric, ROW_NUMBER() OVER (ORDER BY COUNT(*) DESC, metric) AS place
    FROM usage
    WHERE account_id = $account_id AND date <= $as_of
    GROUP BY metric
)

SELECT usage.date, SUM(usage.value) / 1000000.0 AS used, MIN(usage.metric) AS metric
FROM usage
INNER JOIN counted_metrics ON usage.metric = counted_metrics.metric
    /*!one_metric*/ AND counted_metrics.place = 1
WHERE usage.account_id = $account_id AND usage.date <= $as_of
GROUP BY usage.date
ORDER BY usage.date
