-- Which contract terms ended, and which of them were renewed?
-- kind: contract
-- grain: term x segment x currency
-- unit: money and date
-- parameters: period, from, to, as_of, by, where, currency, policies
-- heeds: event, constant_rates, service_dates
-- keys: period, account_id, subscription_id, term_end, segment, currency
-- absent: none
-- definition: the terms counted by `renewals`, one by one: MRR on the day before and on the day of the term end
-- money: mrr_before, mrr_after
-- decision: plan is that of the line with the most MRR that earned the day before
-- needs: terms, calendar, lines, earning_lines, account_keys, accounts, customer_segments, result_currencies, segment_values
WITH due_terms AS (
    SELECT
        terms.customer_key,
        terms.subscription_id,
        terms.term_end,
        calendar.period_index,
        CAST(terms.mrr_before AS BIGINT) AS mrr_before,
        CAST(terms.mrr_on_day AS BIGINT) AS mrr_after
    FROM terms
    INNER JOIN calendar ON terms.term_end = calendar.day
    WHERE terms.mrr_before > 0 AND terms.term_end <= $as_of
        AND calendar.period_index >= $first_period AND calendar.period_index <= $last_period
),

plans_of_terms AS (
    SELECT
        due_terms.customer_key,
        due_terms.subscription_id,
        due_terms.term_end,
        /*plan*/ ARG_MAX(lines.plan_column, earning_lines.mrr) AS plan,
        /*!plan*/ CAST(NULL AS VARCHAR) AS plan,
        ARG_MAX(earning_lines.cancel_reason, earning_lines.mrr) AS cancel_reason
    FROM due_terms
    INNER JOIN earning_lines
        ON due_terms.customer_key = earning_lines.customer_key
        AND due_terms.subscription_id IS NOT DISTINCT FROM earning_lines.subscription_id
        AND earning_lines.start_day < due_terms.term_end
        AND (earning_lines.end_day IS NULL OR earning_lines.end_day >= due_terms.term_end)
    /*plan*/ INNER JOIN lines
        /*plan*/ ON earning_lines.file_no = lines.file_no
        /*plan*/ AND earning_lines.source_line = lines.source_line
        /*plan*/ AND earning_lines.customer_key // $currency_count = lines.account_key
    GROUP BY due_terms.customer_key, due_terms.subscription_id, due_terms.term_end
)

SELECT
    due_terms.period_index,
    account_keys.account_id,
    named_accounts.name,
    due_terms.subscription_id,
    plans_of_terms.plan AS contract_plan,
    /*by*/ segment_values.value AS segment,
    result_currencies.currency,
    due_terms.term_end,
    due_terms.mrr_before,
    due_terms.mrr_after,
    due_terms.mrr_after > 0 AS renewed,
    CASE WHEN due_terms.mrr_after = 0 THEN plans_of_terms.cancel_reason END AS cancel_reason
FROM due_terms
INNER JOIN plans_of_terms
    ON due_terms.customer_key = plans_of_terms.customer_key
    AND due_terms.subscription_id IS NOT DISTINCT FROM plans_of_terms.subscription_id
    AND due_terms.term_end = plans_of_terms.term_end
INNER JOIN account_keys ON due_terms.customer_key // $currency_count = account_keys.account_key
INNER JOIN result_currencies ON due_terms.customer_key % $currency_count = result_currencies.currency_code
LEFT JOIN (
    SELECT account_id, MIN(name) AS name FROM accounts
    GROUP BY account_id
) AS named_accounts ON account_keys.account_id = named_accounts.account_id
/*segmented*/ INNER JOIN customer_segments ON due_terms.customer_key = customer_segments.customer_key
    /*segmented*/ AND due_terms.term_end - 1 >= customer_segments.from_day
    /*segmented*/ AND due_terms.term_end - 1 < customer_segments.to_day
    /*segmented*/ AND customer_segments.segment >= 0
/*by*/ LEFT JOIN segment_values ON segment_values.column_no = $by_column AND customer_segments.segment = segment_values.value_code
ORDER BY
    due_terms.period_index,
    due_terms.mrr_after > 0,
    due_terms.mrr_before DESC,
    account_keys.account_id,
    due_terms.term_end
