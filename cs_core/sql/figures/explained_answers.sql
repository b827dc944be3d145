-- Which answers stand behind the figure pointed at?
-- One row: an answer, with the line of the file it stands in; the worst first.
-- needs: dated_answers, accounts, result_currencies, chosen_segment
SELECT
    dated_answers.account_id,
    named_accounts.name,
    dated_answers.responded_at AS date,
    result_currencies.currency,
    CAST(dated_answers.score / 1000000.0 AS DOUBLE) AS score,
    dated_answers.comment,
    dated_answers.file_no,
    dated_answers.source_line
FROM dated_answers
INNER JOIN result_currencies ON dated_answers.currency_code = result_currencies.currency_code
LEFT JOIN (
    SELECT account_id, MIN(name) AS name FROM accounts
    GROUP BY account_id
) AS named_accounts ON dated_answers.account_id = named_accounts.account_id
WHERE dated_answers.period_index >= $first_period AND dated_answers.period_index <= $last_period
    /*at_period*/ AND dated_answers.period_index = $at_period
    /*at_segment*/ AND dated_answers.segment IN (SELECT chosen_segment.segment FROM chosen_segment)
    /*at_currency*/ AND result_currencies.currency = $at_currency
    /*promoter*/ AND dated_answers.promoter = 1
    /*passive*/ AND dated_answers.promoter = 0 AND dated_answers.detractor = 0
    /*detractor*/ AND dated_answers.detractor = 1
ORDER BY
    dated_answers.score,
    dated_answers.responded_at,
    dated_answers.account_id,
    dated_answers.file_no,
    dated_answers.source_line
