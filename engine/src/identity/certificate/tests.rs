use proptest::prelude::*;

use super::*;

fn workload() -> Vec<u8> {
    pem::decode(include_bytes!("../../../../tests/cases/keys/workload.crt")).unwrap()
}

#[test]
fn a_workloads_certificate_names_it() {
    let id = svid::id_of(&workload()).unwrap();
    assert_eq!(id.as_str(), "spiffe://acme.example/agent");
}

proptest! {
    #[test]
    fn no_bytes_do_harm(bytes in prop::collection::vec(any::<u8>(), 0..512)) {
        prop_assert!(svid::id_of(&bytes).is_err());
    }

    #[test]
    fn nor_does_a_certificate_with_one_wrong_byte(at in 0usize..300, value in any::<u8>()) {
        let mut der = workload();
        der[at] = value;
        if let Ok(id) = svid::id_of(&der) {
            prop_assert!(id.as_str().starts_with("spiffe://"));
        }
    }
}
