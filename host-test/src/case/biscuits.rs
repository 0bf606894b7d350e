//! Minting Biscuits for cases, with the library that other services mint them with. What breaks them is bytes changed afterwards.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use biscuit_auth::builder::{Algorithm, BlockBuilder};
use biscuit_auth::{Biscuit, KeyPair, PrivateKey, error};
use serde::Deserialize;

use super::format::SignatureSpec;
use super::keys::{KeyError, TestKey};
use super::tokens::{KeyLookup, TokenError};

/// A Biscuit to be minted; the token's `key` is its root key. The keys of its blocks are the same each time.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BiscuitSpec {
    /// By which id it names its root key.
    pub root_key_id: Option<u32>,
    /// The blocks, the authority block first.
    pub blocks: Vec<BlockSpec>,
    /// Whether it can no longer be attenuated.
    #[serde(default)]
    pub sealed: bool,
}

/// A block.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BlockSpec {
    /// Its Datalog. `${jkt:NAME}` and the like are filled in.
    pub code: String,
    /// The key of the third party that signs it.
    pub by: Option<String>,
}

/// Mints one, in base64url.
///
/// # Errors
///
/// Its Datalog is none, or a key isn't of a kind that Biscuits have.
pub fn mint(
    spec: &BiscuitSpec,
    root: &TestKey,
    signature: SignatureSpec,
    keys: &mut KeyLookup<'_>,
) -> Result<String, TokenError> {
    let mut token: Option<Biscuit> = None;
    for (place, block) in (1..).zip(&spec.blocks) {
        let next = next_pair(place).map_err(failed)?;
        token = Some(match (token, &block.by) {
            (None, _) => {
                let builder = Biscuit::builder().code(&block.code).map_err(failed)?;
                let builder = match spec.root_key_id {
                    Some(id) => builder.root_key_id(id),
                    None => builder,
                };
                let symbols = biscuit_auth::datalog::SymbolTable::default();
                let root = pair(root)?;
                builder
                    .build_with_key_pair(&root, symbols, &next)
                    .map_err(failed)?
            }
            (Some(token), None) => {
                let block = BlockBuilder::new().code(&block.code).map_err(failed)?;
                token.append_with_keypair(&next, block).map_err(failed)?
            }
            (Some(token), Some(party)) => {
                let party = pair(&keys(party)?.0)?;
                let request = token.third_party_request().map_err(failed)?;
                let block = BlockBuilder::new().code(&block.code).map_err(failed)?;
                let block = request.create_block(&party.private(), block);
                let block = block.map_err(failed)?;
                token
                    .append_third_party_with_keypair(party.public(), block, next)
                    .map_err(failed)?
            }
        });
    }
    let token = token.ok_or(TokenError::Keyless)?;
    let token = if spec.sealed {
        token.seal().map_err(failed)?
    } else {
        token
    };
    let mut bytes = token.to_vec().map_err(failed)?;
    if signature == SignatureSpec::Flip
        && let Some(last) = bytes.last_mut()
    {
        *last ^= 1;
    }
    Ok(URL_SAFE_NO_PAD.encode(bytes))
}

/// The public half of a key, as configurations write it.
///
/// # Errors
///
/// It isn't of a kind that Biscuits have.
pub fn public_key(key: &TestKey) -> Result<String, TokenError> {
    Ok(pair(key)?.public().to_string())
}

/// The revocation id of a token's last block.
///
/// # Errors
///
/// It is no Biscuit by this root key.
pub fn revocation_id(token: &str, root: &TestKey) -> Result<String, TokenError> {
    let token = Biscuit::from_base64(token, pair(root)?.public()).map_err(failed)?;
    let ids = token.revocation_identifiers();
    let last = ids.last().map(Vec::as_slice).unwrap_or_default();
    Ok(last.iter().map(|byte| format!("{byte:02x}")).collect())
}

fn pair(key: &TestKey) -> Result<KeyPair, TokenError> {
    let private = match key {
        TestKey::Ed25519(key) => PrivateKey::from_bytes(&key.to_bytes(), Algorithm::Ed25519),
        TestKey::P256(key) => PrivateKey::from_bytes(&key.to_bytes(), Algorithm::Secp256r1),
        TestKey::P384(_) | TestKey::Rsa(_) => {
            return Err(TokenError::Key(KeyError::Algorithm {
                algorithm: "Biscuits".to_owned(),
            }));
        }
    };
    Ok(KeyPair::from(
        &private.map_err(|error| failed(error::Token::Format(error)))?,
    ))
}

/// The pair whose public half stands in a block, and with which the next one is signed.
fn next_pair(place: u8) -> Result<KeyPair, error::Token> {
    let private = PrivateKey::from_bytes(&[place; 32], Algorithm::Ed25519)?;
    Ok(KeyPair::from(&private))
}

fn failed(error: error::Token) -> TokenError {
    TokenError::Biscuit(error.to_string())
}
