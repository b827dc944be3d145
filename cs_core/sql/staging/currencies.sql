-- Which currencies do the lines have?
-- One row: a currency, the most frequent first; lines that name none take that one.
-- needs: source_subscriptions
-- decision: ties go to the first by code; where no line names a currency it is $default_currency
WITH counted_currencies AS (
    SELECT UPPER(currency) AS currency, SUM(spelled_so) AS lines_in_it
    FROM (
        SELECT currency, COUNT(*) AS spelled_so
        FROM source_subscriptions
        WHERE currency IS NOT NULL
        GROUP BY currency
    ) AS spellings
    GROUP BY UPPER(currency)
),

named_currencies AS (
    SELECT currency, lines_in_it FROM counted_currencies
    UNION ALL
    SELECT $default_currency AS currency, 0 AS lines_in_it
    WHERE NOT EXISTS (SELECT 1 FROM counted_currencies)
)

SELECT
    CAST(ROW_NUMBER() OVER (ORDER BY lines_in_it DESC, currency) - 1 AS INTEGER) AS currency_code,
    currency
FROM named_currencies
