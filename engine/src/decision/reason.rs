//! Every reason for a refusal, in one table.

use super::answer::Answer;

/// Makes [`Reason`] from rows that all have the same columns: what it means (the row's comment), its name, its code, how
/// it is answered, a title, and what to do about it. A row that lacks a column does not compile.
macro_rules! reasons {
    ($($stage:literal {
        $($(#[doc = $meaning:literal])+ $name:ident, $code:literal, $answer:ident, $title:literal, $remedy:literal;)+
    })+) => {
        /// Why a request is refused. Each value has its own stable code; nothing is refused without one.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub enum Reason {
            $($($(#[doc = $meaning])+ $name,)+)+
        }

        impl Reason {
            /// Every reason, in the order of the stages.
            pub const ALL: &[Self] = &[$($(Self::$name,)+)+];

            /// All that is known of a reason.
            #[must_use]
            pub const fn facts(self) -> ReasonFacts {
                match self {
                    $($(Self::$name => ReasonFacts {
                        stage: $stage,
                        code: $code,
                        problem_type: concat!("urn:bailiwick:reason:", $code),
                        answer: Answer::$answer,
                        title: $title,
                        meaning: concat!($($meaning),+),
                        remedy: $remedy,
                    },)+)+
                }
            }
        }
    };
}

/// What is known of a reason, the same for every request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ReasonFacts {
    /// The stage that refuses with it.
    pub stage: &'static str,
    /// The stable name in problem documents, records, metrics and test cases: `[a-z_]+`.
    pub code: &'static str,
    /// The stable URI of the problem type (RFC 9457, section 3.1.1).
    pub problem_type: &'static str,
    /// How it is answered.
    pub answer: Answer,
    /// One sentence for the client: visible ASCII without quotes, so that it may stand in a header.
    pub title: &'static str,
    /// What it means, for the operator.
    pub meaning: &'static str,
    /// What the client can do.
    pub remedy: &'static str,
}

impl Reason {
    /// The stable name in problem documents, records, metrics and test cases.
    #[must_use]
    pub const fn code(self) -> &'static str {
        self.facts().code
    }

    /// How it is answered.
    #[must_use]
    pub const fn answer(self) -> Answer {
        self.facts().answer
    }
}

impl std::fmt::Display for Reason {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.code())
    }
}

