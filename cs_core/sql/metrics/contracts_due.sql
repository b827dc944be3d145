-- Which contracts come to the end of their term in the 180 days after the as-of date?
-- kind: contract
-- grain: contract x segment x currency
-- unit: money and date
-- parameters: as_of, by, where, currency, policies
-- heeds: event, constant_rates, service_dates
-- keys: account_id, subscription_id, term_end, segment, currency
-- absent: none
-- definition: the next term end of each contract that earns on the as-of day, with its MRR of that day
-- money: mrr
-- decision: a contract is one subscription id, or the account's lines together where there are none
-- decision: an end dated after as-of is not known; a cancellation requested by as-of is notice given
-- decision: without term columns, the billing intervals of three months or more counted from the start
-- decision: of those intervals the last that began in or before the as-of month, or the next
-- decision: plan is that of the line with the most MRR; segment value of the as-of day
-- needs: lines, earning_lines, account_keys, accounts, customer_segments, result_currencies, segment_values
WITH earning_terms AS (
    SELECT
        earning_lines.customer_key,
        earning_lines.subscription_id,
        earning_lines.mrr,
        /*plan*/ lines.plan_column AS plan,
        /*!plan*/ CAST(NULL AS VARCHAR) AS plan,
        CASE WHEN lines.cancel_requested_at <= $as_of THEN lines.cancel_requested_at END AS notice_day,
        /*term_columns*/ lines.term_end AS term_end
        /*!term_columns*/ CAST(lines.start_date + TO_MONTHS(lines.interval_months * (
            /*!term_columns*/ ((YEAR(CAST($as_of AS DATE)) - YEAR(lines.start_date)) * 12 + MONTH(CAST($as_of AS DATE)) - MONTH(lines.start_date)) // lines.interval_months
            /*!term_columns*/ + CASE WHEN lines.start_date + TO_MONTHS(lines.interval_months * (
                /*!term_columns*/ ((YEAR(CAST($as_of AS DATE)) - YEAR(lines.start_date)) * 12 + MONTH(CAST($as_of AS DATE)) - MONTH(lines.start_date)) // lines.interval_months
            /*!term_columns*/ )) > CAST($as_of AS DATE) THEN 0 ELSE 1 END
        /*!term_columns*/ )) AS DATE) AS term_end
    FROM earning_lines
    INNER JOIN lines
        ON earning_lines.file_no = lines.file_no
        AND earning_lines.source_line = lines.source_line
        AND earning_lines.customer_key // $currency_count = lines.account_key
    WHERE earning_lines.start_day <= $as_of
        AND (earning_lines.end_day IS NULL OR earning_lines.end_day > $as_of)
        /*!term_columns*/ AND lines.interval_months >= 3
),

contracts AS (
    SELECT
        customer_key,
        subscription_id,
        MIN(term_end) FILTER (WHERE term_end > $as_of) AS term_end,
        SUM(mrr) AS mrr,
        ARG_MAX(plan, mrr) AS plan,
        MAX(notice_day) AS notice_day
    FROM earning_terms
    GROUP BY customer_key, subscription_id
)

SELECT
    account_keys.account_id,
    named_accounts.name,
    contracts.subscription_id,
    contracts.plan AS contract_plan,
    /*by*/ segment_values.value AS segment,
    result_currencies.currency,
    contracts.term_end,
    CAST(contracts.mrr AS BIGINT) AS mrr,
    contracts.notice_day
FROM contracts
INNER JOIN account_keys ON contracts.customer_key // $currency_count = account_keys.account_key
INNER JOIN result_currencies ON contracts.customer_key % $currency_count = result_currencies.currency_code
LEFT JOIN (
    SELECT account_id, MIN(name) AS name FROM accounts
    GROUP BY account_id
) AS named_accounts ON account_keys.account_id = named_accounts.account_id
/*segmented*/ INNER JOIN customer_segments ON contracts.customer_key = customer_segments.customer_key
    /*segmented*/ AND CAST($as_of AS DATE) >= customer_segments.from_day
    /*segmented*/ AND CAST($as_of AS DATE) < customer_segments.to_day
    /*segmented*/ AND customer_segments.segment >= 0
/*by*/ LEFT JOIN segment_values ON segment_values.column_no = $by_column AND customer_segments.segment = segment_values.value_code
WHERE contracts.mrr > 0
    AND contracts.term_end <= CAST($as_of AS DATE) + 180
ORDER BY
    contracts.term_end,
    contracts.mrr DESC,
    account_keys.account_id,
    contracts.subscription_id NULLS LAST
