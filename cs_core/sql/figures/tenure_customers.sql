-- Which accounts are there, where the data only has tenures?
-- One row: an account, which is one customer.
-- needs: account_keys
SELECT account_key AS customer_key, account_key FROM account_keys
