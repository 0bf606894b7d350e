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
            .take(MAX_EXCERPT)
            .flat_map(visible)
            .collect(),
    }
}

/// The text with every character escaped that would break a line, or turn the direction of what follows.
pub(super) fn visible_text(text: &str) -> String {
    text.chars().flat_map(visible).collect()
}

fn visible(c: char) -> impl Iterator<Item = char> {
    let turns = matches!(c, '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    let breaks = c.is_control() || matches!(c, '\u{2028}' | '\u{2029}');
    let escaped = turns || (breaks && c != '\t');
    let (as_is, escape) = if escaped {
        (None, Some(c.escape_unicode()))
    } else {
        (Some(c), None)
    };
    as_is.into_iter().chain(escape.into_iter().flatten())
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
