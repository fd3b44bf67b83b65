//! The database: what is kept, what is given up, and who may write next.

use countersign::domain::decide::Planned;
use countersign::domain::draft::Draft;
use countersign::domain::event::{Custody, Fact, FirstAdmin, Happening, Role};
use countersign::domain::id::AuthId;
use countersign::domain::time::Hlc;
use countersign::log::seal::{Head, Identity, Sealed};
use countersign::platform::web::db::{Db, DbError, STORES, Write};
use countersign::platform::web::idb::{Idb, IdbError, key, number_part};
use countersign::platform::web::keeper::Keeper;
use countersign::platform::web::machine::{breathe, random};
use countersign::platform::web::seal::seal;
use countersign::platform::web::store::{Store, StoreError};
use std::cell::RefCell;
use std::rc::Rc;
use wasm_bindgen::JsValue;
use wasm_bindgen_futures::spawn_local;
use wasm_bindgen_test::wasm_bindgen_test;

/// A name that no other test has.
pub fn name() -> String {
    format!("test-{}", random::<8>().map(|b| format!("{b:02x}")).concat())
}

async fn idb() -> Idb {
    Idb::open(&name(), 1, STORES).await.unwrap()
}

async fn read(idb: &Idb, at: &str) -> Option<String> {
    idb.read(&["entry"]).unwrap().get("entry", at).await.unwrap().as_string()
}

#[wasm_bindgen_test]
async fn what_is_committed_is_there_and_what_is_aborted_is_not() {
    let idb = idb().await;
    let tx = idb.write(&["entry"]).unwrap();
    tx.put("entry", "a", &"kept".into()).unwrap();
    tx.commit().await.unwrap();
    let tx = idb.write(&["entry"]).unwrap();
    tx.put("entry", "a", &"changed".into()).unwrap();
    tx.put("entry", "b", &"new".into()).unwrap();
    tx.abort();
    assert_eq!(read(&idb, "a").await.as_deref(), Some("kept"));
    assert_eq!(read(&idb, "b").await, None);
}

#[wasm_bindgen_test]
async fn a_value_that_cannot_be_stored_is_an_error_and_leaves_nothing() {
    let idb = idb().await;
    let tx = idb.write(&["entry"]).unwrap();
    tx.put("entry", "a", &"first".into()).unwrap();
    // functions cannot be cloned into a database
    let bad = js_sys::Function::new_no_args("");
    assert_eq!(tx.put("entry", "b", &bad).unwrap_err(), IdbError::Other("DataCloneError".into()));
    tx.abort();
    assert_eq!(read(&idb, "a").await, None);
}

#[wasm_bindgen_test]
async fn keys_of_several_parts_sort_as_their_numbers_do() {
    let db = Db::open(&name()).await.unwrap();
    let at = |device: &str, n: u64| key(&["p", device, &number_part(n)]);
    let places = [("d", 9), ("d", 10), ("d", 100), ("e", 1), ("d", 2)];
    let writes = places.iter().map(|(d, n)| Write::Put("entry", at(d, *n), JsValue::from_f64(*n as f64))).collect();
    db.change(writes, None).await.unwrap();
    let numbers = |found: Vec<(String, JsValue)>| found.iter().filter_map(|(_, v)| v.as_f64()).collect::<Vec<_>>();
    assert_eq!(numbers(db.all("entry", &["p", "d"]).await.unwrap()), [2.0, 9.0, 10.0, 100.0]);
    assert_eq!(numbers(db.between("entry", at("d", 9), at("d", 100)).await.unwrap()), [9.0, 10.0]);
    assert_eq!(db.keys("entry").await.unwrap().len(), 5);
}

#[wasm_bindgen_test]
async fn a_change_is_made_only_while_what_it_expects_still_holds() {
    let db = Db::open(&name()).await.unwrap();
    let put = |value: &str| vec![Write::Put("head", "log".into(), value.into())];
    let expect = |text: Option<&str>| Some(("head", "log".to_owned(), text.map(str::to_owned)));
    db.change(put("1"), expect(None)).await.unwrap();
    assert_eq!(db.change(put("x"), expect(None)).await, Err(DbError::Moved));
    assert_eq!(db.change(put("x"), expect(Some("0"))).await, Err(DbError::Moved));
    db.change(put("2"), expect(Some("1"))).await.unwrap();
    assert_eq!(db.get("head", "log").await.unwrap().as_string().as_deref(), Some("2"));
}

