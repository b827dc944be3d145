-- Who may leave soon, why, and how much would go with them?
-- kind: account
-- grain: customer at as-of x currency
-- unit: probability, score and money
-- parameters: as_of, by, where, currency, horizon_days, policies
-- heeds: event, constant_rates
-- keys: account_id, currency
-- absent: none
-- made_by: study
-- definition: chance of a churn row in the next horizon_days from a discrete-time hazard model (a logistic
--   regression on customer-months), and a health score of weighted rules; this statement gives what both are made of
-- decision: what is dated after a moment is not seen at it; who has given notice is listed apart, not predicted
-- decision: filters and the split are put on its rows afterwards: a customer is said to be the same in every view
-- decision: columns of the accounts table say nothing of when they were written, so the model does not use them
-- needs: risk_features, account_keys, accounts, result_currencies
WITH named_accounts AS (
    SELECT account_id, MIN(name) AS name
    FROM accounts
    GROUP BY account_id
)

SELECT
    risk_features.*,
    account_keys.account_id,
    named_accounts.name,
    result_currencies.currency
FROM risk_features
INNER JOIN account_keys ON risk_features.account_key = account_keys.account_key
INNER JOIN result_currencies ON risk_features.customer_key % $currency_count = result_currencies.currency_code
LEFT JOIN named_accounts ON account_keys.account_id = named_accounts.account_id
ORDER BY account_keys.account_id, result_currencies.currency
