-- What share of customers is still there, where no model can be run beside the statement?
-- One row: as in `kaplan_meier` of `models/survival.py`.
-- needs: spell_counts
-- decision: a product is the exponential of a sum of logarithms; nobody left is exactly 0, as
-- everybody leaves at the last tenure only
WITH counted_tenures AS (
    SELECT
        spell_counts.*,
        SUM(churned + censored) OVER (
            PARTITION BY
                /*by*/ segment,
                currency
            ORDER BY tenure DESC ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW
        ) AS at_risk
    FROM spell_counts
),

added_tenures AS (
    SELECT
        counted_tenures.*,
        SUM(CASE WHEN churned < at_risk THEN LN(CAST(at_risk - churned AS DOUBLE) / at_risk) ELSE CAST(0 AS DOUBLE) END) OVER running AS logarithm,
        SUM(CASE
            WHEN churned < at_risk THEN CAST(churned AS DOUBLE) / at_risk / (at_risk - churned) ELSE CAST(0 AS DOUBLE)
        END) OVER running AS greenwood
    FROM counted_tenures
    WINDOW running AS (
        PARTITION BY
            /*by*/ segment,
            currency
        ORDER BY tenure ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW
    )
),

surviving_tenures AS (
    SELECT
        added_tenures.*,
        CASE WHEN churned < at_risk THEN EXP(logarithm) ELSE CAST(0 AS DOUBLE) END AS survival,
        CASE WHEN churned < at_risk AND logarithm < 0 THEN EXP(1.959963984540054 * SQRT(greenwood) / -logarithm) END AS width
    FROM added_tenures
)

SELECT
    tenure,
    /*by*/ segment,
    currency,
    CAST(at_risk AS BIGINT) AS at_risk,
    churned,
    censored,
    survival,
    survival * SQRT(greenwood) AS std_error,
    EXP(logarithm * width) AS low,
    EXP(logarithm / width) AS high,
    MIN(CASE WHEN survival <= CAST(0.500000000001 AS DOUBLE) THEN tenure END) OVER (
        PARTITION BY
            /*by*/ segment,
            currency
    ) AS median
FROM surviving_tenures
