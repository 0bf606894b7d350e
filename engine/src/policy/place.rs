//! Where something stands in a policy source.

use super::load_error::Place;

/// How many characters of a line are shown.
const MAX_EXCERPT: usize = 160;

/// The place at byte `offset` of the source's text; of its end where `offset` lies beyond, or within a character.
pub(super) fn place(source: &str, text: &str, offset: usize) -> Place {
    let (before, after) = text.split_at_checked(offset).unwrap_or((text, ""));
    let line_start = before.rfind('\n').map_or(0, |at| at.saturating_add(1));
    let (_, start_of_line) = before.split_at_checked(line_start).unwrap_or(("", before));
    let rest_of_line = after.lines().next().unwrap_or_default();
    Place {
        source: source.to_owned(),
        line: before.matches('\n').count().saturating_add(1),
        column: start_of_line.chars().count().saturating_add(1),
        excerpt: start_of_line
            .chars()
            .chain(rest_of_line.chars())
            .filter(|c| !c.is_control() || *c == '\t')
            .take(MAX_EXCERPT)
            .collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::place;

    #[test]
    fn lines_and_columns_count_characters_from_one() {
        let text = "permit\n  (ä, x);\r\nend";
        for (name, offset, line, column, excerpt) in [
            ("the start", 0, 1, 1, "permit"),
            ("the end of a line", 6, 1, 7, "permit"),
            ("the start of the next", 7, 2, 1, "  (ä, x);"),
            ("behind a wide character", 12, 2, 5, "  (ä, x);"),
            ("within a wide character", 11, 3, 4, "end"),
            ("the end", 22, 3, 4, "end"),
            ("beyond the end", 99, 3, 4, "end"),
        ] {
            let at = place("a.cedar", text, offset);
            assert_eq!(
                (at.line, at.column, at.excerpt.as_str()),
                (line, column, excerpt),
                "{name}"
            );
        }
    }
}
