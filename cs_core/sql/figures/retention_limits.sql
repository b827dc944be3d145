-- How sure are NRR and GRR, customers being who they happened to be?
-- One row: a row of `retention_sums` with `nrr`, `grr` and their 95 % limits, NULL where there was
-- no MRR to lose.
-- needs: retention_sums
-- decision: GRR is a ratio of sums over customers; its limits are Wilson's with as many customers
-- of equal size as would be as sure (Korn & Graubard 1998, Survey Methodology 24(2)), Student's t
-- for as many as Kish's number says; where few have left, their spread is mixed with that of
-- leaving by chance, whatever the size, as if five more had left
-- decision: NRR is GRR + what customers grew, both ratios; its limits are put together from theirs
-- (MOVER, Zou & Donner 2008, Statistics in Medicine 27); growth that nobody had is not in them
WITH shares AS (
    -- Sums of squares and products in ten-thousandths, relative to the MRR of all then.
    SELECT
        retention_sums.*,
        CAST(capped_mrr AS DOUBLE) / starting_mrr AS grr,
        CAST(now_mrr AS DOUBLE) / starting_mrr AS nrr,
        CAST(now_mrr - capped_mrr AS DOUBLE) / starting_mrr AS gained,
        starting_squared / (starting_mrr / 100.0) / (starting_mrr / 100.0) AS xx,
        capped_squared / (starting_mrr / 100.0) / (starting_mrr / 100.0) AS cc,
        capped_product / (starting_mrr / 100.0) / (starting_mrr / 100.0) AS xc,
        gained_squared / (starting_mrr / 100.0) / (starting_mrr / 100.0) AS gg,
        gained_product / (starting_mrr / 100.0) / (starting_mrr / 100.0) AS xg,
        CASE WHEN starting_customers > 1 THEN starting_customers / (starting_customers - 1.0) ELSE 1.0 END AS unbiased
    FROM retention_sums
    WHERE starting_mrr > 0 AND starting_squared > 0
),

spreads AS (
    SELECT
        shares.*,
        1 / xx AS equal_customers,
        GREATEST(1 / xx - 1, 1) AS freedom,
        -- Below a billionth it is rounding.
        CASE WHEN cc - 2 * grr * xc + grr * grr * xx > 1e-9 * xx
            THEN unbiased * (cc - 2 * grr * xc + grr * grr * xx) ELSE 0.0 END AS grr_variance,
        CASE WHEN gg - 2 * gained * xg + gained * gained * xx > 1e-9 * xx
            THEN unbiased * (gg - 2 * gained * xg + gained * gained * xx) ELSE 0.0 END AS gained_variance,
        unbiased * (xg * (1 - grr) - gained * xc + grr * gained * xx) AS covariance
    FROM shares
),

scales AS (
    SELECT
        spreads.*,
        -- Student's quantile by its expansion (Abramowitz & Stegun 26.7.5).
        1.959963984540054 + 2.372271230298562 / freedom + 2.8224986157396112 / (freedom * freedom) AS t,
        ((1 - grr) * equal_customers * grr_variance + 5 * grr * (1 - grr) / equal_customers)
        / ((1 - grr) * equal_customers + 5) AS mixed_variance,
        CASE WHEN grr_variance > 0 AND gained_variance > 0
            THEN GREATEST(-1.0, LEAST(1.0, covariance / SQRT(grr_variance * gained_variance))) ELSE 0.0 END AS correlation
    FROM spreads
),

sizes AS (
    SELECT
        scales.*,
        CASE WHEN mixed_variance > 0
            THEN LEAST(grr * (1 - grr) / mixed_variance, CAST(starting_customers AS DOUBLE))
            ELSE equal_customers END AS n,
        t * SQRT(gained_variance) AS reach
    FROM scales
),

parts AS (
    SELECT
        sizes.*,
        CASE WHEN grr <= 0 THEN 0.0 ELSE
            (grr + t * t / (2 * n) - t * SQRT(grr * (1 - grr) / n + t * t / (4 * n * n))) / (1 + t * t / n)
        END AS grr_low,
        CASE WHEN grr >= 1 THEN 1.0 ELSE
            (grr + t * t / (2 * n) + t * SQRT(grr * (1 - grr) / n + t * t / (4 * n * n))) / (1 + t * t / n)
        END AS grr_high,
        LEAST(reach, gained) AS down,
        -- Growth is never negative and leans to the right: the second term of exp.
        CASE WHEN gained > 0 THEN reach + gained * LEAST(reach / gained, 2.0) * LEAST(reach / gained, 2.0) / 2 ELSE 0.0 END AS up
    FROM sizes
)

SELECT
    retention_sums.segment,
    retention_sums.currency_code,
    retention_sums.period_index,
    retention_sums.starting_customers,
    retention_sums.starting_mrr,
    retention_sums.kept_customers,
    CASE WHEN retention_sums.starting_mrr > 0 THEN CAST(retention_sums.now_mrr AS DOUBLE) / retention_sums.starting_mrr END AS nrr,
    CASE WHEN retention_sums.starting_mrr > 0 THEN CAST(retention_sums.capped_mrr AS DOUBLE) / retention_sums.starting_mrr END AS grr,
    parts.nrr - SQRT(GREATEST((parts.grr - grr_low) * (parts.grr - grr_low) + down * down
        + 2 * correlation * (parts.grr - grr_low) * down, 0)) AS nrr_low,
    parts.nrr + SQRT(GREATEST((grr_high - parts.grr) * (grr_high - parts.grr) + up * up
        + 2 * correlation * (grr_high - parts.grr) * up, 0)) AS nrr_high,
    grr_low,
    grr_high
FROM retention_sums
LEFT JOIN parts
    ON retention_sums.segment = parts.segment
    AND retention_sums.currency_code = parts.currency_code
    AND retention_sums.period_index = parts.period_index
