-- In which month of their stay do customers leave?
-- kind: tenure
-- grain: tenure x segment x currency
-- unit: rate
-- parameters: as_of, by, where, currency, unit, spells, policies
-- heeds: event, constant_rates
-- keys: tenure, segment, currency
-- explain: row = rows of spells, at_risk = rows of spells reached, churned = rows of spells left,
--   hazard = rows of spells left
-- absent: none
-- dates: not needed
-- definition: customers who left in a month of tenure over those who reached it, Wilson 95 % interval
-- decision: the first spell of each customer unless all are asked for; segment value at the spell's start
-- model: hazard
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
