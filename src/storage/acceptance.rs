//! What an endpoint must do before it is offered: the same checks for memory, buckets and folders.
//!
//! The checks write under a folder of their own and remove what they wrote. They ask for nothing that `sync` does not
//! need: no conditional writes, no listing right after a write, no order.

use super::{Storage, StorageError};

/// One check and its outcome.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Check {
    /// What was checked, in a few words.
    pub name: &'static str,
    /// `Err` says what happened instead.
    pub outcome: Result<(), String>,
}

/// More objects than one page of any known listing holds (S3 pages hold 1,000).
pub const MANY: usize = 1_001;

/// Runs all checks under `folder`, which is empty or ends with a slash and should hold nothing yet. `many` is how many
/// objects the paging check writes: [`MANY`] where time allows, 0 to leave it out.
pub async fn run<S: Storage>(storage: &S, folder: &str, many: usize) -> Vec<Check> {
    let at = |name: &str| format!("{folder}{name}");
    let mut checks = vec![
        Check { name: "an absent object reads as none", outcome: absent(storage, &at("absent")).await },
        Check { name: "bytes come back as they were", outcome: round_trips(storage, &at("trip/")).await },
        Check { name: "the last write counts at once", outcome: overwrites(storage, &at("over/checkpoint")).await },
        Check { name: "the layout's names work side by side", outcome: layout(storage, &at("layout/")).await },
        Check { name: "a listing names children, and no others", outcome: listing(storage, &at("list/")).await },
        Check { name: "a removed object is gone, twice too", outcome: deletes(storage, &at("delete/x")).await },
        Check { name: "bad names are refused", outcome: refuses(storage).await },
    ];
    if many > 0 && storage.lists() {
        checks.push(Check { name: "a long listing is whole", outcome: pages(storage, &at("many/"), many).await });
    }
    checks
}

/// The checks that failed, as one text a line; empty where all passed.
pub fn failures(checks: &[Check]) -> String {
    let line = |c: &Check| c.outcome.as_ref().err().map(|why| format!("{}: {why}\n", c.name));
    checks.iter().filter_map(line).collect()
}

fn same<T: PartialEq + std::fmt::Debug>(what: &str, got: &T, want: &T) -> Result<(), String> {
    if got == want { Ok(()) } else { Err(format!("{what}: got {got:?}, want {want:?}")) }
}

fn because(what: &str) -> impl Fn(StorageError) -> String {
    move |e| format!("{what}: could not {e}")
}

async fn absent<S: Storage>(s: &S, name: &str) -> Result<(), String> {
    same("get", &s.get(name).await.map_err(because("get"))?, &None)?;
    let deep = format!("{name}/deeper/still");
    same("get below nothing", &s.get(&deep).await.map_err(because("get below nothing"))?, &None)?;
    if !s.lists() {
        return Ok(());
    }
    let nothing = s.list(&format!("{name}/")).await.map_err(because("list"))?;
    same("list", &nothing, &Vec::new())
}

async fn round_trips<S: Storage>(s: &S, folder: &str) -> Result<(), String> {
    let every_byte: Vec<u8> = (0..=255).collect();
    let large: Vec<u8> = (0..1_500_000_u32).map(|i| (i.wrapping_mul(2_654_435_761) >> 24) as u8).collect();
    let html = b"<!doctype html> is a fine beginning of an object".to_vec();
    for (name, bytes) in [("bytes", &every_byte), ("one", &vec![0_u8]), ("large", &large), ("text", &html)] {
        let name = format!("{folder}{name}");
        s.put(&name, bytes).await.map_err(because("put"))?;
        let got = s.get(&name).await.map_err(because("get"))?;
        if got.as_ref() != Some(bytes) {
            return Err(format!("{name}: {} bytes became {:?}", bytes.len(), got.map(|b| b.len())));
        }
        s.delete(&name).await.map_err(because("delete"))?;
    }
    Ok(())
}

async fn overwrites<S: Storage>(s: &S, name: &str) -> Result<(), String> {
    for round in 0..10_usize {
        // lengths go up and down, so that a server that patches instead of replacing is seen
        let bytes = vec![b'0' + (round % 10) as u8; 1 + (round * 7) % 11];
        s.put(name, &bytes).await.map_err(because("put"))?;
        s.put(name, &bytes).await.map_err(because("put again"))?;
        same("get", &s.get(name).await.map_err(because("get"))?, &Some(bytes))?;
    }
    s.delete(name).await.map_err(because("delete"))
}

