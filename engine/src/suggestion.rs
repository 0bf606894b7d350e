//! What was probably meant: "did you mean ..?" for names that people mistype.

/// Of the `known` names the one that `name` is nearest to, if it is near enough to have been meant: at most two characters
/// inserted, left out or changed, or one in three where it is short. Letter case is no difference.
pub fn nearest<'k>(name: &str, known: impl IntoIterator<Item = &'k str>) -> Option<&'k str> {
    let name: Vec<char> = name.to_lowercase().chars().collect();
    let (distance, length, candidate) = known
        .into_iter()
        .map(|known| {
            let chars: Vec<char> = known.to_lowercase().chars().collect();
            (edits(&name, &chars), chars.len(), known)
        })
        .min_by_key(|(distance, ..)| *distance)?;
    (distance <= length.div_ceil(3).min(2)).then_some(candidate)
}

/// The Levenshtein distance.
fn edits(from: &[char], to: &[char]) -> usize {
    let mut row: Vec<usize> = (0..=to.len()).collect();
    for (i, a) in from.iter().enumerate() {
        let mut diagonal = i;
        let mut left = i.saturating_add(1);
        for (cell, b) in row.iter_mut().skip(1).zip(to) {
            let above = *cell;
            let changed = diagonal.saturating_add(usize::from(a != b));
            left = changed.min(above.min(left).saturating_add(1));
            *cell = left;
            diagonal = above;
        }
        if let Some(first) = row.first_mut() {
            *first = i.saturating_add(1);
        }
    }
    row.last().copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::{edits, nearest};

    #[test]
    fn distances_count_single_edits() {
        for (from, to, distance) in [
            ("", "", 0),
            ("", "abc", 3),
            ("abc", "", 3),
            ("abc", "abc", 0),
            ("kitten", "sitting", 3),
            ("max_depht", "max_depth", 2),
            ("ab", "ba", 2),
        ] {
            let chars = |text: &str| text.chars().collect::<Vec<_>>();
            assert_eq!(edits(&chars(from), &chars(to)), distance, "{from} {to}");
        }
    }

    #[test]
    fn only_what_was_probably_meant_is_suggested() {
        for (name, mistyped, suggested) in [
            ("two letters swapped", "remeyd", Some("remedy")),
            ("another case", "Reason", Some("reason")),
            ("one letter more", "reasons", Some("reason")),
            ("short, one letter off", "ib", Some("id")),
            ("short, another word", "up", None),
            ("another word", "shadow", None),
            ("nothing at all", "", None),
        ] {
            assert_eq!(
                nearest(mistyped, ["id", "reason", "remedy"]),
                suggested,
                "{name}"
            );
        }
        assert_eq!(nearest("id", []), None, "nothing is known");
    }
}
