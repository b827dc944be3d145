-- How many of those who reached each tenure left at it?
-- One row: a whole tenure from 0 to the longest one seen, of a segment and currency.
-- needs: spell_counts, numbers
WITH longest_tenures AS (
    SELECT
        /*by*/ segment,
        currency,
        MAX(tenure) AS longest
    FROM spell_counts
    GROUP BY
        /*by*/ segment,
        currency
)

SELECT
    numbers.n AS tenure,
    /*by*/ longest_tenures.segment,
    longest_tenures.currency,
    SUM(spell_counts.churned + spell_counts.censored) AS at_risk,
    SUM(CASE WHEN spell_counts.tenure = numbers.n THEN spell_counts.churned ELSE 0 END) AS counted,
    SUM(spell_counts.churned + spell_counts.censored) AS total
FROM longest_tenures
INNER JOIN numbers ON numbers.n <= longest_tenures.longest
INNER JOIN spell_counts ON longest_tenures.currency = spell_counts.currency
    /*by*/ AND longest_tenures.segment IS NOT DISTINCT FROM spell_counts.segment
    AND numbers.n <= spell_counts.tenure
GROUP BY
    numbers.n,
    /*by*/ longest_tenures.segment,
    longest_tenures.currency
