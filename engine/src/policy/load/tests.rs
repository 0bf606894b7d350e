use crate::policy::groups::Groups;
use crate::policy::lint::surroundings::Surroundings;
use crate::policy::load_error::{PolicyLoadError, ProblemKind};
use crate::policy::tests::{load, load_with};
use crate::policy::{Policies, PolicySource};

/// A kind, a line and a column, and a message.
type Told<'e> = (ProblemKind, Option<(usize, usize)>, &'e str);

fn told(error: &PolicyLoadError) -> Vec<Told<'_>> {
    let problems = error.problems.iter().map(|problem| {
        let place = problem
            .place
            .as_ref()
            .map(|place| (place.line, place.column));
        (problem.kind, place, problem.message.as_str())
    });
    problems.collect()
}

const YES: &str = "permit(principal, action, resource);\n";

#[test]
fn what_is_wrong_is_told_with_its_place() {
    let call = r#"permit(principal, action == Action::"call_tool", resource) when"#;
    for (name, text, kind, place, message) in [
        (
            "not Cedar",
            format!("{YES}permit(principal, action resource);"),
            ProblemKind::Syntax,
            (2, 26),
            "unexpected token `resource`, expected `!=`, `)`, `,`, `:`, `<`, `<=`, `==`, `>`, `>=`, `in`, or `is`",
        ),
        (
            "an open string",
            "permit(principal, action, resource) when { \"".to_owned(),
            ProblemKind::Syntax,
            (1, 44),
            "invalid token; try checking that all strings are closed properly",
        ),
        (
            "an annotation that stands there twice",
            format!("@id(\"a\") @id(\"b\") {YES}"),
            ProblemKind::Syntax,
            (1, 10),
            "duplicate annotation: @id",
        ),
        (
            "an unknown type",
            format!("{YES}permit(principal == Agnt::\"corp/bot\", action, resource);"),
            ProblemKind::Schema,
            (2, 21),
            "for policy `policy1`, unrecognized entity type `Agnt`; did you mean `Agent`?",
        ),
        (
            "an unknown action",
            "permit(principal, action == Action::\"call_tol\", resource);".to_owned(),
            ProblemKind::Schema,
            (1, 29),
            "for policy `policy0`, unrecognized action `Action::\"call_tol\"`; did you mean `Action::\"call_tool\"`?",
        ),
        (
            "an argument without its guard",
            format!("{call} {{ context.arguments.getTag(\"/a\") has long }};"),
            ProblemKind::Schema,
            (1, 67),
            "for policy `policy0`, unable to guarantee safety of access to tag `\"/a\"` on entity type `Arguments`; try testing for the tag's presence with `.hasTag(\"/a\") && ..`",
        ),
        (
            "a number without its guard",
            format!("{call} {{ context.arguments.hasTag(\"/a\") && context.arguments.getTag(\"/a\").long < 1 }};"),
            ProblemKind::Schema,
            (1, 101),
            "for policy `policy0`, unable to guarantee safety of access to optional attribute `long`; try testing for the attribute's presence with `e has long && ..`",
        ),
        (
            "arguments of what has none",
            "permit(principal, action == Action::\"ping\", resource) when { context.arguments.hasTag(\"/a\") };".to_owned(),
            ProblemKind::Schema,
            (1, 62),
            "for policy `policy0`, attribute `arguments` in context for Action::\"ping\" not found; did you mean `grants`?",
        ),
        (
            "a policy that never applies",
            format!("{YES}permit(principal, action, resource) when {{ false }};"),
            ProblemKind::Suspicious,
            (2, 1),
            "for policy `policy1`, policy is impossible: the policy expression evaluates to false for all valid requests",
        ),
        (
            "an action for something else",
            "permit(principal, action == Action::\"ping\", resource is Tool);".to_owned(),
            ProblemKind::Suspicious,
            (1, 1),
            "for policy `policy0`, unable to find an applicable action given the policy scope constraints",
        ),
        (
            "text that runs backwards",
            "permit(principal, action, resource) when { context.token.issuer == \"\u{202e}x\" };".to_owned(),
            ProblemKind::Suspicious,
            (1, 68),
            "for policy `policy0`, string `\"\\u{202e}x\"` contains BIDI control characters",
        ),
        (
            "a template",
            format!("{YES}permit(principal == ?principal, action, resource);"),
            ProblemKind::Template,
            (2, 1),
            "this is a template, and nothing would ever fill its slots: write the entity instead",
        ),
        (
            "an annotation with a typing error",
            format!("@id(\"a\")\n@remeyd(\"ask\") {YES}"),
            ProblemKind::Annotation,
            (2, 1),
            "unknown annotation `@remeyd`, did you mean `@remedy`?",
        ),
        (
            "an annotation that means nothing here",
            format!("@colour(\"true\") {YES}"),
            ProblemKind::Annotation,
            (1, 1),
            "unknown annotation `@colour`, known are `@id`, `@reason`, `@remedy`, `@shadow`, `@step_up`, `@scopes`",
        ),
        (
            "a step-up without a value",
            format!("@step_up(\"acr=\") {YES}"),
            ProblemKind::Annotation,
            (1, 1),
            "`@step_up` has `acr=`, write `acr=..` up to 8 times, `max_age=..` once, and one space between",
        ),
        (
            "a step-up with an age that is none",
            format!("@step_up(\"max_age=5m\") {YES}"),
            ProblemKind::Annotation,
            (1, 1),
            "`@step_up` has `max_age=5m`, write whole seconds, at least 1",
        ),
        (
            "scopes with a quote",
            format!("@scopes(\"a'\\\"\") {YES}"),
            ProblemKind::Annotation,
            (1, 1),
            "`@scopes` is 1 to 8 scopes with one space between, without quotes and backslashes",
        ),
        (
            "a step-up that would not help",
            format!("@step_up(\"acr=phr\") {YES}"),
            ProblemKind::Annotation,
            (1, 1),
            "`@step_up` stands at a policy that looks at neither `context.token.acr` nor `context.token.auth_time`, so it would never help",
        ),
        (
            "a scope that would not help",
            format!("@scopes(\"a\") {YES}"),
            ProblemKind::Annotation,
            (1, 1),
            "`@scopes` stands at a policy that doesn't look at `context.token.scopes`, so it would never help",
        ),
        (
            "an annotation that says nothing",
            format!("@reason {YES}"),
            ProblemKind::Annotation,
            (1, 1),
            "`@reason` says nothing, write `@reason(\"..\")`",
        ),
        (
            "an annotation with a line break",
            format!("@remedy(\"a\\nb\") {YES}"),
            ProblemKind::Annotation,
            (1, 1),
            "`@remedy` has a line break or another control character",
        ),
        (
            "a remedy that no agent could act on",
            format!("@remedy(\"{{\\\"text\\\": \\\"wait\\\", \\\"after\\\": 60}}\") {YES}"),
            ProblemKind::Annotation,
            (1, 1),
            "`@remedy` begins like JSON: unknown field `after`, expected one of `text`, `arguments`, `instead`, `authorization_details`, `retry_after`, `contact` at line 1 column 24",
        ),
        (
            "an id that would break a log line",
            format!("@id(\"a b\") {YES}"),
            ProblemKind::Annotation,
            (1, 1),
            "`@id` has letters, digits and `. _ : / -` only, at most 128",
        ),
        (
            "an id that is taken",
            format!("@id(\"a\") {YES}@id(\"a\") {YES}"),
            ProblemKind::DuplicateId,
            (2, 1),
            "two policies have the id `a` (the other is at test.cedar:1:1)",
        ),
        (
            "an id that a nameless policy has",
            format!("@id(\"policy1\") {YES}{YES}"),
            ProblemKind::DuplicateId,
            (2, 1),
            "two policies have the id `policy1` (the other is at test.cedar:1:1)",
        ),
        (
            "an agent without its domain",
            "permit(principal == Agent::\"bot\", action, resource);".to_owned(),
            ProblemKind::Suspicious,
            (1, 21),
            "`Agent::\"bot\"` never matches, write `Agent::\"<trust domain>/<name>\"`",
        ),
        (
            "a user without its domain",
            "permit(principal, action, resource) when { context has user && context.user == User::\"/alice\" };".to_owned(),
            ProblemKind::Suspicious,
            (1, 80),
            "`User::\"/alice\"` never matches, write `User::\"<trust domain>/<name>\"`",
        ),
        (
            "a tool without its server",
            format!("{YES}\n permit(principal, action, resource == Tool::\"refund\");"),
            ProblemKind::Suspicious,
            (3, 40),
            "`Tool::\"refund\"` never matches, write `Tool::\"<server>/<tool>\"`",
        ),
        (
            "a group that isn't configured",
            "permit(principal in Group::\"trustd\", action, resource);".to_owned(),
            ProblemKind::Suspicious,
            (1, 21),
            "`Group::\"trustd\"` is not configured, did you mean `trusted`?",
        ),
        (
            "a group of tools that isn't configured",
            "permit(principal, action, resource in ToolGroup::\"writing\");".to_owned(),
            ProblemKind::Suspicious,
            (1, 39),
            "`ToolGroup::\"writing\"` is not configured; groups of tools stand in the configuration",
        ),
        (
            "a key that is no pointer",
            format!("{call} {{ context.arguments.hasTag(\"amount\") }};"),
            ProblemKind::Argument,
            (1, 1),
            "no argument is ever found by `amount`, keys are JSON Pointers (RFC 6901): `/amount`, `/items/0/price`",
        ),
    ] {
        let groups = Groups {
            agents: [("trusted".to_owned(), vec![])].into(),
            tools: [("reading".to_owned(), vec![])].into(),
            ..Groups::default()
        };
        let error = load_with(&text, &groups).expect_err(name);
        assert_eq!(told(&error), [(kind, Some(place), message)], "{name}");
    }
}

