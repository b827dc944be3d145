-- Which values do the filters ask for? Made for each question.
-- One row: a column and a value that is wanted; empty without filters.
SELECT CAST(NULL AS INTEGER) AS column_no, CAST(NULL AS INTEGER) AS value_code WHERE FALSE
