-- What was the customer's MRR before and after each day of change, under the policies that let a
-- day of change not be a movement (zero MRR customers, filled gaps, historical rates)?
-- One row: a customer and a day. Under historical rates `fx_delta` comes before `mrr_before`.
-- needs: account_days
WITH running_days AS (
    SELECT
        customer_key,
        day,
        delta,
        /*historical*/ fx_delta,
        CAST(SUM(
            /*historical*/ fx_delta +
            delta
        ) OVER running AS BIGINT) AS mrr_after
        /*zero_customer*/ , CAST(SUM(line_delta) OVER running AS INTEGER) AS lines_after, line_delta
    FROM account_days
    WINDOW running AS (PARTITION BY customer_key ORDER BY day ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW)
)

SELECT
    customer_key,
    day,
    mrr_after - delta AS mrr_before,
    mrr_after,
    /*!zero_customer*/ mrr_after - delta > 0 AS active_before,
    /*!zero_customer*/ mrr_after > 0 AS active_after
    /*zero_customer*/ lines_after - line_delta > 0 AS active_before,
    /*zero_customer*/ lines_after > 0 AS active_after
FROM running_days
WHERE delta <> 0
    /*zero_customer*/ OR (lines_after > 0) <> (lines_after - line_delta > 0)