#[test]
fn everything_that_is_wrong_is_told_at_once() {
    let sources = [
        (
            "a.cedar",
            "permit(principal == Agnt::\"corp/x\", action, resource);",
        ),
        (
            "b.cedar",
            "permit(principal, action, resource)\n  when { contxt.now == 1 };",
        ),
    ]
    .map(|(name, text)| PolicySource {
        name: name.to_owned(),
        text: text.to_owned(),
    });
    let syntax =
        Policies::load(&sources, &Groups::default(), &Surroundings::default()).unwrap_err();
    assert_eq!(
        syntax.to_string(),
        "b.cedar:2:10: invalid member access `contxt.now`, `contxt` has no fields or methods\n  |   when { contxt.now == 1 };"
    );

    let both = load(
        r#"@oops("") permit(principal == Agnt::"x", action, resource); permit(principal == Agnt::"x", action, resource in Srver::"x");"#,
    );
    let [first, ..] = &both.unwrap_err().problems[..] else {
        panic!("told")
    };
    assert_eq!(
        first.kind,
        ProblemKind::Annotation,
        "annotations come first"
    );

    let both = load(
        r#"permit(principal == Agnt::"x", action, resource); permit(principal, action, resource in Srver::"x");"#,
    );
    let kinds: Vec<_> = both.unwrap_err().problems.iter().map(|p| p.kind).collect();
    assert_eq!(kinds, [ProblemKind::Schema, ProblemKind::Schema]);
}

