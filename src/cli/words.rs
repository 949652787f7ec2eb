//! Words for people, where records have words for programs.

/// Cells of the longest status, so that a list has columns.
pub(super) const STATUS_WIDTH: usize = "interrupted, empty".len();

/// A status as on disk; `empty` is a session in which nothing was captured.
pub(super) fn status(word: &str) -> String {
    let (word, is_empty) = word.strip_suffix("_empty").map_or((word, false), |word| (word, true));
    match word {
        // Nothing else can be expected of it.
        "launch_failed" => "not started".to_owned(),
        "timed_out" if is_empty => "timed out, empty".to_owned(),
        "timed_out" => "timed out".to_owned(),
        other if is_empty => format!("{other}, empty"),
        other => other.to_owned(),
    }
}

/// So many of something: `1 file`, `2 files`.
pub(super) fn count(number: usize, noun: &str) -> String {
    let plural = if number == 1 { "" } else { "s" };
    format!("{number} {noun}{plural}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Status;

    #[test]
    fn every_status_is_told_in_plain_words_that_fit_their_column() {
        let all = [
            Status::Running,
            Status::Succeeded,
            Status::Failed,
            Status::Interrupted,
            Status::TimedOut,
            Status::LaunchFailed,
            Status::Annotated,
        ];
        for word in all.iter().map(Status::as_str) {
            for word in [word.to_owned(), format!("{word}_empty")] {
                let told = status(&word);
                assert!(told.len() <= STATUS_WIDTH && !told.contains('_'), "{told}");
            }
        }
        assert_eq!(status("succeeded_empty"), "succeeded, empty");
        assert_eq!(status("of another version"), "of another version");
    }

    #[test]
    fn one_is_one() {
        assert_eq!([0, 1, 2].map(|n| count(n, "file")), ["0 files", "1 file", "2 files"]);
    }
}
