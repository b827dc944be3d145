-- In which currencies is the answer given?
-- One row: a currency of the result: the reporting one, or each where they cannot be joined.
-- needs: currencies
/*joint*/ SELECT 0 AS currency_code, CAST($reporting_currency AS VARCHAR) AS currency
/*!joint*/ SELECT currency_code, currency FROM currencies