#[test]
fn no_policy_at_all_is_refused() {
    for (name, sources) in [
        ("no source", vec![]),
        (
            "an empty one",
            vec![PolicySource {
                name: "a.cedar".to_owned(),
                text: "// nothing\n".to_owned(),
            }],
        ),
    ] {
        let error =
            Policies::load(&sources, &Groups::default(), &Surroundings::default()).expect_err(name);
        assert_eq!(
            told(&error),
            [(
                ProblemKind::Empty,
                None,
                "there is no policy, so every request would be denied"
            )],
            "{name}"
        );
    }
}

#[test]
fn groups_are_checked() {
    let groups = |name: &str, member: &str| [(name.to_owned(), vec![member.to_owned()])].into();
    for (name, groups, message) in [
        (
            "a name with a slash",
            Groups {
                agents: groups("corp/x", "corp/bot"),
                ..Groups::default()
            },
            "group `corp/x`: a configured group's name is not empty and has no `/`, which tells it from those that tokens state",
        ),
        (
            "an agent without its domain",
            Groups {
                agents: groups("x", "bot"),
                ..Groups::default()
            },
            "group `x`: member `bot` must be `<trust domain>/<agent>`",
        ),
        (
            "a tool without its name",
            Groups {
                tools: groups("x", "shop/"),
                ..Groups::default()
            },
            "group `x`: member `shop/` must be `<server>/<tool>`",
        ),
    ] {
        let error = load_with(YES, &groups).expect_err(name);
        assert_eq!(
            told(&error),
            [(ProblemKind::Group, None, message)],
            "{name}"
        );
    }
}

#[test]
fn policies_are_counted_through_all_sources() {
    let source = |name: &str, text: &str| PolicySource {
        name: name.to_owned(),
        text: text.to_owned(),
    };
    let text = format!("{YES}@id(\"named\") {YES}");
    let policies = Policies::load(
        &[source("a.cedar", &text), source("b.cedar", YES)],
        &Groups::default(),
        &Surroundings::default(),
    )
    .unwrap();
    let ids: Vec<_> = policies
        .rules
        .iter()
        .map(|rule| rule.note.id.as_str())
        .collect();
    assert_eq!(ids, ["policy0", "named", "policy2"]);
    assert_eq!(policies.count(), 3);
}

#[test]
fn a_mixed_script_is_a_warning() {
    let policies =
        load(r#"@id("a") permit(principal in Group::"corp/営業team", action, resource);"#).unwrap();
    let warnings: Vec<_> = policies
        .warnings()
        .iter()
        .map(|w| w.message.as_str())
        .collect();
    assert_eq!(
        warnings,
        ["for policy `a`, identifier `corp/営業team` contains mixed scripts"]
    );
}
