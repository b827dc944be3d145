-- Which segment values have a row in the answer?
-- One row: a segment value and a currency.
-- needs: result_currencies, bridge_changes
/*!by*/ SELECT 0 AS segment, currency_code FROM result_currencies
/*by*/ SELECT DISTINCT segment, currency_code FROM bridge_changes
