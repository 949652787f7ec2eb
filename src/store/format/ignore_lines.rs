//! Lines that `init` adds once to the user's `.gitignore`.

/// The text with the missing ones of `lines` at its end; `None` when all are there.
pub(crate) fn with_lines(text: &str, lines: &[&str]) -> Option<String> {
    let missing: Vec<&&str> =
        lines.iter().filter(|line| !text.lines().any(|have| have.trim() == **line)).collect();
    if missing.is_empty() {
        return None;
    }
    let mut out = text.to_owned();
    if !out.is_empty() && !out.ends_with('\n') {
        out.push('\n');
    }
    for line in missing {
        out.push_str(line);
        out.push('\n');
    }
    Some(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_added_once_and_nothing_else_changes() {
        let lines = [".loghop/", "loghop.md"];
        let once = with_lines("target\nloghop.md", &lines).unwrap();
        assert_eq!(once, "target\nloghop.md\n.loghop/\n");
        assert_eq!(with_lines(&once, &lines), None);
        assert_eq!(with_lines("", &lines).unwrap(), ".loghop/\nloghop.md\n");
    }
}
