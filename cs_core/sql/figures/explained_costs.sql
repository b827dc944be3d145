-- Which lines of the costs table stand behind the month pointed at?
-- One row: a line.
-- needs: costs
SELECT
    month AS date,
    sales_and_marketing,
    cost_of_service,
    file_no,
    source_line
FROM costs
WHERE month IS NOT NULL AND month <= $as_of
    /*at_period*/ AND YEAR(month) * 12 + MONTH(month) - 1 = $at_period
ORDER BY month, file_no, source_line
