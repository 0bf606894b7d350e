//! Lifetimes and depths.

use serde_json::json;

use super::super::Step;
use super::{Row, patch, row};

pub(super) fn times() -> Vec<Row> {
    use Step::{
        ChildExpired, ChildFuture, ChildInverted, Outlives, PredatesParent, RootExpired,
        RootFuture, RootInverted, RootLifetime,
    };

    let lifetime = 90 * 24 * 60 * 60;
    let times = |iat: u64, exp: u64| patch(json!({"iat": iat, "exp": exp}));
    vec![
        row("ends now", 1, 0, times(900, 1000), RootExpired),
        row("ends in a second", 1, 0, times(900, 1001), None),
        row("from the future", 1, 0, times(1031, 2000), RootFuture),
        row(
            "from as far ahead as clocks differ",
            1,
            0,
            times(1030, 2000),
            None,
        ),
        row(
            "ends before it begins",
            1,
            0,
            times(1020, 1010),
            RootInverted,
        ),
        row("ends when it begins", 1, 0, times(1020, 1020), RootInverted),
        row("the longest life", 1, 0, times(900, 900 + lifetime), None),
        row(
            "a longer life",
            1,
            0,
            times(900, 901 + lifetime),
            RootLifetime,
        ),
        row("as long as its parent", 2, 1, times(900, 2000), None),
        row("longer than its parent", 2, 1, times(900, 2001), Outlives),
        row(
            "a child that ends now",
            2,
            1,
            times(900, 1000),
            ChildExpired,
        ),
        row(
            "older than its parent",
            2,
            1,
            times(899, 1999),
            PredatesParent,
        ),
        row(
            "a child from the future",
            2,
            1,
            times(1031, 1999),
            ChildFuture,
        ),
        row(
            "a child that ends before it begins",
            2,
            1,
            times(1020, 1010),
            ChildInverted,
        ),
        row(
            "the end of all time",
            1,
            0,
            times(900, u64::MAX),
            RootLifetime,
        ),
    ]
}

pub(super) fn depths() -> Vec<Row> {
    use Step::{BeyondOwnDepth, BeyondParentDepth, DepthStep, MaxDepthRaised, RootDepth};

    let depths = |own: u64, max: u64| patch(json!({"del_depth": own, "del_max_depth": max}));
    let terminal = Row {
        name: "a child of one that allows none",
        count: 2,
        edit: Box::new(|place, draft| {
            if place == 0 {
                draft.patch(&json!({"del_max_depth": 0}));
            }
        }),
        expected: Some(BeyondParentDepth),
    };
    vec![
        terminal,
        row(
            "a root that isn't at the top",
            1,
            0,
            depths(1, 8),
            RootDepth,
        ),
        row("a depth left out", 2, 1, depths(2, 8), DepthStep),
        row("a depth that stays", 3, 2, depths(1, 8), DepthStep),
        row("a depth beyond all", 2, 1, depths(u64::MAX, 8), DepthStep),
        row("more to follow", 2, 1, depths(1, 9), MaxDepthRaised),
        row("none to follow", 2, 1, depths(1, 1), None),
        row("less than itself", 2, 1, depths(1, 0), BeyondOwnDepth),
        Row {
            name: "one too many",
            count: 10,
            edit: Box::new(|_, _| {}),
            expected: Some(BeyondParentDepth),
        },
    ]
}
