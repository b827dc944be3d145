-- What was spent on winning and on serving customers each month?
-- kind: period
-- grain: month
-- unit: money
-- parameters: as_of
-- heeds: event
-- keys: period
-- explain: row = rows of costs, sales_and_marketing = sales_and_marketing of costs, cost_of_service = cost_of_service of costs
-- absent: none
-- definition: costs of the costs table added up by month, in the reporting currency
-- money: sales_and_marketing, cost_of_service
-- needs: costs
SELECT
    YEAR(month) * 12 + MONTH(month) - 1 AS period_index,
    CAST(SUM(sales_and_marketing) AS HUGEINT) AS sales_and_marketing,
    CAST(SUM(cost_of_service) AS HUGEINT) AS cost_of_service
FROM costs
WHERE month IS NOT NULL AND month <= $as_of
GROUP BY YEAR(month) * 12 + MONTH(month) - 1
ORDER BY YEAR(month) * 12 + MONTH(month) - 1
