-- Which priced lines were used, and what does each earn a month?
-- One row: a line of the files that was not set aside; its segment columns stand last, under their names.
-- column: account_id: as in the files
-- column: subscription_id: as in the files
-- column: currency: the line's own
-- column: mrr: what it earns a month after recurring discounts, in units of its currency
-- column: gross_mrr: the same before recurring discounts
-- column: start_date: the first day it earns, unless a trial comes first
-- column: end_date: the first day it no longer earns, empty while open
-- column: trial_end: the first paid day of a trial
-- column: cancel_requested_at: the day on which the end was asked for
-- column: term_start: the first day of the term agreed
-- column: term_end: the first day after the term agreed
-- column: interval_months: months between two bills, empty for weeks and days
-- column: file_number: the place of its file among those imported, from 0
-- column: file_line: the line of that file
-- needs: lines, account_keys, currencies
SELECT
    account_keys.account_id,
    lines.subscription_id,
    currencies.currency,
    CAST(lines.mrr * CAST(0.000001 AS DECIMAL(7, 6)) AS DECIMAL(38, 6)) AS mrr,
    CAST(lines.gross_mrr * CAST(0.000001 AS DECIMAL(7, 6)) AS DECIMAL(38, 6)) AS gross_mrr,
    lines.start_date,
    lines.end_date,
    lines.trial_end,
    lines.cancel_requested_at,
    lines.term_start,
    lines.term_end,
    lines.interval_months,
    lines.file_no AS file_number,
    lines.source_line AS file_line
    /*with_columns*/ , segment_columns
FROM lines
INNER JOIN account_keys ON lines.account_key = account_keys.account_key
INNER JOIN currencies ON lines.currency_code = currencies.currency_code
