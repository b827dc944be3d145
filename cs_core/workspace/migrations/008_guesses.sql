-- One row per guess that somebody made in a lesson, of nobody in particular: `asked` is the lesson
-- with its settings as its address says it, `said` the figure or the choice.
CREATE TABLE lesson_guesses (
    asked TEXT NOT NULL,
    said  TEXT NOT NULL,
    made  TEXT NOT NULL
);
