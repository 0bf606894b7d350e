//! Every step at which a chain or a call can fail.

/// Makes [`Step`] from rows that all have the same columns: what is wrong (the row's comment, without an article at its
/// beginning), its name, the draft's label, and a slug.
macro_rules! steps {
    ($($(#[doc = $meaning:literal])+ $name:ident $label:literal $slug:literal;)+) => {
        /// A step of the draft's section 8 that refuses. Some labels have several, where more than one thing can be wrong.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub enum Step {
            $($(#[doc = $meaning])+ $name,)+
        }

        impl Step {
            /// Every step, in the draft's order.
            pub const ALL: &[Self] = &[$(Self::$name,)+];

            /// The draft's label, such as `4p2`.
            #[must_use]
            pub const fn label(self) -> &'static str {
                match self {
                    $(Self::$name => $label,)+
                }
            }

            /// A machine-readable reason: `[a-z_]+`.
            #[must_use]
            pub const fn slug(self) -> &'static str {
                match self {
                    $(Self::$name => $slug,)+
                }
            }

            /// What is wrong, for people.
            #[must_use]
            pub const fn meaning(self) -> &'static str {
                match self {
                    $(Self::$name => concat!($($meaning),+).trim_ascii(),)+
                }
            }
        }
    };
}

steps! {
    /// There is no token.
    EmptyChain "1" "empty_chain";
    /// A token is too long.
    TokenTooLarge "2a" "token_too_large";
    /// The tokens are too long together.
    ChainTooLarge "2b" "chain_too_large";
    /// A token isn't in compact form, or its payload shows no `jti`.
    IdUnreadable "2c" "jti_unreadable";
    /// Two tokens have the same `jti`.
    IdRepeated "2c" "jti_repeated";

    /// The root's header is not that of a token by an accepted algorithm and a trusted key.
    RootHeader "3a" "header";
    /// No trusted key has signed the root.
    RootSignature "3b" "signature";
    /// The root has a name twice in one object.
    RootDuplicate "3b" "duplicate_member";
    /// The root's claims are no JSON object that can be read.
    RootUnreadable "3b" "claims_unreadable";
    /// The root's `iat` or `exp` is missing or no integer.
    RootTimes "3b" "claim_type";
    /// The root's `del_depth` is not 0.
    RootDepth "3c" "root_depth";
    /// The root has a `par_hash`.
    RootParentHash "3d" "root_par_hash";
    /// The root is no longer valid.
    RootExpired "3e" "expired";
    /// The root was issued in the future.
    RootFuture "3f" "issued_in_future";
    /// The root ends before it begins.
    RootInverted "3g" "lifetime_negative";
    /// The root lives longer than is accepted.
    RootLifetime "3h" "lifetime_too_long";
    /// The root's `del_max_depth` is missing, no integer, or more than is accepted.
    RootMaxDepth "3i" "max_depth";
    /// The root's `jti` is empty.
    RootId "3j" "jti_invalid";
    /// The root's `iss` is not the issuer whose key has signed it.
    RootIssuer "3k" "issuer";
    /// The root's `cnf` holds no public key that can be used.
    RootHolder "3l" "holder_key";
    /// The root doesn't have exactly one entry that says what it allows.
    RootCapability "3m" "capability_shape";
    /// A constraint of the root is malformed.
    RootConstraint "3n" "constraint_malformed";
    /// The root's constraints are too many to be read.
    RootConstraintCost "3n" "constraint_too_costly";

    /// The token's header is not that of a token by an accepted algorithm and its parent's holder.
    ChildHeader "4a" "header";
    /// The parent's holder has not signed the token.
    ChildSignature "4b" "signature";
    /// The token has a name twice in one object.
    ChildDuplicate "4b" "duplicate_member";
    /// The token's claims are no JSON object that can be read.
    ChildUnreadable "4b" "claims_unreadable";
    /// The token's `jti` is empty.
    ChildId "4b1" "jti_invalid";
    /// The token's `cnf` holds no public key that can be used.
    ChildHolder "4b2" "holder_key";
    /// The token's `authorization_details` are no array.
    ChildDetails "4b3" "capability_shape";
    /// The token's `del_depth` or `del_max_depth` is missing or no integer.
    ChildDepths "4b4" "claim_type";
    /// The token's `iss`, `par_hash`, `iat` or `exp` is missing or of the wrong type.
    ChildClaims "4b5" "claim_type";
    /// The token's `iss` is not its parent's holder.
    ChildIssuer "4c" "issuer";
    /// The token's `del_depth` is not one more than its parent's.
    DepthStep "4d" "depth_step";
    /// The token's parent allows no further token.
    BeyondParentDepth "4e" "depth_exceeded";
    /// The token is deeper than is accepted.
    BeyondDepth "4f" "depth_exceeded";
    /// The token allows more to follow than its parent does.
    MaxDepthRaised "4g" "max_depth_raised";
    /// The token outlives its parent.
    Outlives "4h" "outlives_parent";
    /// The token is no longer valid.
    ChildExpired "4i" "expired";
    /// The token was issued before its parent.
    PredatesParent "4j" "predates_parent";
    /// The token was issued in the future.
    ChildFuture "4k" "issued_in_future";
    /// The token ends before it begins.
    ChildInverted "4l" "lifetime_negative";
    /// The token is deeper than it allows itself.
    BeyondOwnDepth "4m" "depth_exceeded";
    /// The token has more than one entry that says what it allows, or one that can't be read.
    ChildCapability "4n" "capability_shape";
    /// A constraint of the token is malformed.
    ChildConstraint "4o" "constraint_malformed";
    /// The token's constraints are too many to be read.
    ChildConstraintCost "4o" "constraint_too_costly";
    /// The token allows a tool that its parent doesn't.
    ToolAdded "4p1" "tool_added";
    /// The token lets a tool be called with other arguments than its parent.
    ArgumentNames "4p2" "argument_keys_widened";
    /// The token lets an argument be left out that its parent requires.
    ArgumentOptional "4p3" "argument_made_optional";
    /// The token lets an argument have values that its parent doesn't allow, or can't be shown not to.
    ConstraintWidened "4p4" "constraint_widened";
    /// The token's constraints are too many to be compared with its parent's.
    ComparisonCost "4p4" "comparison_too_costly";
    /// The token was derived from another parent.
    ParentMismatch "4q" "parent_mismatch";

    /// The leaf's `del_depth` doesn't fit the number of tokens.
    ChainLength "5" "chain_length";

    /// The leaf doesn't say what it allows.
    LeafCapability "6a" "capability_shape";
    /// The leaf doesn't allow the tool.
    ToolNotAuthorized "6b" "tool_not_authorized";
    /// The call has a number that isn't understood the same everywhere.
    NumberInadmissible "6b" "number_inadmissible";
    /// The call has an argument that the leaf doesn't allow.
    ArgumentUnnamed "6b" "argument_unnamed";
    /// The call lacks an argument that the leaf requires.
    ArgumentMissing "6b" "argument_missing";
    /// The call has an argument with a value that the leaf doesn't allow.
    ArgumentRejected "6b" "argument_rejected";
    /// The call's arguments are too many to be judged.
    ArgumentsCost "6b" "arguments_too_costly";
    /// A token is for another enforcement point.
    Audience "6c" "audience";
    /// No token says which enforcement point it is for.
    AudienceMissing "6c" "audience_missing";

    /// The proof is too long.
    ProofTooLarge "7a" "pop_too_large";
    /// The proof's header is not that of a proof by an accepted algorithm and the leaf's holder.
    ProofHeader "7a" "pop_header";
    /// The leaf's holder has not signed the proof.
    ProofSignature "7b" "pop_signature";
    /// The proof has a name twice in one object.
    ProofDuplicate "7b" "duplicate_member";
    /// The proof's claims are no JSON object that can be read.
    ProofUnreadable "7b" "claims_unreadable";
    /// A claim of the proof is missing or of the wrong type.
    ProofClaims "7c" "pop_claims";
    /// The proof is for another leaf.
    ProofLeaf "7c" "pop_leaf_mismatch";
    /// The proof is for another enforcement point, or for any.
    ProofAudience "7d" "pop_audience";
    /// The proof is for another tool.
    ProofTool "7e" "pop_tool";
    /// The proof is for other arguments.
    ProofArguments "7f" "pop_arguments";
    /// The proof was not made just now.
    ProofTime "7g" "pop_time";
    /// The proof lacks a nonce of this enforcement point.
    ProofNonce "7h" "pop_nonce";
    /// The proof was used before.
    ProofReplayed "7i" "pop_replayed";
    /// Nobody can tell whether the proof was used before.
    ProofUntold "7i" "pop_untold";
}