async fn layout<S: Storage>(s: &S, folder: &str) -> Result<(), String> {
    let names = [
        "release/sha256-_-0Aa",
        "release/-starts-with-a-dash",
        "z6MkDevice/checkpoint",
        "z6MkDevice/tile/0/000.p/7",
        "z6MkDevice/tile/0/000.p/255",
        "z6MkDevice/tile/0/000",
        "z6MkDevice/tile/entries/000.p/7",
        "z6MkDevice/tile/entries/000",
        "z6MkDevice/tile/entries/x001/000",
        "z6MkDevice/data/AbC-_9.json",
        "witness/z6MkPeer/z6MkDevice",
    ];
    for name in names {
        s.put(&format!("{folder}{name}"), name.as_bytes()).await.map_err(because(name))?;
    }
    for name in names {
        let got = s.get(&format!("{folder}{name}")).await.map_err(because(name))?;
        same(name, &got, &Some(name.as_bytes().to_vec()))?;
    }
    if s.lists() {
        let mut want: Vec<String> = names.iter().map(|n| format!("{folder}{n}")).collect();
        want.sort_unstable();
        same("walk", &super::walk(s, folder).await.map_err(because("walk"))?, &want)?;
    }
    for name in names {
        s.delete(&format!("{folder}{name}")).await.map_err(because(name))?;
    }
    Ok(())
}

/// An endpoint that does not list says so, and invents nothing.
async fn listing<S: Storage>(s: &S, folder: &str) -> Result<(), String> {
    if s.lists() { lists(s, folder).await } else { same("list", &s.list(folder).await, &Err(StorageError::Invalid)) }
}

async fn lists<S: Storage>(s: &S, folder: &str) -> Result<(), String> {
    let names = ["a/1", "a/2/deep", "ab/1", "a.b/1", "a-b", "top"].map(|n| format!("{folder}{n}"));
    for name in &names {
        s.put(name, b"x").await.map_err(because("put"))?;
    }
    let want = |names: &[&str]| names.iter().map(|n| format!("{folder}{n}")).collect::<Vec<_>>();
    let got = s.list(folder).await.map_err(because("list"))?;
    same("list", &got, &want(&["a-b", "a.b/", "a/", "ab/", "top"]))?;
    let got = s.list(&format!("{folder}a/")).await.map_err(because("list a/"))?;
    same("list a/", &got, &want(&["a/1", "a/2/"]))?;
    for name in &names {
        s.delete(name).await.map_err(because("delete"))?;
    }
    Ok(())
}

async fn deletes<S: Storage>(s: &S, name: &str) -> Result<(), String> {
    s.put(name, b"once").await.map_err(because("put"))?;
    s.delete(name).await.map_err(because("delete"))?;
    same("get", &s.get(name).await.map_err(because("get"))?, &None)?;
    s.delete(name).await.map_err(because("delete again"))?;
    s.put(name, b"back").await.map_err(because("put back"))?;
    same("get back", &s.get(name).await.map_err(because("get back"))?, &Some(b"back".to_vec()))?;
    s.delete(name).await.map_err(because("clean up"))
}

async fn refuses<S: Storage>(s: &S) -> Result<(), String> {
    for name in ["", "/x", "a/../x", "a//x", "a b", "x/"] {
        same("put", &s.put(name, b"x").await, &Err(StorageError::Invalid))?;
        same("get", &s.get(name).await, &Err(StorageError::Invalid))?;
        same("delete", &s.delete(name).await, &Err(StorageError::Invalid))?;
    }
    same("list", &s.list("no-slash").await, &Err(StorageError::Invalid))
}

async fn pages<S: Storage>(s: &S, folder: &str, many: usize) -> Result<(), String> {
    let names: Vec<String> = (0..many).map(|i| format!("{folder}{i:06}")).collect();
    for name in &names {
        s.put(name, b"x").await.map_err(because("put"))?;
    }
    let got = s.list(folder).await.map_err(because("list"))?;
    if got != names {
        return Err(format!("{} of {many} names listed", got.len()));
    }
    for name in &names {
        s.delete(name).await.map_err(because("delete"))?;
    }
    Ok(())
}
