-- Which currency does each spelling in the files mean?
-- One row: a spelling, as `jpy` or `JPY`.
-- needs: source_subscriptions, currencies
SELECT spellings.currency AS spelling, currencies.currency_code
FROM (
    SELECT DISTINCT currency FROM source_subscriptions
    WHERE currency IS NOT NULL
) AS spellings
INNER JOIN currencies ON UPPER(spellings.currency) = currencies.currency
