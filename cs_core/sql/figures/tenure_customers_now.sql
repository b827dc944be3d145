-- Who is a customer now, where the data only says how many months each has stayed?
-- One row: an account that has not left.
-- needs: tenures
SELECT
    account_key AS customer_key,
    mrr,
    FALSE AS annual,
    tenure_months AS tenure
FROM tenures
WHERE NOT churned
