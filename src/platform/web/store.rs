//! What this device keeps of projects, in words of the project: logs, bodies, releases, drafts, keys, source material.

use super::db::{Db, DbError, Write};
use super::idb::{IdbError, key, number_part};
use super::keeper::{AtRest, Keeper, KeyError};
use crate::domain::draft::Draft;
use crate::domain::id::{AuthId, DeviceId, Digest, EventId, ProjectId, TaskId};
use crate::log::seal::{Head, Sealed};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use wasm_bindgen::JsValue;

/// Why the device could not keep or find something.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum StoreError {
    /// The database.
    #[error(transparent)]
    Db(#[from] DbError),
    /// A key.
    #[error(transparent)]
    Key(#[from] KeyError),
    /// What is kept cannot be read by this version.
    #[error("read what this device keeps of the project; open it with the version that wrote it")]
    Unreadable,
}

impl From<IdbError> for StoreError {
    fn from(error: IdbError) -> Self {
        Self::Db(error.into())
    }
}

/// A project as this device knows it beside its logs. Never leaves the device.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct LocalProject {
    /// The name under which the host page knows it.
    pub slug: String,
    /// The project.
    pub project: ProjectId,
    /// People of this device, in the order they came.
    pub profiles: Vec<Profile>,
    /// This device made the project and holds its raw tasks.
    pub owns_source: bool,
}

/// A person of this device.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Profile {
    /// What the person calls themself here.
    pub label: String,
    /// The pseudonym in the project.
    pub authid: AuthId,
    /// Their key.
    pub device: DeviceId,
}

/// A verified entry of another device: its place, its bytes, its body if that came.
pub type Pulled = (u64, Vec<u8>, Option<Vec<u8>>);

/// A stored entry with its body, if that is here.
pub struct Kept {
    /// The log.
    pub device: DeviceId,
    /// Its place there.
    pub place: u64,
    /// The entry.
    pub entry: String,
    /// The body.
    pub body: Option<String>,
}

/// The device's store.
#[derive(Clone)]
pub struct Store {
    db: Db,
    at_rest: AtRest,
}

