-- Which lines come up for renewal, and since when is the stated end of their term known?
-- One row: a line known at as-of with a term end, or with a billing interval of three months or more.
-- needs: lines
-- decision: an export may overwrite term_end at each renewal, so before `sure_from` the ends of equal
-- terms before it are counted back: whoever stayed and whoever left then show the same
-- decision: without term_start a term is a year, or the billing interval where that is longer
SELECT
    account_key,
    start_date,
    end_date,
    /*term_columns*/ term_end,
    /*term_columns*/ CASE
        /*term_columns*/ WHEN term_start IS NULL THEN GREATEST(COALESCE(interval_months, 12), 12)
        /*term_columns*/ ELSE GREATEST(CAST(ROUND((term_end - term_start) / 30.4375) AS INTEGER), 1)
    /*term_columns*/ END AS term_months,
    /*term_columns*/ COALESCE(term_start, CAST($file_day AS DATE)) AS sure_from,
    CASE WHEN interval_months >= 3 THEN interval_months END AS interval_months
FROM lines
WHERE start_date <= $as_of
    AND (
        interval_months >= 3
        /*term_columns*/ OR term_end IS NOT NULL
    )
