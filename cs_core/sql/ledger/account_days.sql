-- On which days does a customer's MRR change, and by how much?
-- One row: a customer and a day on which a line of it starts or ends with an effect.
-- `fx_delta` is the change that only comes from a new rate.
-- needs: earning_lines
WITH line_events AS (
    SELECT
        customer_key,
        start_day AS day,
        /*!historical*/ mrr AS delta,
        /*historical*/ CASE WHEN revalued THEN 0 ELSE mrr END AS delta,
        /*historical*/ CASE WHEN revalued THEN mrr ELSE 0 END AS fx_delta,
        /*zero_customer*/ CASE WHEN revalued THEN 0 ELSE 1 END AS line_delta
    FROM earning_lines
    /*!zero_customer*/ WHERE mrr > 0
    UNION ALL
    SELECT
        customer_key,
        end_day AS day,
        /*!historical*/ -mrr AS delta,
        /*historical*/ CASE WHEN continued THEN 0 ELSE -mrr END AS delta,
        /*historical*/ CASE WHEN continued THEN -mrr ELSE 0 END AS fx_delta,
        /*zero_customer*/ CASE WHEN continued THEN 0 ELSE -1 END AS line_delta
    FROM earning_lines
    WHERE end_day IS NOT NULL
        /*!zero_customer*/ AND mrr > 0
)

SELECT
    customer_key,
    day,
    CAST(SUM(delta) AS BIGINT) AS delta
    /*historical*/ , CAST(SUM(fx_delta) AS BIGINT) AS fx_delta
    /*zero_customer*/ , CAST(SUM(line_delta) AS INTEGER) AS line_delta
FROM line_events
GROUP BY customer_key, day
HAVING SUM(line_events.delta) <> 0
    /*historical*/ OR SUM(line_events.fx_delta) <> 0
    /*zero_customer*/ OR SUM(line_events.line_delta) <> 0