impl Store {
    /// Opens the store and the key that encrypts at rest, made at the first opening.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn open(name: &str) -> Result<Self, StoreError> {
        let db = Db::open(name).await?;
        let kept = db.get("key", "at-rest").await?;
        if !kept.is_undefined() {
            return Ok(Self { db, at_rest: AtRest::from_record(&kept) });
        }
        let at_rest = AtRest::generate().await;
        let put = Write::Put("key", "at-rest".into(), at_rest.to_record());
        match db.change(vec![put], Some(("key", "at-rest".into(), None))).await {
            Ok(()) => {}
            // a browser that cannot store the key keeps it for as long as the page lives
            Err(DbError::Idb(IdbError::Other(_))) => {
                return Ok(Self { db, at_rest: AtRest::from_record(&JsValue::NULL) });
            }
            Err(other) => return Err(other.into()),
        }
        // another tab may have been first: what is kept counts
        let at_rest = AtRest::from_record(&db.get("key", "at-rest").await?);
        Ok(Self { db, at_rest })
    }

    /// What is written outlives the page.
    pub fn lasts(&self) -> bool {
        self.db.lasts()
    }

    /// The browser lost what was kept before.
    pub fn lost(&self) -> bool {
        self.db.lost()
    }

    async fn json<T: for<'de> Deserialize<'de>>(
        &self,
        store: &'static str,
        key: &str,
    ) -> Result<Option<T>, StoreError> {
        let Some(text) = self.db.get(store, key).await?.as_string() else { return Ok(None) };
        serde_json::from_slice(text.as_bytes()).map(Some).map_err(|_| StoreError::Unreadable)
    }

    fn put_json<T: Serialize>(store: &'static str, key: String, value: &T) -> Result<Write, StoreError> {
        let text = serde_json::to_string(value).map_err(|_| StoreError::Unreadable)?;
        Ok(Write::Put(store, key, text.into()))
    }

    /// The project of that slug.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn project(&self, slug: &str) -> Result<Option<LocalProject>, StoreError> {
        self.json("project", slug).await
    }

    /// The slugs of all projects of this device.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn slugs(&self) -> Result<Vec<String>, StoreError> {
        Ok(self.db.keys("project").await?)
    }

    /// Keeps a project's local facts.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn put_project(&self, project: &LocalProject) -> Result<(), StoreError> {
        let write = Self::put_json("project", project.slug.clone(), project)?;
        Ok(self.db.change(vec![write], None).await?)
    }

    /// Every entry of a project, log by log, in order.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn entries(&self, project: &ProjectId) -> Result<Vec<Kept>, StoreError> {
        let bodies = self.db.all("body", &[project.as_str()]).await?;
        let mut bodies: BTreeMap<String, JsValue> = bodies.into_iter().collect();
        let entries = self.db.all("entry", &[project.as_str()]).await?;
        let kept = entries.into_iter().filter_map(|(at, entry)| {
            let mut parts = at.split('\u{1}').skip(1);
            let (device, place) = (parts.next()?.into(), parts.next()?.parse().ok()?);
            let body = bodies.remove(&at).and_then(|b| b.as_string());
            Some(Kept { device, place, entry: entry.as_string()?, body })
        });
        Ok(kept.collect())
    }

    /// Entries `from..to` of one log, each with its place and, if that is here, its body.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn part(
        &self,
        project: &ProjectId,
        device: &DeviceId,
        from: u64,
        to: u64,
    ) -> Result<Vec<(u64, Kept)>, StoreError> {
        let at = |n| key(&[project.as_str(), device.as_str(), &number_part(n)]);
        let bodies = self.db.between("body", at(from), at(to)).await?;
        let mut bodies: BTreeMap<String, JsValue> = bodies.into_iter().collect();
        let entries = self.db.between("entry", at(from), at(to)).await?;
        let kept = entries.into_iter().filter_map(|(at, entry)| {
            let place = at.rsplit('\u{1}').next()?.parse().ok()?;
            let body = bodies.remove(&at).and_then(|b| b.as_string());
            Some((place, Kept { device: device.clone(), place, entry: entry.as_string()?, body }))
        });
        Ok(kept.collect())
    }

    /// The body of one entry.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn body(&self, project: &ProjectId, device: &DeviceId, place: u64) -> Result<Option<String>, StoreError> {
        let at = key(&[project.as_str(), device.as_str(), &number_part(place)]);
        Ok(self.db.get("body", &at).await?.as_string())
    }

    /// The write that keeps a body that came after its entry.
    pub fn put_body(project: &ProjectId, device: &DeviceId, place: u64, body: &[u8]) -> Write {
        Write::Put("body", key(&[project.as_str(), device.as_str(), &number_part(place)]), text(body))
    }

    /// Where a log ends.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn head(&self, project: &ProjectId, device: &DeviceId) -> Result<Option<Head>, StoreError> {
        self.json("head", &key(&[project.as_str(), device.as_str()])).await
    }

    /// Every log and where it ends.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn heads(&self, project: &ProjectId) -> Result<BTreeMap<DeviceId, Head>, StoreError> {
        let mut heads = BTreeMap::new();
        for (at, head) in self.db.all("head", &[project.as_str()]).await? {
            let (Some(device), Some(text)) = (at.split('\u{1}').nth(1), head.as_string()) else { continue };
            heads.insert(device.into(), serde_json::from_slice(text.as_bytes()).map_err(|_| StoreError::Unreadable)?);
        }
        Ok(heads)
    }

    /// Appends sealed events to a log whose head is `before`, in one strict transaction with whatever else belongs to
    /// them (`also`). All of it is kept, or none.
    ///
    /// # Errors
    /// [`DbError::Moved`] where the log's head is another one by now.
    pub async fn append(
        &self,
        project: &ProjectId,
        before: Option<&Head>,
        sealed: &[Sealed],
        also: Vec<Write>,
    ) -> Result<(), StoreError> {
        let Some(last) = sealed.last() else { return Ok(()) };
        let device = last.event.device.clone();
        let head_key = key(&[project.as_str(), device.as_str()]);
        let mut writes = also;
        for one in sealed {
            let at = key(&[project.as_str(), device.as_str(), &number_part(one.event.sequence)]);
            writes.push(Write::Put("entry", at.clone(), text(&one.entry)));
            writes.push(Write::Put("body", at, text(&one.body)));
        }
        writes.push(Self::put_json("head", head_key.clone(), &last.head)?);
        let expect = before.map(|h| serde_json::to_string(h).map_err(|_| StoreError::Unreadable)).transpose()?;
        Ok(self.db.change(writes, Some(("head", head_key, expect))).await?)
    }

    /// Appends verified entries of another device's log.
    ///
    /// # Errors
    /// [`DbError::Moved`] where the log's head is another one by now.
    pub async fn append_pulled(
        &self,
        project: &ProjectId,
        device: &DeviceId,
        before: Option<&Head>,
        entries: &[Pulled],
        head: &Head,
    ) -> Result<(), StoreError> {
        let head_key = key(&[project.as_str(), device.as_str()]);
        let mut writes = vec![];
        for (sequence, entry, body) in entries {
            let at = key(&[project.as_str(), device.as_str(), &number_part(*sequence)]);
            writes.push(Write::Put("entry", at.clone(), text(entry)));
            if let Some(body) = body {
                writes.push(Write::Put("body", at, text(body)));
            }
        }
        writes.push(Self::put_json("head", head_key.clone(), head)?);
        let expect = before.map(|h| serde_json::to_string(h).map_err(|_| StoreError::Unreadable)).transpose()?;
        Ok(self.db.change(writes, Some(("head", head_key, expect))).await?)
    }

    /// A released body.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn release(&self, project: &ProjectId, digest: &Digest) -> Result<Option<String>, StoreError> {
        Ok(self.db.get("release", &key(&[project.as_str(), digest.as_str()])).await?.as_string())
    }

    /// The digests of every released body that is here.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn releases(&self, project: &ProjectId) -> Result<BTreeMap<Digest, String>, StoreError> {
        let found = self.db.all("release", &[project.as_str()]).await?;
        Ok(found
            .into_iter()
            .filter_map(|(at, body)| Some((at.split('\u{1}').nth(1)?.into(), body.as_string()?)))
            .collect())
    }

    /// The digests of the released bodies that are here, without reading the bodies.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn release_digests(&self, project: &ProjectId) -> Result<BTreeSet<Digest>, StoreError> {
        let keys = self.db.keys("release").await?;
        let below = |key: &String| Some(key.strip_prefix(project.as_str())?.strip_prefix('\u{1}')?.into());
        Ok(keys.iter().filter_map(below).collect())
    }

    /// The write that keeps a released body.
    pub fn put_release(project: &ProjectId, digest: &Digest, body: &str) -> Write {
        Write::Put("release", key(&[project.as_str(), digest.as_str()]), body.into())
    }

    /// Source material of a project under a name, decrypted.
    ///
    /// # Errors
    /// When the database or the key fails.
    pub async fn source(&self, project: &ProjectId, name: &str) -> Result<Option<Vec<u8>>, StoreError> {
        let kept = self.db.get("source", &key(&[project.as_str(), name])).await?;
        if kept.is_undefined() { Ok(None) } else { Ok(Some(self.at_rest.open(&kept).await?)) }
    }

    /// The write that keeps source material, encrypted.
    ///
    /// # Errors
    /// When the key fails.
    pub async fn put_source(&self, project: &ProjectId, name: &str, clear: &[u8]) -> Result<Write, StoreError> {
        let sealed = self.at_rest.seal(clear).await?;
        Ok(Write::Put("source", key(&[project.as_str(), name]), sealed))
    }

    /// The annotation in hand.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn draft(&self, project: &ProjectId, who: &AuthId, task: &TaskId) -> Result<Option<Draft>, StoreError> {
        self.json("draft", &key(&[project.as_str(), who.as_str(), task.as_str()])).await
    }

    /// Tasks of which an annotation is in hand.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn drafts(&self, project: &ProjectId, who: &AuthId) -> Result<Vec<TaskId>, StoreError> {
        let found = self.db.all("draft", &[project.as_str(), who.as_str()]).await?;
        Ok(found.into_iter().filter_map(|(at, _)| at.split('\u{1}').nth(2).map(Into::into)).collect())
    }

    /// The write that keeps or forgets the annotation in hand.
    ///
    /// # Errors
    /// When it cannot be written down.
    pub fn put_draft(
        project: &ProjectId,
        who: &AuthId,
        task: &TaskId,
        draft: Option<&Draft>,
    ) -> Result<Write, StoreError> {
        let at = key(&[project.as_str(), who.as_str(), task.as_str()]);
        match draft {
            Some(draft) => Self::put_json("draft", at, draft),
            None => Ok(Write::Delete("draft", at)),
        }
    }

    /// This device's key of that name.
    ///
    /// # Errors
    /// When the database fails or the key cannot be read.
    pub async fn keeper(&self, device: &DeviceId) -> Result<Option<Keeper>, StoreError> {
        let record = self.db.get("key", device.as_str()).await?;
        if record.is_undefined() {
            return Ok(None);
        }
        Ok(Some(Keeper::from_record(&record, &self.at_rest).await?))
    }

    /// Makes a key and keeps it. A WebCrypto key counts only if it can be read back and still signs; else a software
    /// key is made.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn make_keeper(&self) -> Result<Keeper, StoreError> {
        let keeper = Keeper::generate(true).await;
        if let Ok(back) = self.keep(&keeper).await
            && back.sign(b"countersign probe").await.is_ok()
        {
            return Ok(back);
        }
        let keeper = Keeper::generate(false).await;
        self.keep(&keeper).await
    }

    async fn keep(&self, keeper: &Keeper) -> Result<Keeper, StoreError> {
        let record = keeper.to_record(&self.at_rest).await?;
        let name = keeper.device().as_str().to_owned();
        self.db.change(vec![Write::Put("key", name, record)], None).await?;
        self.keeper(keeper.device()).await?.ok_or(StoreError::Unreadable)
    }

    /// Makes changes that belong together, durably.
    ///
    /// # Errors
    /// When the database fails; nothing was changed then.
    pub async fn change(&self, writes: Vec<Write>) -> Result<(), StoreError> {
        Ok(self.db.change(writes, None).await?)
    }

    /// Endpoints of a project with their credentials, decrypted: `(id, endpoint JSON, credentials JSON)`.
    ///
    /// # Errors
    /// When the database or the key fails.
    pub async fn endpoints(&self, project: &ProjectId) -> Result<Vec<(String, String, String)>, StoreError> {
        let mut endpoints = vec![];
        for (at, record) in self.db.all("endpoint", &[project.as_str()]).await? {
            let Some(id) = at.split('\u{1}').nth(1) else { continue };
            let clear = self.at_rest.open(&record).await?;
            let (endpoint, credentials) = serde_json::from_slice(&clear).map_err(|_| StoreError::Unreadable)?;
            endpoints.push((id.to_owned(), endpoint, credentials));
        }
        Ok(endpoints)
    }

    /// Keeps an endpoint and its credentials, encrypted; `None` forgets it.
    ///
    /// # Errors
    /// When the database or the key fails.
    pub async fn put_endpoint(
        &self,
        project: &ProjectId,
        id: &str,
        endpoint: Option<(&str, &str)>,
    ) -> Result<(), StoreError> {
        let at = key(&[project.as_str(), id]);
        let write = match endpoint {
            None => Write::Delete("endpoint", at),
            Some(pair) => {
                let clear = serde_json::to_vec(&pair).map_err(|_| StoreError::Unreadable)?;
                Write::Put("endpoint", at, self.at_rest.seal(&clear).await?)
            }
        };
        self.change(vec![write]).await
    }

    /// Removes the bodies of erased events.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn erase(&self, project: &ProjectId, places: &[(DeviceId, u64, EventId)]) -> Result<(), StoreError> {
        let at = |(device, sequence, _): &(DeviceId, u64, EventId)| {
            Write::Delete("body", key(&[project.as_str(), device.as_str(), &number_part(*sequence)]))
        };
        self.change(places.iter().map(at).collect()).await
    }
}

fn text(bytes: &[u8]) -> JsValue {
    JsValue::from_str(&String::from_utf8_lossy(bytes))
}
