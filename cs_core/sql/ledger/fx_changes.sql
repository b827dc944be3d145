-- By how much did open MRR change only because a new month has another rate?
-- One row: a customer and the first day of a month. Empty unless rates are historical.
-- needs: account_days
/*historical*/ SELECT customer_key, day, fx_delta FROM account_days WHERE fx_delta <> 0
/*!historical*/ SELECT CAST(NULL AS INTEGER) AS customer_key, CAST(NULL AS DATE) AS day, CAST(NULL AS BIGINT) AS fx_delta WHERE FALSE
