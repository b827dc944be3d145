-- What share of customers is still there after each length of stay?
-- kind: tenure
-- grain: tenure x segment x currency
-- unit: rate
-- parameters: as_of, by, where, currency, unit, spells, policies
-- heeds: event, constant_rates
-- keys: tenure, segment, currency
-- explain: row = rows of spells, at_risk = rows of spells reached, churned = rows of spells left,
--   censored = rows of spells open
-- absent: none
-- dates: not needed
-- definition: Kaplan-Meier on tenure with Greenwood's variance and a log-log 95 % band (Kaplan & Meier 1958;
--   Kalbfleisch & Prentice 1980); open accounts are censored at the as-of date
-- decision: the first spell of each customer unless all are asked for; segment value at the spell's start
-- model: survival
-- needs: spell_counts
SELECT
    tenure,
    /*by*/ segment,
    currency,
    churned,
    censored
FROM spell_counts
ORDER BY
    /*by*/ segment NULLS LAST,
    currency,
    tenure
