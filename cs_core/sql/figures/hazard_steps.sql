-- In which month of their stay do customers leave, where no model can be run beside the statement?
-- One row: as in `hazard` of `models/survival.py`.
-- fills: shares with hazard_shares
-- needs: rated_shares
SELECT
    tenure,
    /*by*/ segment,
    currency,
    CAST(at_risk AS BIGINT) AS at_risk,
    CAST(counted AS BIGINT) AS churned,
    rate AS hazard,
    low,
    high
FROM rated_shares