reasons! {
    "request" {
        /// The request lacks a field that every request has, such as `:path`. A `CONNECT` ends here.
        RequestFieldMissing, "request_field_missing", BadRequest,
            "The request is incomplete",
            "send an ordinary request with a method, an authority and a path";
        /// A header field that decides something, and may stand there once, stands there more than once.
        RequestFieldRepeated, "request_field_repeated", BadRequest,
            "A header field is repeated",
            "send the field once";
        /// A header field that decides something is not valid UTF-8.
        RequestFieldNotText, "request_field_not_text", BadRequest,
            "A header field is not valid UTF-8",
            "send the field as UTF-8 or, better, ASCII";
        /// The path could be read in more than one way: dot segments, encoded slashes, empty segments and the like.
        PathAmbiguous, "path_ambiguous", BadRequest,
            "The path can be read in more than one way",
            "send the path in its normal form";
        /// A header field is there by which some frameworks replace the method or the path that the gate has judged.
        MethodOverridden, "method_overridden", BadRequest,
            "A header field would replace the method or the path",
            "send the method and path that are meant, without the field";
        /// The request asks to go on as another protocol, such as WebSocket. Only its first message could be judged.
        UpgradeRefused, "upgrade_refused", Forbidden,
            "Connections are not handed over to other protocols here",
            "send each request by itself, over HTTP";
        /// The request came in TLS early data (RFC 8470), so whoever recorded it could send it again.
        EarlyDataRefused, "early_data_refused", TooEarly,
            "The request came before the TLS handshake was complete",
            "send it again once the handshake is complete";
        /// The authority is not a host name with an optional port.
        AuthorityMalformed, "authority_malformed", BadRequest,
            "The authority is not a host with an optional port",
            "send the host name as it is published";
        /// No route is configured for this host and path. What is not configured is not passed.
        RouteUnknown, "route_unknown", NotFound,
            "Nothing is published under this host and path",
            "check the URL; the operator publishes what may be reached in `routes`";
        /// The route exists, but not for this HTTP method. On MCP routes that is POST; GET and DELETE only with sessions.
        MethodNotAllowed, "method_not_allowed", MethodNotAllowed,
            "The HTTP method is not allowed here",
            "use a method that the Allow field names";
        /// The `Origin` is not one that the route allows: a page in a browser may not call it.
        OriginNotAllowed, "origin_not_allowed", Forbidden,
            "The origin is not allowed",
            "call from an allowed origin; the operator lists them in the route's `origins`";
    }
    "credential" {
        /// No credential stands where the gate looks for one.
        CredentialMissing, "credential_missing", NoCredential,
            "A credential is required",
            "send an access token for this service as a bearer token";
        /// The credential uses another scheme than `Bearer` and `DPoP`.
        SchemeUnsupported, "scheme_unsupported", NoCredential,
            "The authentication scheme is not accepted",
            "send an access token with the scheme Bearer, or DPoP if it is bound to a key";
        /// The credential field stands there more than once, so two readers could take different ones.
        CredentialRepeated, "credential_repeated", InvalidCredential,
            "More than one credential was sent",
            "send one credential";
        /// The credential field stands there with two different schemes.
        CredentialSchemesMixed, "credential_schemes_mixed", InvalidCredential,
            "Credentials of two schemes were sent",
            "send one credential";
        /// One field holds two credentials joined by a comma, as an intermediary makes of repeated fields.
        CredentialsJoined, "credentials_joined", InvalidCredential,
            "Two credentials were sent in one field",
            "send one credential";
        /// The credential field is empty, or names a scheme and no token.
        CredentialEmpty, "credential_empty", InvalidCredential,
            "The credential is empty",
            "send the access token behind the scheme";
        /// The credential field is not valid UTF-8.
        CredentialNotText, "credential_not_text", InvalidCredential,
            "The credential is not text",
            "send the access token as it was issued";
        /// The credential is longer than `credential.max_bytes`.
        CredentialTooLong, "credential_too_long", InvalidCredential,
            "The credential is too long",
            "get a shorter access token, or ask the operator to raise the limit";
        /// The token holds a character that no bearer token has (RFC 6750, section 2.1).
        CredentialMalformed, "credential_malformed", InvalidToken,
            "The access token is malformed",
            "send the access token as it was issued";
        /// A workload's identity token came without the proof that goes with it. It is never accepted alone.
        WptMissing, "wpt_missing", InvalidWorkloadProof,
            "The proof of the workload is missing",
            "send a proof for this request as Authorization, with the scheme WPT, or sign the request";
        /// A workload's proof came without the identity token that it is for.
        WitMissing, "wit_missing", InvalidWorkloadProof,
            "The identity token of the workload is missing",
            "send it in the field Workload-Identity-Token";
        /// There is more than one `Workload-Identity-Token` field.
        WitRepeated, "wit_repeated", BadRequest,
            "More than one identity token was sent",
            "send one identity token";
        /// A bearer or DPoP credential came beside a workload's identity token. Whoever holds the weaker of the two would do.
        WitBesideCredential, "wit_beside_credential", BadRequest,
            "Two credentials of different kinds were sent",
            "send the identity token with its proof, or the other credential, and not both";
        /// There is more than one `Txn-Token` field.
        TransactionRepeated, "transaction_repeated", BadRequest,
            "More than one transaction token was sent",
            "send one transaction token";
        /// The credential came with the scheme `DPoP` and without a proof in `dpop` (RFC 9449, section 7.1).
        DpopProofMissing, "dpop_proof_missing", InvalidProof,
            "A proof of possession is missing",
            "send a proof for this request in the field DPoP, made with the key that the access token is bound to";
        /// There is more than one `dpop` field (RFC 9449, section 4.3, check 1).
        DpopProofRepeated, "dpop_proof_repeated", InvalidProof,
            "More than one proof of possession was sent",
            "send one proof";
        /// The `dpop` field is not valid UTF-8.
        DpopProofNotText, "dpop_proof_not_text", InvalidProof,
            "The proof of possession is not text",
            "send the proof as a JWT in compact form";
        /// The `dpop` field has more than 4096 bytes, which no proof needs.
        DpopProofTooLong, "dpop_proof_too_long", InvalidProof,
            "The proof of possession is too long",
            "send a proof with nothing in it but what RFC 9449 asks for";
        /// The query has an `access_token`. URLs end up in logs, so tokens there are never read (RFC 9700, section 4.3.2).
        TokenInQuery, "token_in_query", InvalidCredential,
            "An access token stands in the URL",
            "send it in the header field, and treat the one in the URL as leaked";
    }
    "identity" {
        /// The token is not a signed JWT in compact form: three strict base64url parts (RFC 7515, section 7.1).
        TokenMalformed, "token_malformed", InvalidToken,
            "The access token is not a signed JWT",
            "send a JWT access token as it was issued";
        /// The token's header is not one strict JSON object, or a parameter has the wrong type.
        TokenHeaderMalformed, "token_header_malformed", InvalidToken,
            "The access token has a malformed header",
            "get an access token from an authorization server that follows RFC 7515";
        /// The token's header demands an extension by `crit`; none is understood (RFC 7515, section 4.1.11).
        TokenCriticalExtension, "token_critical_extension", InvalidToken,
            "The access token demands an extension that is not understood",
            "get an access token without critical extensions";
        /// The token's `typ` is that of another kind of token (RFC 8725, section 3.11).
        TokenTypeWrong, "token_type_wrong", InvalidToken,
            "The token is of another type than an access token",
            "send an access token, not another kind of token";
        /// The token's `typ` is that of a token which stands in a field of its own, such as a transaction token.
        TokenMisplaced, "token_misplaced", InvalidToken,
            "The token stands in the wrong field",
            "send an access token as the credential, and each other token in the field of its kind";
        /// The token has a content type: something is nested in it.
        TokenNested, "token_nested", InvalidToken,
            "The access token has something nested inside",
            "send an access token that is signed once and not nested";
        /// The token's algorithm is not known here; `none` and the symmetric ones never are.
        TokenAlgorithmUnsupported, "token_algorithm_unsupported", InvalidToken,
            "The access token is signed with an algorithm that is not supported",
            "get an access token signed with an asymmetric algorithm";
        /// The token's algorithm is not in the issuer's `algorithms`.
        TokenAlgorithmNotAllowed, "token_algorithm_not_allowed", InvalidToken,
            "The access token is signed with an algorithm that is not allowed",
            "the operator lists the algorithms in the issuer's `algorithms`";
        /// No configured issuer has the token's `iss`.
        IssuerUnknown, "issuer_unknown", InvalidToken,
            "The issuer of the access token is not trusted",
            "get an access token from an authorization server that this service trusts";
        /// The token's `sub` is a SPIFFE ID of a trust domain that no configured issuer is.
        TrustDomainUnknown, "trust_domain_unknown", InvalidToken,
            "The trust domain of the workload is not trusted",
            "get an identity of a trust domain that this service trusts";
        /// The token's `sub` has to name a workload, and is no SPIFFE ID in its one form.
        WorkloadIdInvalid, "workload_id_invalid", InvalidToken,
            "The name of the workload is not valid",
            "get an identity whose sub is a SPIFFE ID";
        /// The token names no key, and the issuer has not exactly one that it could mean.
        KeyNotNamed, "key_not_named", InvalidToken,
            "The access token does not say which key signed it",
            "get an access token with a `kid`";
        /// The issuer has no key with the token's `kid`, also after a fresh look.
        KeyUnknown, "key_unknown", InvalidToken,
            "The key that signed the access token is not known",
            "get a new access token";
        /// The key is for another algorithm than the token says.
        KeyAlgorithmMismatch, "key_algorithm_mismatch", InvalidToken,
            "The access token's algorithm is not the one of its key",
            "get a new access token";
        /// The token's signature does not verify.
        SignatureInvalid, "signature_invalid", InvalidToken,
            "The signature of the access token does not verify",
            "send the access token as it was issued";
        /// The token's claims are not one strict JSON object.
        ClaimsMalformed, "claims_malformed", InvalidToken,
            "The access token has malformed claims",
            "get an access token from an authorization server that follows RFC 7519";
        /// A claim that the issuer's profile requires is not in the token.
        ClaimMissing, "claim_missing", InvalidToken,
            "The access token lacks a required claim",
            "get an access token of the required profile";
        /// A claim is not what its definition says.
        ClaimInvalid, "claim_invalid", InvalidToken,
            "A claim of the access token is not valid",
            "get an access token of the required profile";
        /// No value of `aud` is one that is accepted here. The token was given for another service (RFC 8707).
        AudienceWrong, "audience_wrong", InvalidToken,
            "The access token is for another service",
            "ask for an access token whose resource is this service";
        /// `exp` has passed, clock skew included.
        TokenExpired, "token_expired", InvalidToken,
            "The access token has expired",
            "get a new access token";
        /// `nbf` lies ahead, clock skew included.
        TokenNotYetValid, "token_not_yet_valid", InvalidToken,
            "The access token is not valid yet",
            "wait until it is, and check the clocks";
        /// `iat` lies ahead, clock skew included.
        TokenFromFuture, "token_from_future", InvalidToken,
            "The access token was issued in the future",
            "check the clocks";
        /// The token lasts longer than the issuer's `max_lifetime_seconds`.
        TokenLifetimeTooLong, "token_lifetime_too_long", InvalidToken,
            "The access token is valid for too long",
            "get an access token with a shorter lifetime";
        /// The token is bound to a key by `cnf.jkt`, but came as a bearer token, without a proof that the sender holds the key.
        TokenBoundUnproven, "token_bound_unproven", InvalidToken,
            "The access token is bound to a key and came without proof of it",
            "send it with the scheme DPoP and a proof for this request";
        /// The token is bound by a `cnf` that names another way than is understood, or several (RFC 7800).
        TokenBindingUnknown, "token_binding_unknown", InvalidToken,
            "The access token is bound in a way that is not understood",
            "get an access token that is bound by nothing but the thumbprint of a key, in cnf.jkt";
        /// The token is bound to nothing, and the route's or the issuer's `sender_constrained` asks for bound ones.
        TokenBindingRequired, "token_binding_required", InvalidToken,
            "The access token is not bound to its sender",
            "get an access token that is bound to a key of yours (RFC 9449), and prove that key with each request";
        /// The token came with the scheme `DPoP`, but is not bound to a key by `cnf.jkt`.
        TokenNotBound, "token_not_bound", InvalidToken,
            "The access token is not bound to a key",
            "get an access token that is bound to the key of the proof, or send this one as a bearer token";
        /// The proof is not a signed JWT in compact form, or its header or claims can't be read.
        DpopProofMalformed, "dpop_proof_malformed", InvalidProof,
            "The proof of possession is malformed",
            "send a proof that follows RFC 9449, section 4.2";
        /// The proof's `typ` is not `dpop+jwt`: it is another kind of token.
        DpopTypeWrong, "dpop_type_wrong", InvalidProof,
            "The proof of possession is of another type",
            "send a proof whose type is dpop+jwt";
        /// The proof's algorithm is `none`, symmetric, unknown, or not in `dpop.algorithms`.
        DpopAlgorithmNotAllowed, "dpop_algorithm_not_allowed", InvalidProof,
            "The proof of possession is signed with an algorithm that is not allowed",
            "use a key for one of the algorithms that the challenge names in algs";
        /// The proof's `jwk` is missing, private, symmetric, weak, or not for the proof's algorithm.
        DpopKeyInvalid, "dpop_key_invalid", InvalidProof,
            "The key of the proof of possession can not be used",
            "send the public key in the proof's jwk, and only that; replace a key that was sent with its private part";
        /// The proof was made with another key than the one that the token is bound to.
        DpopKeyMismatch, "dpop_key_mismatch", InvalidToken,
            "The access token is bound to another key than that of the proof",
            "make the proof with the key that the access token was asked for with";
        /// A claim of the proof is missing or not what its definition says.
        DpopClaimInvalid, "dpop_claim_invalid", InvalidProof,
            "A claim of the proof of possession is missing or not valid",
            "send a proof with jti, htm, htu, iat and ath as in RFC 9449, section 4.2";
        /// The proof's `htm` is another method than the request's.
        DpopMethodMismatch, "dpop_method_mismatch", InvalidProof,
            "The proof of possession is for another method",
            "make a proof for each request";
        /// The proof's `htu` is another URI than the request's, which is that of the route's `origin` where it has one.
        DpopTargetMismatch, "dpop_target_mismatch", InvalidProof,
            "The proof of possession is for another URI",
            "make a proof for each request; behind another proxy, the operator sets the route's `origin`";
        /// The proof's `iat` is longer ago than `dpop.max_age_seconds`.
        DpopProofStale, "dpop_proof_stale", InvalidProof,
            "The proof of possession is too old",
            "make a proof for each request, and check the clocks";
        /// The proof's `iat` lies further ahead than `dpop.clock_skew_seconds`.
        DpopProofFromFuture, "dpop_proof_from_future", InvalidProof,
            "The proof of possession was made in the future",
            "check the clocks";
        /// The proof has no `nonce`, and `dpop.nonce` is `required`.
        DpopNonceRequired, "dpop_nonce_required", NonceWanted,
            "The proof of possession needs a nonce",
            "make another proof with the nonce of the answer's DPoP-Nonce field";
        /// The proof's `nonce` is too old, or was never handed out here.
        DpopNonceUnknown, "dpop_nonce_unknown", NonceWanted,
            "The nonce of the proof of possession is too old or not known",
            "make another proof with the nonce of the answer's DPoP-Nonce field";
        /// The proof's `ath` is the hash of another token than the one that came with it.
        DpopTokenMismatch, "dpop_token_mismatch", InvalidProof,
            "The proof of possession is for another access token",
            "make the proof with the hash of the access token that it is sent with";
        /// The proof's signature does not verify.
        DpopSignatureInvalid, "dpop_signature_invalid", InvalidProof,
            "The signature of the proof of possession does not verify",
            "sign the proof with the private half of the key in it";
        /// The proof was used before. Each is good for one request.
        DpopProofReplayed, "dpop_proof_replayed", InvalidProof,
            "The proof of possession was used before",
            "make a proof with a jti of its own for each request, also for one that is repeated";
        /// As many used proofs are remembered as `dpop.replay_entries` allows, so this one could be used twice.
        DpopReplaysFull, "dpop_replays_full", Unavailable,
            "No more proofs of possession can be remembered",
            "try again later; the operator raises `dpop.replay_entries` or lowers `dpop.max_age_seconds`";
        /// The gateway's store, which remembers used proofs, did not take this one.
        DpopReplaysUnavailable, "dpop_replays_unavailable", Unavailable,
            "The memory of used proofs of possession is not available",
            "try again with a new proof";
        /// `Signature-Input`, `Signature` or `Signature-Agent` is not what RFC 9421 and RFC 9651 say, or longer than is read.
        HttpSignatureMalformed, "http_signature_malformed", BadRequest,
            "The signature of the request is malformed",
            "send Signature-Input and Signature as RFC 9421 has them";
        /// Two signatures have the tag that counts, so two readers could take different ones.
        HttpSignatureRepeated, "http_signature_repeated", BadRequest,
            "Two signatures of the request are for the same purpose",
            "send one signature with this tag";
        /// The signature covers something that is not in the request, is there twice, or is not supported: `sf`, `tr`, `req`,
        /// `@status`.
        HttpSignatureComponentInvalid, "http_signature_component_invalid", BadRequest,
            "A component that the signature covers can not be read",
            "cover fields and derived components that the request has once";
        /// The signature has no `created` or no `keyid`.
        HttpSignatureParameterMissing, "http_signature_parameter_missing", NoCredential,
            "The signature of the request lacks a parameter",
            "sign with the parameters created, keyid and tag";
        /// `Signature-Agent` names none of the configuration's `signature_agents`, or is not there and there are several.
        HttpSignatureAgentUnknown, "http_signature_agent_unknown", NoCredential,
            "The agent that signed the request is not known",
            "send Signature-Agent; the operator lists who is known in `signature_agents`";
        /// The signature does not cover what it has to: the authority, the agent, or what the agent's `components` name.
        HttpSignatureCoversTooLittle, "http_signature_covers_too_little", NoCredential,
            "The signature of the request covers too little",
            "sign what the detail names too";
        /// `expires` has passed, or the signature is older than the agent's `max_age_seconds`, clock skew included.
        HttpSignatureExpired, "http_signature_expired", NoCredential,
            "The signature of the request is too old",
            "sign each request when it is sent";
        /// `created` lies ahead, clock skew included.
        HttpSignatureFromFuture, "http_signature_from_future", NoCredential,
            "The signature of the request was made in the future",
            "check the clocks";
        /// The agent has no key with this thumbprint, also after a fresh look. Another agent's key does not count.
        HttpSignatureKeyUnknown, "http_signature_key_unknown", NoCredential,
            "The key that signed the request is not known",
            "publish the key, and send its thumbprint (RFC 7638) as keyid";
        /// `alg` is not the algorithm of the key.
        HttpSignatureAlgorithmMismatch, "http_signature_algorithm_mismatch", NoCredential,
            "The algorithm of the signature is not the one of its key",
            "leave alg out, or sign by the key's own algorithm";
        /// The signature does not verify: another key made it, or the request is not the one that was signed.
        HttpSignatureInvalid, "http_signature_invalid", NoCredential,
            "The signature of the request does not verify",
            "sign the request as it is sent, with the key that keyid names";
        /// A signature of this key with this `nonce` was accepted before.
        HttpSignatureReplayed, "http_signature_replayed", NoCredential,
            "The signature of the request was used before",
            "sign each request with a nonce of its own";
        /// As many nonces and used proofs are remembered as fit, or the gateway's store refused.
        HttpSignatureNoncesFull, "http_signature_nonces_full", Unavailable,
            "No more nonces of signatures can be remembered",
            "try again later; the operator raises `dpop.replay_entries`";
        /// `Content-Digest` is covered, and has no `sha-256` or `sha-512` that the signature is over.
        ContentDigestUnusable, "content_digest_unusable", BadRequest,
            "The digest of the body is by no algorithm that is accepted",
            "send Content-Digest with sha-256 or sha-512, and cover that";
        /// `Content-Digest` is covered, but this route does not read bodies, so nobody could say whether it is right. Of a workload's
        /// signature, also where no digest is covered and the host doesn't say that no body follows.
        ContentDigestUnchecked, "content_digest_unchecked", BadRequest,
            "The digest of the body is not checked here",
            "sign requests without a body and Content-Digest on this route";
        /// The request has a body, and no `Content-Digest` that says which it has to be.
        ContentDigestMissing, "content_digest_missing", BadRequest,
            "The digest of the body is missing",
            "send Content-Digest with sha-256 or sha-512, and cover it";
        /// The body is not what a covered `Content-Digest` says.
        ContentDigestMismatch, "content_digest_mismatch", BadRequest,
            "The body is not the one that was signed",
            "send the body that was signed";
        /// The token is bound to a client certificate (RFC 8705), and the connection was made without one.
        CertificateMissing, "certificate_missing", InvalidToken,
            "The access token is bound to a client certificate and came without it",
            "connect with the certificate that the access token is bound to";
        /// The token is bound to another client certificate than the one that the connection was made with (RFC 8705).
        CertificateMismatch, "certificate_mismatch", InvalidToken,
            "The access token is bound to another client certificate",
            "connect with the certificate that the access token is bound to";
        /// The client's certificate is the only credential, and its content is not shown: by the host, or in `Cert` of
        /// `x-forwarded-client-cert`.
        CertificateNotShown, "certificate_not_shown", NoCredential,
            "The client certificate can not be examined",
            "send an access token, or tell the operator: the hop in front has to forward the certificate itself";
        /// The client's certificate can not be read, or has an extension twice.
        CertificateMalformed, "certificate_malformed", NoCredential,
            "The client certificate is malformed",
            "connect with an X.509-SVID";
        /// The client's certificate has not exactly one URI SAN, or that is no SPIFFE ID of a workload.
        CertificateNameInvalid, "certificate_name_invalid", NoCredential,
            "The client certificate does not name one workload",
            "connect with an X.509-SVID, or send an access token";
        /// The client's certificate may sign others, or may not make signatures, so that it is no leaf of an X.509-SVID.
        CertificateNotLeaf, "certificate_not_leaf", NoCredential,
            "The client certificate is not that of a workload",
            "connect with an X.509-SVID, whose certificate signs no others";
        /// The client's certificate is not valid yet, or no longer, by the gateway's clock.
        CertificateNotValidNow, "certificate_not_valid_now", NoCredential,
            "The client certificate is not valid now",
            "connect anew, with the current certificate";
        /// A trusted hop sends `x-forwarded-client-cert` in a form that could be understood in two ways.
        ForwardedCertificateInvalid, "forwarded_certificate_invalid", BadRequest,
            "The forwarded client certificate can not be understood",
            "tell the operator: the hop in front has to replace the field, and the gateway must not change it";
        /// A claim shows that this is another kind of token, such as an ID token.
        TokenKindWrong, "token_kind_wrong", InvalidToken,
            "The token is another kind of token than an access token",
            "send an access token, not an ID token or the like";
        /// The workload's proof is not a signed JWT in compact form, or lacks something that each has to have.
        WptMalformed, "wpt_malformed", InvalidWorkloadProof,
            "The proof of the workload is malformed",
            "send a proof with aud, exp, jti and wth as in draft-ietf-wimse-wpt-02";
        /// The proof's `typ` is not `wpt+jwt`: it is another kind of token.
        WptTypeWrong, "wpt_type_wrong", InvalidWorkloadProof,
            "The proof of the workload is of another type",
            "send a proof whose type is wpt+jwt";
        /// The proof's algorithm is another than the `alg` of the identity token's `cnf.jwk`.
        WptAlgorithmMismatch, "wpt_algorithm_mismatch", InvalidWorkloadProof,
            "The proof of the workload is signed with another algorithm than its key is for",
            "sign with the algorithm that the identity token names";
        /// The proof's `aud` is another URI than the request's, which is that of the route's `origin` where it has one.
        WptTargetMismatch, "wpt_target_mismatch", InvalidWorkloadProof,
            "The proof of the workload is for another URI",
            "make a proof for each request; behind another proxy, the operator sets the route's `origin`";
        /// The proof's `exp` has passed, clock skew included.
        WptExpired, "wpt_expired", InvalidWorkloadProof,
            "The proof of the workload has expired",
            "make a proof for each request, and check the clocks";
        /// The proof's `exp` lies more than five minutes ahead.
        WptLifetimeTooLong, "wpt_lifetime_too_long", InvalidWorkloadProof,
            "The proof of the workload is valid for too long",
            "make a proof for each request that expires within minutes";
        /// The proof's `wth` is the hash of another identity token than the one that came with it.
        WptIdentityMismatch, "wpt_identity_mismatch", InvalidWorkloadProof,
            "The proof of the workload is for another identity token",
            "make the proof with the hash of the identity token that it is sent with";
        /// The proof's `tth` is not the hash of the request's transaction token, or only one of both is there.
        WptTransactionMismatch, "wpt_transaction_mismatch", InvalidWorkloadProof,
            "The proof of the workload is for another transaction token",
            "make the proof with the hash of the transaction token that it is sent with, and without one for none";
        /// The proof's `oth` names a field that the request has not, or has several times or with another value.
        WptTokenMismatch, "wpt_token_mismatch", InvalidWorkloadProof,
            "The proof of the workload is for another value of a header field",
            "make the proof with the hashes of the fields that it is sent with";
        /// The proof's signature does not verify with the key of the identity token.
        WptSignatureInvalid, "wpt_signature_invalid", InvalidWorkloadProof,
            "The signature of the workload's proof does not verify",
            "sign the proof with the key that the identity token names";
        /// The workload's proof was used before. Each is good for one request.
        WptReplayed, "wpt_replayed", InvalidWorkloadProof,
            "The proof of the workload was used before",
            "make a proof with a jti of its own for each request, also for one that is repeated";
        /// The workload's proof is of another kind than its issuer's `proof`: a signature in place of a WPT, or a WPT in place of
        /// a signature.
        WorkloadProofUnexpected, "workload_proof_unexpected", BadRequest,
            "The workload proves its key in another way than its trust domain has",
            "send the proof that the detail names; the operator sets the issuer's `proof`";
        /// No signature of the request has the tag of workloads' signatures.
        WorkloadSignatureMissing, "workload_signature_missing", BadRequest,
            "The signature of the workload is missing",
            "sign the request with the tag wimse-workload-to-workload";
        /// The workload's signature lacks `created`, `expires`, `nonce` or `wimse-aud`, or has `keyid` or `alg`.
        WorkloadSignatureParameterWrong, "workload_signature_parameter_wrong", BadRequest,
            "The signature of the workload lacks a parameter, or has one that it must not have",
            "sign with created, expires, nonce, tag and wimse-aud, and without keyid and alg";
        /// The workload accepts a signed response only (`wimse-sign-response`), and the gate signs none.
        WorkloadSignatureResponseWanted, "workload_signature_response_wanted", BadRequest,
            "Responses are not signed here",
            "sign the request without wimse-sign-response";
        /// The `created` of the workload's signature lies ahead, clock skew included.
        WorkloadSignatureFromFuture, "workload_signature_from_future", BadRequest,
            "The signature of the workload was made in the future",
            "check the clocks";
        /// The `expires` of the workload's signature has passed, clock skew included.
        WorkloadSignatureExpired, "workload_signature_expired", BadRequest,
            "The signature of the workload has expired",
            "sign each request when it is sent, and check the clocks";
        /// There are more than five minutes from `created` to `expires`.
        WorkloadSignatureLifetimeTooLong, "workload_signature_lifetime_too_long", BadRequest,
            "The signature of the workload is good for too long",
            "sign each request with an expires that is minutes ahead";
        /// The workload's signature does not cover `@method`, `@path`, `@query`, or one of `Content-Type`, `Content-Digest`,
        /// `Authorization`, `Txn-Token` and `Workload-Identity-Token` that is there.
        WorkloadSignatureCoversTooLittle, "workload_signature_covers_too_little", BadRequest,
            "The signature of the workload covers too little",
            "sign what the detail names too";
        /// `wimse-aud` is neither the request's URI, by the route's `origin`, nor the route's `audience`; or the route has neither.
        WorkloadSignatureAudienceWrong, "workload_signature_audience_wrong", BadRequest,
            "The signature of the workload is for another audience",
            "sign with the URI as wimse-aud; the operator sets the route's `origin` or `audience`";
        /// The workload's signature does not verify with the key of the identity token.
        WorkloadSignatureInvalid, "workload_signature_invalid", BadRequest,
            "The signature of the workload does not verify",
            "sign the request as it is sent, with the key that the identity token names";
        /// A workload's signature with this `nonce` was accepted before.
        WorkloadSignatureReplayed, "workload_signature_replayed", BadRequest,
            "The signature of the workload was used before",
            "sign each request with a nonce of its own, also one that is repeated";
        /// The issuer's keys could not be loaded, and those known before are past their grace.
        KeysUnavailable, "keys_unavailable", Unavailable,
            "The keys to verify the access token are not available",
            "try again later; the operator finds why in the log of key fetches";
    }
    "standing" {
        /// The token was issued longer ago than its issuer's `max_age_seconds`.
        TokenTooOld, "token_too_old", InvalidToken,
            "The access token is too old",
            "get a new access token";
        /// The token was issued before its issuer's `not_issued_before`, and everything from then is void.
        TokenCutOff, "token_cut_off", InvalidToken,
            "The access token was issued before all that are accepted now",
            "get a new access token";
        /// The token was revoked, by a deny-list or by its issuer's status list.
        TokenRevoked, "token_revoked", InvalidToken,
            "The access token was revoked",
            "get a new access token, if the authorization server still gives one";
        /// The issuer's status list says that the token is suspended.
        TokenSuspended, "token_suspended", InvalidToken,
            "The access token is suspended",
            "ask whoever suspended it; it may be valid again later";
        /// The token has no `status`, and the issuer's `status.check` is `required`.
        StatusMissing, "status_missing", InvalidToken,
            "The access token does not say where its status is published",
            "get an access token with a status";
        /// The token's status is none that has a meaning here: a number of an application's own, or another mechanism than a
        /// status list.
        StatusUnknown, "status_unknown", InvalidToken,
            "The status of the access token has no meaning here",
            "get an access token whose status is published in a status list, as valid";
        /// The token names a status list that is not among the issuer's `status.lists`.
        StatusListNotAllowed, "status_list_not_allowed", InvalidToken,
            "The status list of the access token is not one that is consulted here",
            "get another access token; the operator lists where status lists stand in the issuer's `status.lists`";
        /// The token's place in its status list lies behind the list's end.
        StatusIndexOutOfRange, "status_index_out_of_range", InvalidToken,
            "The access token is not in its status list",
            "get a new access token";
        /// The status list is not signed with a key of the token's issuer, or is from the future.
        StatusListInvalid, "status_list_invalid", Unavailable,
            "The status list of the access token can not be believed",
            "try again later; the operator should look at what serves the list";
        /// The status list could not be fetched, is past its grace, or has expired; or too many lists are in use.
        StatusUnavailable, "status_unavailable", Unavailable,
            "The status of the access token can not be looked up",
            "try again later; the operator finds why in the log of fetches";
        /// The deny-list could not be fetched, is past its grace, and `revocations.required` is true.
        RevocationsUnavailable, "revocations_unavailable", Unavailable,
            "It can not be looked up whether the access token was revoked",
            "try again later; the operator finds why in the log of fetches";
    }
    "terms" {
        /// The token lacks a scope that the route's `scopes` names, or that a policy's `@scopes` does. The challenge names all of them (RFC 6750, section 3.1).
        ScopeInsufficient, "scope_insufficient", InsufficientScope,
            "The access token lacks a scope that is needed here",
            "get an access token with all scopes that the challenge names";
        /// The user's authentication reached none of the classes in the route's `authentication.acr_values` (RFC 9470).
        AuthenticationClassInsufficient, "authentication_class_insufficient", InsufficientAuthentication,
            "The user has to be authenticated in a stronger way",
            "send the user to the authorization server with the acr_values of the challenge";
        /// The user was authenticated longer ago than the route's `authentication.max_age_seconds`, or nobody says when.
        AuthenticationTooOld, "authentication_too_old", InsufficientAuthentication,
            "The user has to be authenticated anew",
            "send the user to the authorization server with the max_age of the challenge";
    }
    "transaction" {
        /// The `Txn-Token` is not a transaction token that is accepted here; the detail says why.
        TransactionInvalid, "transaction_invalid", BadRequest,
            "The transaction token is not accepted",
            "send the transaction token as it was issued, in the trust domain that it is for";
        /// The route's `transaction_tokens` is `require`, and there is none.
        TransactionMissing, "transaction_missing", BadRequest,
            "A transaction token is required",
            "send the transaction token that this call is part of, in the field Txn-Token";
    }
    "delegation" {
        /// The token names more actors than `delegation.max_depth`. A chain is never cut short to fit.
        DelegationTooDeep, "delegation_too_deep", Judgement,
            "The delegation has too many hops",
            "call with fewer parties in between";
        /// An `act` claim is not an object (RFC 8693, section 4.1).
        ActorMalformed, "actor_malformed", InvalidToken,
            "An actor of the access token is malformed",
            "get an access token whose `act` follows RFC 8693";
        /// An `act` claim does not say who by a `sub`.
        ActorUnnamed, "actor_unnamed", InvalidToken,
            "An actor of the access token has no name",
            "get an access token whose every `act` has a `sub`";
        /// An `act` claim has an `iss` that is no text.
        ActorIssuerInvalid, "actor_issuer_invalid", InvalidToken,
            "An actor of the access token has an issuer that is no text",
            "get an access token whose `act` follows RFC 8693";
        /// A hop claims more than the one before it had. Never passed, whatever policy says.
        AttenuationWidened, "attenuation_widened", Judgement,
            "A hop of the delegation claims more than it was given",
            "delegate no more than was received";
        /// `authorization_details` is not an array of objects that each have a `type`, or an entry of a known type lacks what its
        /// type requires (RFC 9396, section 2).
        AuthorizationDetailsMalformed, "authorization_details_malformed", InvalidToken,
            "What the access token may be used for is malformed",
            "get an access token whose `authorization_details` follow RFC 9396 and their types";
        /// The token has `authorization_details`, and no entry grants this: for lack of the resource or the action, by a constraint, or
        /// because it has a constraint or is of a type that can't be enforced here.
        AuthorizationInsufficient, "authorization_insufficient", InsufficientAuthorization,
            "The access token was not given for this",
            "get an access token whose `authorization_details` grant this, or stay within those that it has";
        /// `mission` has an `authority_hash` that is no SHA-256 hash, or lacks its identifier or its issuer.
        MissionMalformed, "mission_malformed", InvalidToken,
            "The mission of the access token is malformed",
            "get an access token whose `mission` has `id`, `issuer` and `authority_hash`";
        /// The `authority_hash` of the token's mission is not that of its `authorization_details`.
        MissionMismatch, "mission_mismatch", InvalidToken,
            "The access token's authority is not that of its mission",
            "get an access token that has the whole authority of its mission";
        /// The route's `mission` is `required`, and the credential is bound to none.
        MissionMissing, "mission_missing", Judgement,
            "A mission is required",
            "get an access token that was issued for an approved mission";
        /// The route's `intent` is `required`, and the credential says neither what the work is for, nor which task or mission it is,
        /// nor which tools it needs.
        IntentMissing, "intent_missing", Judgement,
            "The credential does not say what the work is",
            "get an access token that declares the purpose, the task or the tools of the work";
        /// The call is none that the work needs, as the credential declares it; or a policy that looks at `context.intent` forbids it.
        OutsideIntent, "outside_intent", Judgement,
            "The call is outside of the declared intent",
            "stay within what the credential says the work is, or get one that declares this work";
        /// A party of the delegation may never do this: its ceiling in `delegation.ceilings` doesn't have the tool or the operation.
        ActorUnauthorized, "actor_unauthorized", Judgement,
            "A party of the delegation may never do this",
            "leave it to agents that may do it, or ask the operator to raise the ceiling";
        /// The credential can't show that every hop only narrows, and the route's `attenuation` is `proven`.
        AttenuationUnproven, "attenuation_unproven", Judgement,
            "The delegation is not proven to only narrow",
            "use a credential in which every hop states what it may do, or ask the operator for ceilings";
        /// The route's `warrant` is `require`, and the call has none.
        WarrantMissing, "warrant_missing", Judgement,
            "This call needs a warrant",
            "send the chain of tokens that allows the call, and a proof over it, in the one place that the operator names";
        /// What stands where a warrant is looked for is none, or there are two; or the route reads none.
        WarrantMalformed, "warrant_malformed", BadRequest,
            "The warrant can not be read",
            "send one object with `aat_chain` and `aat_pop`, in the one place that the operator names";
        /// A token of the warrant's chain is refused. The detail names the step of the draft's section 8 and the token.
        WarrantInvalid, "warrant_invalid", Judgement,
            "The chain of the warrant is not accepted",
            "get a chain whose root is trusted here, that names this service, and that has not expired";
        /// The warrant's last token does not allow this call.
        WarrantExceeded, "warrant_exceeded", Judgement,
            "The warrant does not allow this call",
            "stay within the tools and arguments of the last token, or ask whoever handed it on for more";
        /// The proof is not by the last token's holder, not over this call, or not of now.
        WarrantProofInvalid, "warrant_proof_invalid", Judgement,
            "The proof of the warrant is not accepted",
            "make a new proof over exactly this tool and these arguments, with the key of the last token";
        /// The proof was used before (step 7i).
        WarrantProofReplayed, "warrant_proof_replayed", Judgement,
            "The proof of the warrant was used before",
            "make a new proof for each call";
        /// It can't be told whether the proof was used before: as many are remembered as `dpop.replay_entries` allows, or the
        /// host remembers none.
        WarrantProofUntold, "warrant_proof_untold", Unavailable,
            "It can not be told whether the proof of the warrant was used before",
            "try again later; the operator raises `dpop.replay_entries`";
        /// The token is no Biscuit, or a block of it isn't Datalog 3.0 to 3.3; or its authority block states what only the gate can,
        /// or twice what there is once.
        BiscuitMalformed, "biscuit_malformed", InvalidToken,
            "The Biscuit can not be read",
            "send a Biscuit of version 3 in base64url whose authority block states facts as this service documents them";
        /// The Biscuit has more of something than `warrants.biscuit.limits` allow, or a regular expression that isn't taken.
        BiscuitTooLarge, "biscuit_too_large", InvalidToken,
            "The Biscuit is too large",
            "get a fresh one instead of attenuating this one again, and state less in its blocks";
        /// No root key that counts here signed it, or a third party did that isn't known, or a signature doesn't verify.
        BiscuitUntrusted, "biscuit_untrusted", InvalidToken,
            "The Biscuit is not by somebody who is trusted here",
            "get a Biscuit that is signed with a root key which this service names";
        /// A check of the form `check if time($t), $t < ...` fails from now on.
        BiscuitExpired, "biscuit_expired", InvalidToken,
            "The Biscuit has expired",
            "get a fresh one, or ask whoever narrowed it for one that lasts longer";
        /// No check says until when it lasts, and `warrants.biscuit.expiry_required` is true.
        BiscuitEndless, "biscuit_endless", InvalidToken,
            "The Biscuit never ends",
            "add a block with `check if time($t), $t < ...`";
        /// The Biscuit names its holder's key, and the caller hasn't proven that one.
        BiscuitHolderUnproven, "biscuit_holder_unproven", Judgement,
            "The caller has not proven the key that the Biscuit is bound to",
            "send the Biscuit with a DPoP proof by that key, or connect with that certificate";
        /// The authority block doesn't grant it: neither the tool, nor a right to the resource with the action.
        BiscuitInsufficient, "biscuit_insufficient", Judgement,
            "The Biscuit does not grant this",
            "get a Biscuit that grants it; no block that is added can";
        /// A check of a block refuses this call. The detail names the block.
        BiscuitCheckFailed, "biscuit_check_failed", Judgement,
            "A check of the Biscuit refuses this call",
            "stay within what the checks of all blocks allow, or ask whoever added the block for more";
        /// A rule or check can't be evaluated for this call; or it reads arguments, and one has a number that Datalog doesn't have.
        BiscuitUncheckable, "biscuit_uncheckable", Judgement,
            "The checks of the Biscuit can not be evaluated for this call",
            "use integers within 64 bits, or a Biscuit whose checks fit the arguments";
        /// Judging this call by the Biscuit could take more than `warrants.biscuit.limits` allow.
        BiscuitTooCostly, "biscuit_too_costly", Judgement,
            "The checks of the Biscuit could take too long",
            "use a Biscuit whose rules and checks join fewer facts";
    }
    "operation" {
        /// The body is longer than `limits.body_bytes`.
        BodyTooLarge, "body_too_large", TooLarge,
            "The body is too large",
            "send a smaller body, or ask the operator to raise the limit";
        /// A request that needs a body has none.
        BodyMissing, "body_missing", NotJsonRpc,
            "The body is missing",
            "send one JSON-RPC message in the body";
        /// A request that can have no body has one: a GET or DELETE of an MCP endpoint.
        BodyUnexpected, "body_unexpected", BadRequest,
            "A body has no meaning here",
            "send the request without a body";
        /// The body is not declared as `application/json`; or, where parameters of the query are declared, could be a form.
        MediaTypeUnsupported, "media_type_unsupported", UnsupportedMediaType,
            "The body is not declared as JSON",
            "send application/json";
        /// The body is compressed, so that it can't be judged as it stands.
        ContentEncodingUnsupported, "content_encoding_unsupported", UnsupportedMediaType,
            "The body is encoded",
            "send the body without a content encoding";
        /// The body is not strict JSON within the limits: also duplicate names, a byte order mark, or data behind it.
        JsonMalformed, "json_malformed", NotJson,
            "The body is not acceptable JSON",
            "send one strict JSON value with unique names";
        /// The body is a JSON-RPC batch, and only MCP 2025-03-26 has batches; or one of its messages must be judged alone.
        BatchRefused, "batch_refused", NotJsonRpc,
            "The batch is not accepted",
            "send one message per request";
        /// The body is JSON, but not a JSON-RPC 2.0 request or notification.
        RpcMalformed, "rpc_malformed", NotJsonRpc,
            "The body is not a JSON-RPC request",
            "send one JSON-RPC 2.0 request or notification";
        /// A name is unknown to JSON-RPC, or differs from another in case only, and servers disagree on what that means.
        RpcAmbiguous, "rpc_ambiguous", NotJsonRpc,
            "The body can be read in more than one way",
            "use exactly the names that JSON-RPC has, each once in any case";
        /// The body is a response, which answers a question that nobody asked.
        RpcResponse, "rpc_response", NotJsonRpc,
            "Responses from clients are not accepted",
            "send a request or a notification";
        /// The JSON-RPC `id` is missing where there must be one, is there where there must be none, or is no id.
        RpcIdInvalid, "rpc_id_invalid", NotJsonRpc,
            "The JSON-RPC id is not valid",
            "give requests a string or an integer as id, and notifications none";
        /// The method is not one that the gate knows how to judge, or not one of the stated revision.
        RpcMethodUnknown, "rpc_method_unknown", UnknownMethod,
            "The JSON-RPC method is not known here",
            "use a method that this service offers in the stated revision or version";
        /// Something in `params` is missing or of the wrong kind.
        RpcParamsInvalid, "rpc_params_invalid", InvalidParams,
            "The JSON-RPC params are not valid",
            "send the params that the method takes";
        /// An argument that the configuration declares for the tool, and that is not optional, is not there.
        ArgumentMissing, "argument_missing", InvalidParams,
            "An argument is missing",
            "send all arguments that the tool requires";
        /// An argument is there that the configuration does not declare for the tool, whose `others` are refused.
        ArgumentUndeclared, "argument_undeclared", InvalidParams,
            "The tool has no such argument",
            "send only arguments that the tool has";
        /// An argument is not of the type that the configuration declares, or not written as that type is: `1.0` is no integer.
        ArgumentMistyped, "argument_mistyped", InvalidParams,
            "An argument does not have its type",
            "send a value of the type that the detail names";
        /// A parameter that the operation declares, and that is not optional, is not there.
        ParameterMissing, "parameter_missing", BadRequest,
            "A parameter is missing",
            "send all parameters that the operation requires";
        /// The query has a parameter that the operation does not declare, whose `others` are refused.
        ParameterUndeclared, "parameter_undeclared", BadRequest,
            "The operation has no such parameter",
            "send only parameters that the operation has";
        /// A parameter's value is not of the type that the operation declares, or not written as that type is.
        ParameterMistyped, "parameter_mistyped", BadRequest,
            "A parameter does not have its type",
            "send a value of the type that the detail names";
        /// A declared parameter is there more than once, or under two names that some servers take for one.
        ParameterRepeated, "parameter_repeated", BadRequest,
            "A parameter is there more than once",
            "send the parameter once, by exactly its name";
        /// The query of an operation that declares its parameters can be read in more than one way.
        QueryAmbiguous, "query_ambiguous", BadRequest,
            "The query can be read in more than one way",
            "encode the query once, with %20 for spaces and without semicolons";
        /// An MCP header field that must mirror the body is missing, malformed, or says something else than the body.
        McpHeaderMismatch, "mcp_header_mismatch", HeaderMismatch,
            "The MCP header fields and the body differ",
            "send header fields that mirror the body";
        /// The MCP revision is not stated, or is not one that the route accepts.
        McpRevisionUnsupported, "mcp_revision_unsupported", UnsupportedRevision,
            "The MCP revision is not accepted",
            "use a revision that the error's data lists as supported";
        /// The A2A version that the request states is none that the route accepts, or not that of its path. Stating none is stating 0.3.
        A2aVersionUnsupported, "a2a_version_unsupported", UnsupportedVersion,
            "The A2A version is not accepted",
            "state a version in A2A-Version that the agent card lists for this URL";
        /// A session header on a revision that has no sessions.
        McpSessionUnexpected, "mcp_session_unexpected", NotJsonRpc,
            "This MCP revision has no sessions",
            "leave out the session id";
        /// The session id is none that the gate gave to this caller on this route: another caller's, of another replica without
        /// the same `dpop.nonce_secret`, or made up.
        McpSessionUnknown, "mcp_session_unknown", NotFound,
            "The session is not one of this caller",
            "begin a session of your own: send initialize without a session id";
        /// The task is none that an answer gave to this caller on this route: another caller's, made up, or one that this gateway does
        /// not remember, as after a restart.
        McpTaskUnknown, "mcp_task_unknown", McpTaskNotFound,
            "The task is not one of this caller",
            "ask for a task that an answer to a call of your own named";
        /// The task or the context is none that an answer gave to this caller on this route: another caller's, made up by the client, or
        /// one that this gateway does not remember, as after a restart.
        A2aTaskUnknown, "a2a_task_unknown", TaskNotFound,
            "The task or context is not one of this caller",
            "name tasks and contexts that an answer to a message of your own named, or none";
        /// The host's shared data is not there or can't be read, so it can't be said whose a task is.
        TasksUnavailable, "tasks_unavailable", Unavailable,
            "It can not be said whose the task is",
            "try again later; the operator looks at what the gateway shares between its workers, or leaves it to the service by `bind_tasks: false`";
    }
    "policy" {
        /// No policy permits the request. Nothing is permitted by default.
        PolicyNotPermitted, "policy_not_permitted", Judgement,
            "No policy permits this",
            "ask for what the policies permit, or ask the operator for a policy";
        /// Nothing but the authentication of the user, and scopes, stands in the way, as a policy's `@step_up` says (RFC 9470).
        StepUpRequired, "step_up_required", InsufficientAuthentication,
            "The user has to be authenticated in a stronger way or anew",
            "send the user to the authorization server with the acr_values, max_age and scope of the challenge";
        /// A policy forbids the request.
        PolicyForbidden, "policy_forbidden", Judgement,
            "A policy forbids this",
            "ask for something else";
        /// A policy could not be evaluated. That denies, because a `forbid` that fails would otherwise be lost.
        PolicyFailed, "policy_failed", Judgement,
            "A policy could not be evaluated",
            "send ordinary argument values, or tell the operator";
        /// The arguments have more values or text than policy looks at.
        ArgumentsTooLarge, "arguments_too_large", TooLarge,
            "The arguments are too large to be judged",
            "send fewer or smaller arguments";
        /// A policy decides by what the session has done, and the credential has none of the facts that `sessions.by` names.
        SessionUnidentified, "session_unidentified", Judgement,
            "The credential does not say which session it belongs to",
            "get a token that states the session, task or mission that it is for";
        /// As many sessions are remembered as `sessions.entries` allows, so what this call does could not be remembered.
        SessionsFull, "sessions_full", Unavailable,
            "No more sessions can be remembered for now",
            "try again later; the operator raises `sessions.entries` or lowers `sessions.remember_seconds`";
        /// The host's shared data can't be relied on, refused, or was written by other workers too often, so it can't be said
        /// what the session has done.
        SessionsUnavailable, "sessions_unavailable", Unavailable,
            "It can not be said what the session has done",
            "try again later; the operator looks at the gateway's log";
        /// The service of `sessions.rate_limit_service` gave no answer in time, or is not available, or as many requests wait for it as
        /// `limits.waiting` allows, and `on_failure` is `deny`.
        SessionsUnanswered, "sessions_unanswered", Unavailable,
            "It can not be said what the session has done at other gateways",
            "try again later; the operator looks at the rate-limit service and at the gateway's log";
        /// The service of `sessions.rate_limit_service` refuses the question, gives an answer that can't be read, or has no limit for a
        /// label or a counter, or one that it forgets too early. The gateway's log says what and for which.
        SessionsUncounted, "sessions_uncounted", BadGateway,
            "The rate-limit service is not set up to count what sessions do",
            "tell the operator, who mends of the rate-limit service what the gateway's log names";
        /// The service of `sessions.rate_limit_service` counts no further than this call, so that policies would no longer be told.
        SessionLimitReached, "session_limit_reached", Judgement,
            "The session has reached a limit of the rate-limit service",
            "try again when the limit's window is over; the operator raises its requests_per_unit above what policies allow";
    }
    "response" {
        /// The upstream answered, and in a form in which the gate can't tell what may be shown: a list that is no JSON, compressed
        /// though nobody asked for that, or longer than 4 MiB; or a session id that is none.
        ResponseUnreadable, "response_unreadable", BadGateway,
            "The answer of the service can not be read",
            "tell the operator of the service; the record says what is wrong with its answer";
    }
    "exchange" {
        /// The host can't hold a request back until its body is there, so the body can't be judged before it leaves.
        BodyGatingUnavailable, "body_gating_unavailable", Unavailable,
            "The gateway can not hold the request back to read its body",
            "tell the operator: the host's setting that lets a filter pause at the headers is missing";
        /// As many requests wait for keys as `limits.waiting` allows.
        TooManyWaiting, "too_many_waiting", Unavailable,
            "Too many requests are waiting",
            "try again later";
        /// The host gave the engine something that can't follow what it gave before. A defect; the request is refused.
        ExchangeOutOfOrder, "exchange_out_of_order", Internal,
            "The gateway lost track of the request",
            "tell the operator; this is a defect of the gateway or its adapter";
    }
}

#[cfg(test)]
mod tests;
