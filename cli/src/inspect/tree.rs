//! Chains as trees: each party below the one that it has its authority from.

use std::fmt::Write as _;
use std::io::IsTerminal as _;

use bailiwick_engine::delegation::attenuation::Attenuation;

use super::report::shown;

/// How a line is made to stand out.
#[derive(Clone, Copy)]
pub(super) struct Style {
    in_colour: bool,
}

/// One party.
pub(super) struct Node {
    /// Who it is.
    pub(super) name: String,
    /// What is said of it, each with its label.
    pub(super) facts: Vec<(&'static str, String)>,
    /// What it has beyond the one above.
    pub(super) widens: Option<String>,
}

impl Style {
    /// Colours only where a person looks.
    pub(super) fn of_output() -> Self {
        Self {
            in_colour: std::io::stdout().is_terminal(),
        }
    }

    /// No colours.
    #[cfg(test)]
    pub(super) const fn plain() -> Self {
        Self { in_colour: false }
    }

    /// What should not be.
    pub(super) fn alarming(self, text: &str) -> String {
        if self.in_colour {
            format!("\u{1b}[31m{text}\u{1b}[0m")
        } else {
            text.to_owned()
        }
    }
}

/// What the party at this place has beyond the one above, in words.
pub(super) fn widening(verdict: &Attenuation, place: usize) -> Option<String> {
    match verdict {
        Attenuation::Widened {
            hop,
            dimension,
            parent,
            child,
        } if *hop == place => Some(format!(
            "{dimension}: `{child}`, where the one above has `{parent}`"
        )),
        Attenuation::Widened { .. } | Attenuation::Proven | Attenuation::Unproven { .. } => None,
    }
}

/// The tree, the one that all comes from at its top.
pub(super) fn draw(origin: &str, nodes: &[Node], style: Style) -> String {
    let mut text = format!("{}\n", shown(origin));
    for (depth, node) in nodes.iter().enumerate() {
        let indent = "   ".repeat(depth);
        let name = format!("{indent}└─ {}", shown(&node.name));
        let name = match node.widens {
            Some(_) => style.alarming(&name),
            None => name,
        };
        // Writing to a `String` can't fail.
        let _ = writeln!(text, "{name}");
        for (label, fact) in &node.facts {
            let _ = writeln!(text, "{indent}   {label:<9} {}", shown(fact));
        }
        if let Some(widens) = &node.widens {
            let line = format!("{indent}   {:<9} {}", "WIDENS", shown(widens));
            let _ = writeln!(text, "{}", style.alarming(&line));
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::{Node, Style, draw};

    #[test]
    fn a_party_stands_below_its_parent_and_red_where_it_widens() {
        let node = |name: &str, widens: Option<&str>| Node {
            name: name.to_owned(),
            facts: vec![("tool", "read\u{1b}[2J".to_owned())],
            widens: widens.map(str::to_owned),
        };
        let nodes = [node("a", None), node("b", Some("tools"))];
        let plain = "o\n└─ a\n   tool      read\\u{1b}[2J\n   └─ b\n      tool      read\\u{1b}[2J\n      WIDENS    tools\n";
        assert_eq!(draw("o", &nodes, Style::plain()), plain);
        let red = "o\n└─ a\n   tool      read\\u{1b}[2J\n\u{1b}[31m   └─ b\u{1b}[0m\n      tool      read\\u{1b}[2J\n\u{1b}[31m      WIDENS    tools\u{1b}[0m\n";
        assert_eq!(draw("o", &nodes, Style { in_colour: true }), red);
    }
}
