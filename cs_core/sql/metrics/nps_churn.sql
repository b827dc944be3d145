-- Do those who would not recommend us leave sooner?
-- kind: horizon
-- grain: group of answers x horizon x segment x currency
-- unit: rate
-- parameters: period, from, to, as_of, by, where, currency, policies
-- heeds: event
-- keys: horizon_days, answer_group, segment, currency
-- absent: none
-- definition: answers of customers whose next 90 or 180 days are over by as-of, and how many of them were followed by
--   a churn row in (answer, answer + horizon]; 95 % Wilson interval
-- decision: each answer of somebody who is a customer that day counts; several of one day count as their mean
-- decision: segment value of the day of the answer
-- fills: shares with answer_shares
-- needs: rated_shares
SELECT
    horizon_days,
    CASE place WHEN 1 THEN 'promoters' WHEN 2 THEN 'passives' ELSE 'detractors' END AS answer_group,
    /*by*/ segment,
    currency,
    total AS answers,
    counted AS followed_by_churn,
    rate AS churn_rate,
    low,
    high,
    total < $small_sample AS small_sample
FROM rated_shares
ORDER BY
    /*by*/ segment NULLS LAST,
    currency,
    horizon_days,
    place
