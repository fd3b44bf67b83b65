//! Keys: what WebCrypto signs, the strict verifier takes; what the database keeps of a key signs again.

use crate::store::name;
use countersign::domain::event::Custody;
use countersign::log::key::PublicKey;
use countersign::platform::web::keeper::{AtRest, Keeper, KeyError};
use countersign::platform::web::store::Store;
use js_sys::Reflect;
use wasm_bindgen_test::wasm_bindgen_test;

#[wasm_bindgen_test]
async fn what_webcrypto_signs_dalek_verifies_strictly() {
    let keeper = Keeper::generate_webcrypto().await.expect("this browser has Ed25519");
    let public = PublicKey::from_device(keeper.device()).unwrap();
    for message in [&b""[..], b"x", &[0xff; 70_000]] {
        let mut signature = keeper.sign(message).await.unwrap();
        assert!(public.verify(message, &signature).is_ok(), "{} bytes", message.len());
        signature[40] ^= 1;
        assert!(public.verify(message, &signature).is_err());
    }
}

#[wasm_bindgen_test]
async fn a_key_comes_back_from_the_database_and_cannot_be_taken_out() {
    let store = Store::open(&name()).await.unwrap();
    let made = store.make_keeper().await.unwrap();
    let back = store.keeper(made.device()).await.unwrap().unwrap();
    assert_eq!((back.device(), back.custody()), (made.device(), Custody::WebCrypto));
    let signature = back.sign(b"again").await.unwrap();
    assert!(PublicKey::from_device(made.device()).unwrap().verify(b"again", &signature).is_ok());
    let record = back.to_record(&AtRest::generate().await).await.unwrap();
    let key = Reflect::get(&record, &"key".into()).unwrap();
    assert_eq!(Reflect::get(&key, &"extractable".into()).unwrap().as_bool(), Some(false));
}

#[wasm_bindgen_test]
async fn a_software_key_lies_wrapped_and_opens_with_its_own_wrapping_only() {
    let (mine, other) = (AtRest::generate().await, AtRest::generate().await);
    let keeper = Keeper::generate(false).await;
    assert_eq!(keeper.custody(), Custody::SoftwareWrapped);
    let record = keeper.to_record(&mine).await.unwrap();
    let back = Keeper::from_record(&record, &mine).await.unwrap();
    assert_eq!(back.sign(b"m").await, keeper.sign(b"m").await);
    assert!(matches!(Keeper::from_record(&record, &other).await.map(drop), Err(KeyError::Refused(_))));
    // a record that names another device is no key
    Reflect::set(&record, &"device".into(), &"did:key:other".into()).unwrap();
    assert_eq!(Keeper::from_record(&record, &mine).await.map(drop), Err(KeyError::Unreadable));
}
