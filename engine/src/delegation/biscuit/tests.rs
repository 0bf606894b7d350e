//! Tokens as their issuers and holders make them, and as attackers do.

mod bombs;
mod bounds;
mod calls;
mod forgeries;
mod granted;
mod hostile;
mod permitted;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use biscuit_auth::builder::{Algorithm, BlockBuilder};
use biscuit_auth::{Biscuit, KeyPair, PrivateKey};

use super::ambient::Call;
use super::error::{JudgeError, VerifyError};
use super::grants::{Names, Unstated};
use super::limits::Limits;
use super::roots::{Key, Root, Roots, ThirdParties};
use super::token::Token;
use super::verifier::{Settings, Verifier};

/// The key pair that this byte makes, the same each time.
fn pair(byte: u8) -> KeyPair {
    pair_for(Algorithm::Ed25519, byte)
}

fn pair_for(algorithm: Algorithm, byte: u8) -> KeyPair {
    KeyPair::from(&PrivateKey::from_bytes(&[byte; 32], algorithm).unwrap())
}

const ROOT: u8 = 1;
const ROTATED: u8 = 2;
const PARTNER: u8 = 3;
const STRANGER: u8 = 4;

fn key(byte: u8) -> Key {
    Key(pair(byte).public())
}

fn root(id: Option<u32>, key: Key) -> Root {
    Root {
        id,
        issuer: "acme".to_owned(),
        key,
    }
}

/// Root key 1, and root key 2 with another algorithm; one partner; tokens have to name their root.
fn settings() -> Settings {
    let rotated = Key(pair_for(Algorithm::Secp256r1, ROTATED).public());
    Settings {
        roots: Roots::new([root(Some(1), key(ROOT)), root(Some(2), rotated)]).unwrap(),
        third_parties: ThirdParties::new([("partner".to_owned(), key(PARTNER))]),
        limits: Limits::default(),
        names: Names::default(),
        unstated: Unstated::Nothing,
    }
}

fn verifier() -> Verifier {
    Verifier::new(settings()).unwrap()
}

/// A token of root 1 with these blocks, the authority block first.
fn minted(blocks: &[&str]) -> Biscuit {
    let (authority, rest) = blocks.split_first().unwrap();
    let builder = Biscuit::builder().code(authority).unwrap().root_key_id(1);
    let token = builder.build(&pair(ROOT)).unwrap();
    rest.iter().fold(token, |token, block| {
        let block = BlockBuilder::new().code(block).unwrap();
        token.append(block).unwrap()
    })
}

/// The same token with a block that the third party signed.
fn signed_by(token: &Biscuit, party: u8, block: &str) -> Biscuit {
    let request = token.third_party_request().unwrap();
    let block = BlockBuilder::new().code(block).unwrap();
    let private = pair(party).private();
    let response = request.create_block(&private, block).unwrap();
    token
        .append_third_party(pair(party).public(), response)
        .unwrap()
}

fn encoded(bytes: &[u8]) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

fn verify_with(verifier: &Verifier, token: &Biscuit) -> Result<Token, VerifyError> {
    verifier.verify(&encoded(&token.to_vec().unwrap()), &|_| false)
}

fn verify(token: &Biscuit) -> Result<Token, VerifyError> {
    verify_with(&verifier(), token)
}

fn judge(blocks: &[&str], call: &Call<'_>) -> Result<u64, JudgeError> {
    verify(&minted(blocks)).unwrap().judge(call)
}
