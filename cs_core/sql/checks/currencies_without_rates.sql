-- Which lines have another currency than the most frequent one, with no rate to join them?
-- severity: warning
-- table: subscriptions
SELECT lines.file_no, lines.source_line, 'currency' AS column_name, currencies.currency AS value, lines.mrr
FROM lines
INNER JOIN currencies ON lines.currency_code = currencies.currency_code
WHERE lines.currency_code > 0
    AND currencies.currency NOT IN (SELECT UPPER(currency) FROM fx_rates WHERE currency IS NOT NULL)
    AND (SELECT COUNT(*) FROM currencies WHERE currency NOT IN
        (SELECT UPPER(currency) FROM fx_rates WHERE currency IS NOT NULL)) > 1