#[wasm_bindgen_test]
async fn of_two_writers_at_once_one_wins() {
    let name = name();
    let (one, other) = (Db::open(&name).await.unwrap(), Db::open(&name).await.unwrap());
    fn put(who: &str) -> Vec<Write> {
        vec![Write::Put("head", "log".into(), who.into())]
    }
    fn expect() -> Option<(&'static str, String, Option<String>)> {
        Some(("head", "log".to_owned(), None))
    }
    let first = Rc::new(RefCell::new(None));
    let (told, theirs) = (first.clone(), one.clone());
    spawn_local(async move {
        let made = theirs.change(put("one"), expect()).await;
        told.replace(Some(made));
    });
    let b = other.change(put("other"), expect()).await;
    while first.borrow().is_none() {
        breathe().await;
    }
    let a = first.take().unwrap();
    assert!(a.is_ok() != b.is_ok(), "{a:?} {b:?}");
    let kept = one.get("head", "log").await.unwrap().as_string().unwrap();
    assert_eq!(kept, if a.is_ok() { "one" } else { "other" });
}

#[wasm_bindgen_test]
async fn an_older_page_does_not_open_what_a_newer_one_wrote() {
    let name = name();
    let newer = Idb::open(&name, 2, STORES).await.unwrap();
    assert!(!newer.lost());
    assert_eq!(Idb::open(&name, 1, STORES).await.map(drop), Err(IdbError::Newer));
}

async fn genesis(keeper: &Keeper, head: &Head) -> Sealed {
    let device = keeper.device().clone();
    let author: AuthId = "owner".into();
    let admin = FirstAdmin { authid: author.clone(), key: device.clone(), roles: vec![Role::Admin] };
    let fact = Fact::ProjectCreated { name: "p".into(), admins: vec![admin] };
    let who = Identity { device, project: None, author, app: None };
    let planned = Planned::from(Happening::of(fact));
    seal(keeper, head, &who, &[planned], Hlc::default()).await.unwrap().remove(0)
}

#[wasm_bindgen_test]
async fn a_log_takes_no_second_entry_for_a_place() {
    let store = Store::open(&name()).await.unwrap();
    assert!(store.lasts() && !store.lost());
    let keeper = store.make_keeper().await.unwrap();
    assert_eq!(keeper.custody(), Custody::WebCrypto);
    let first = genesis(&keeper, &Head::default()).await;
    let project = first.hash.project();
    store.append(&project, None, std::slice::from_ref(&first), vec![]).await.unwrap();
    // a second tab that read the head before the first one wrote
    let fork = genesis(&keeper, &Head::default()).await;
    let draft = Store::put_draft(&project, &"owner".into(), &"t1".into(), Some(&Draft::default())).unwrap();
    let refused = store.append(&project, None, std::slice::from_ref(&fork), vec![draft]).await;
    assert_eq!(refused, Err(StoreError::Db(DbError::Moved)));
    let kept = store.entries(&project).await.unwrap();
    assert_eq!(kept.len(), 1);
    assert_eq!(kept[0].entry.as_bytes(), first.entry);
    assert_eq!(kept[0].body.as_deref().map(str::as_bytes), Some(&first.body[..]));
    assert_eq!(store.head(&project, keeper.device()).await.unwrap(), Some(first.head));
    assert!(
        store.drafts(&project, &"owner".into()).await.unwrap().is_empty(),
        "what belonged to it is not kept either"
    );
}

#[wasm_bindgen_test]
async fn source_material_lies_encrypted_and_comes_back() {
    let name = name();
    let store = Store::open(&name).await.unwrap();
    let project = "p".into();
    let clear = "mail ana@example.org 😀".as_bytes();
    let write = store.put_source(&project, "tasks", clear).await.unwrap();
    store.change(vec![write]).await.unwrap();
    let again = Store::open(&name).await.unwrap();
    assert_eq!(again.source(&project, "tasks").await.unwrap().as_deref(), Some(clear));
    let raw = Db::open(&name).await.unwrap().get("source", &key(&["p", "tasks"])).await.unwrap();
    let sealed = js_sys::Uint8Array::new(&js_sys::Reflect::get(&raw, &"sealed".into()).unwrap()).to_vec();
    assert!(sealed.len() >= clear.len() && !sealed.windows(4).any(|part| part == b"mail"));
}
