//! What each command's help shows. All of it is run by a test, in the order in which it stands here.

pub(crate) const CHECK: &str = "\
Example:
  bailiwick check gate.yaml";

pub(crate) const SCHEMA: &str = "\
Example:
  bailiwick schema config > config.schema.json";

pub(crate) const IMPORT: &str = "\
Example:
  bailiwick schema import tools.json --server shop > shop.yaml";

pub(crate) const TEST: &str = "\
Example:
  bailiwick test --native-only tests/cases/cors.yaml";

pub(crate) const KEY: &str = "\
Example:
  bailiwick mint key --kid dev --out dev.jwk > jwks.json";

pub(crate) const JWKS: &str = "\
Example:
  bailiwick mint jwks dev.jwk > jwks.json";

pub(crate) const ACCESS_TOKEN: &str = "\
Example:
  bailiwick mint access-token --key dev.jwk --iss https://issuer.example \\
    --aud https://shop.example/mcp --sub alice --act support-bot > token";

pub(crate) const JWT: &str = "\
Example:
  bailiwick mint jwt --key dev.jwk --aud https://shop.example/mcp --claim 'groups=[\"support\"]'";

pub(crate) const ID_TOKEN: &str = "\
Example:
  bailiwick mint id-token --key dev.jwk --aud https://shop.example/mcp";

pub(crate) const JWT_SVID: &str = "\
Example:
  bailiwick mint jwt-svid --key dev.jwk --aud https://shop.example/mcp \\
    --sub spiffe://shop.example/support-bot";

pub(crate) const WIT: &str = "\
Example:
  bailiwick mint wit --key dev.jwk --cnf-key holder.jwk --sub wimse://shop.example/support-bot > wit";

pub(crate) const TRANSACTION_TOKEN: &str = "\
Example:
  bailiwick mint transaction-token --key dev.jwk --aud https://shop.example/mcp \\
    --client-id gateway --scope orders:read";

pub(crate) const STATUS_LIST: &str = "\
Example:
  bailiwick mint status-list --key dev.jwk --uri https://issuer.example/statuses --revoked 7";

pub(crate) const DPOP: &str = "\
Example:
  bailiwick mint dpop --key holder.jwk --method POST --url https://shop.example/mcp \\
    --token \"$(cat token)\"";

pub(crate) const WPT: &str = "\
Example:
  bailiwick mint wpt --key holder.jwk --url https://shop.example/mcp --wit \"$(cat wit)\"";

pub(crate) const AAT: &str = "\
Example:
  bailiwick mint aat --key dev.jwk --holder planner.jwk --aud https://tools.example \\
    --tool list --argument read.path=one_of:a,b --argument 'read.limit?=range:1..100' > root";

pub(crate) const ATTENUATE: &str = "\
Example:
  bailiwick attenuate root --key planner.jwk --new-key worker.jwk \\
    --tool read --argument read.path=exact:a --expires-in 300 > chain.json

A Biscuit needs no key:
  bailiwick attenuate biscuit --tool read --argument read.path=exact:a > narrower

It is refused, with exit code 1, when the new token would allow more than the one before it.";

pub(crate) const AAT_POP: &str = "\
Example:
  bailiwick mint aat-pop chain.json --key worker.jwk --tool read \\
    --arguments '{\"path\":\"a\"}' --present=header";

pub(crate) const BISCUIT: &str = "\
Example:
  bailiwick mint biscuit --key root.jwk --root-key-id 1 --agent planner --user alice \\
    --tool read --tool list > biscuit";

pub(crate) const EXPLAIN: &str = "\
Example:
  bailiwick explain --config gate.yaml --jwks jwks.json --token token \\
    --url https://shop.example/mcp --tool refund_order --arguments '{\"amount\":20}'

The exit code is 1 for a request that would be refused, and 2 where that can't be told.";

pub(crate) const INSPECT: &str = "\
Examples:
  bailiwick inspect --config gate.yaml --jwks jwks.json < token
  bailiwick inspect chain.json --anchor dev.jwk";
