//! Opening: a project of this device, the embedded sample, files of the person, texts of the host page, an invitation.

use super::desk::{Desk, Project, Touched, apart, fault, warnings};
use super::record;
use super::source::{Files, RULES};
use crate::domain::command::Command;
use crate::domain::complaint::Complaint;
use crate::domain::event::{FirstAdmin, Role};
use crate::domain::id::{AuthId, Digest, ProjectId};
use crate::domain::time::Moment;
use crate::engine::Engine;
use crate::engine::release::{Built, Secrets, digest_of, supplies};
use crate::log::seal::{Head, Identity, Sealed};
use crate::platform::web::db::Write;
use crate::platform::web::keeper::Keeper;
use crate::platform::web::lock;
use crate::platform::web::machine::{now_ms, random};
use crate::platform::web::seal::seal;
use crate::platform::web::store::{LocalProject, Profile, Store};
use crate::privacy::{LocalRules, Policy, ProjectKey};
use crate::view::build::Here;
use crate::view::markdown;
use crate::view::protocol::{Done, Trouble};
use std::collections::{BTreeMap, BTreeSet};

/// A project in words, before it is one.
pub(super) struct Plans {
    pub(super) slug: String,
    pub(super) name: String,
    pub(super) config: String,
    pub(super) guideline: String,
    pub(super) policy: Policy,
    pub(super) rules: LocalRules,
}

impl Desk {
    /// Opens a project of this device, or makes one of the samples that come with the page.
    pub(super) async fn open(&mut self, ask: u32, slug: &str, profile: &str) -> Result<Done, Trouble> {
        profile.clone_into(&mut self.named);
        let store = super::desk::store().await?;
        if let Some(local) = store.project(slug).await? {
            return self.open_local(store, local, Some(profile)).await;
        }
        let sample = super::source::sample(slug).await?;
        self.make(ask, store, profile, sample.plans, sample.tasks).await
    }

    /// Opens what this device keeps, as the person of that label, or as its first person.
    pub(super) async fn open_local(
        &mut self,
        store: Store,
        mut local: LocalProject,
        label: Option<&str>,
    ) -> Result<Done, Trouble> {
        let found = label.and_then(|l| local.profiles.iter().position(|p| p.label == l));
        let at = match (found, label) {
            (Some(at), _) => at,
            (None, Some(label)) => {
                let roles = [Role::Annotator];
                apart(add_profile(&store, &mut local, label, &roles)).await?;
                local.profiles.len() - 1
            }
            (None, None) => 0,
        };
        let profile = local.profiles.get(at).cloned().ok_or_else(|| fault("key", "find a person of this device"))?;
        let keeper = store.keeper(&profile.device).await?;
        let keeper = keeper.ok_or_else(|| fault("key", "find this person's key; join again with a new key"))?;
        let (events, heads, problems) = record::read(&store, &local.project).await?;
        let head = heads.get(keeper.device()).cloned().unwrap_or_default();
        let secrets = read_secrets(&store, &local.project).await?;
        let here = Here {
            slug: local.slug.clone(),
            project: local.project.clone(),
            me: profile.authid.clone(),
            profiles: local.profiles.iter().map(|p| (p.authid.clone(), p.label.clone())).collect(),
            devices: local.profiles.iter().map(|p| p.device.clone()).collect(),
            owns_source: local.owns_source,
            drafts: store.drafts(&local.project, &profile.authid).await?.into_iter().collect(),
            custody: custody_text(&keeper),
            warnings: warnings(&store),
            problems,
            ..Here::default()
        };
        let engine = Engine::new(crate::domain::state::Materials::default(), events);
        let mut project = Project {
            touched: Touched { all: true, ..Touched::default() },
            store,
            local,
            me: profile.authid,
            keeper,
            head,
            engine,
            here,
            secrets,
            imported: vec![],
            grown: vec![],
            lacking: BTreeSet::new(),
            raw: BTreeMap::new(),
            channel: None,
            _heard: None,
        };
        project.supply().await?;
        apart(project.read_imported()).await?;
        let (slug, task) = (project.local.slug.clone(), project.next(None));
        let complaints = project.here.complaints.clone();
        self.project = Some(project);
        for sent in self.watched.values_mut() {
            sent.clear();
        }
        apart(self.start_sync()).await?;
        apart(self.begin_verifying()).await?;
        Ok(Done::Opened { slug, task, complaints })
    }

    /// Makes a project: covers the tasks, seals the first entries, and keeps everything in one go.
    pub(super) async fn make(
        &mut self,
        ask: u32,
        store: Store,
        label: &str,
        plans: Plans,
        tasks: Files,
    ) -> Result<Done, Trouble> {
        let config = crate::labeling::parse(&plans.config).map_err(|e| fault("config", e))?;
        let key = ProjectKey(random());
        let secrets = Secrets::new(&plans.policy, &plans.rules, Some(key.clone()));
        let built = self.cover(ask, &config, &secrets, tasks).await?;
        let keeper = store.make_keeper().await?;
        let me = AuthId(new_authid());
        let (project, sealed) = first_entries(&keeper, &me, &plans, &built).await?;
        let profile = Profile { label: label.to_owned(), authid: me, device: keeper.device().clone() };
        let local = LocalProject {
            slug: plans.slug.clone(),
            project: project.clone(),
            profiles: vec![profile],
            owns_source: true,
        };
        let mut complaints = config.complaints;
        complaints.extend(plans.rules.complaints());
        complaints.extend(built.complaints.clone());
        let also = source_writes(&store, &project, &plans, &key, &built, &complaints).await?;
        store.append(&project, None, &sealed, also).await?;
        store.put_project(&local).await?;
        self.open_local(store, local, Some(label)).await
    }

    /// Labels as another person of this device, with a key of their own; an admin of this device lets a new one in.
    pub(super) async fn switch_profile(&mut self, label: &str, roles: &[Role]) -> Result<Done, Trouble> {
        let project = self.open_project()?;
        let (store, mut local) = (project.store.clone(), project.local.clone());
        if !local.profiles.iter().any(|p| p.label == label) {
            let label = label.trim();
            if label.is_empty() || label.chars().count() > 60 {
                return Err(fault("name", "make a profile without a name; give it up to 60 characters"));
            }
            add_profile(&store, &mut local, label, roles).await?;
        }
        self.open_local(store, local, Some(label.trim())).await
    }
}

/// The entries every project begins with: genesis, guideline, configuration, policy, models, tasks.
async fn first_entries(
    keeper: &Keeper,
    me: &AuthId,
    plans: &Plans,
    built: &Built,
) -> Result<(ProjectId, Vec<Sealed>), Trouble> {
    let roles = vec![Role::Admin, Role::Annotator, Role::Reviewer, Role::Adjudicator];
    let admin = FirstAdmin { authid: me.clone(), key: keeper.device().clone(), roles };
    let policy = serde_json::to_string(&plans.policy).unwrap_or_default();
    let version = markdown::version(&plans.guideline).unwrap_or("1").to_owned();
    let guideline =
        (!plans.guideline.is_empty()).then(|| ("guideline".to_owned(), version, digest_of(&plans.guideline)));
    let mut commands = vec![
        Command::CreateProject { name: plans.name.clone(), admins: vec![admin] },
        Command::Publish {
            config: digest_of(&plans.config),
            policy: digest_of(&policy),
            guideline,
            models: built.models.iter().cloned().collect(),
        },
    ];
    commands.extend(built.chunks.iter().map(|c| Command::ReleaseTasks { count: c.count, digest: c.digest.clone() }));
    if !built.imported.is_empty() {
        let text = serde_json::to_string(&built.imported).unwrap_or_default();
        commands.push(Command::ImportAnswers { count: built.imported.len() as u64, digest: digest_of(&text) });
    }
    let mut engine = Engine::default();
    let mut sealed: Vec<Sealed> = vec![];
    let mut head = Head::default();
    let mut who = Identity { device: keeper.device().clone(), project: None, author: me.clone(), app: None };
    for command in commands {
        let moment = Moment { now_ms: now_ms(), entropy: random(), author: me.clone() };
        let planned = engine.plan(&command, &moment).map_err(|refusal| Trouble::Refused { refusal })?;
        let new = seal(keeper, &head, &who, &planned, engine.state().clock).await?;
        engine.accept(new.iter().map(|s| s.event.clone()).collect());
        sealed.extend(new);
        if let Some(last) = sealed.last() {
            head = last.head.clone();
        }
        who.project = sealed.first().map(|s| s.hash.project());
    }
    let project = who.project.ok_or_else(|| fault("key", "seal the project's beginning"))?;
    Ok((project, sealed))
}

/// What the owner's device keeps beside the log: released bodies, and encrypted the key, the rules and the raw tasks.
async fn source_writes(
    store: &Store,
    project: &ProjectId,
    plans: &Plans,
    key: &ProjectKey,
    built: &Built,
    complaints: &[Complaint],
) -> Result<Vec<Write>, Trouble> {
    let policy = serde_json::to_string(&plans.policy).unwrap_or_default();
    let mut writes = vec![];
    for body in [&plans.config, &policy, &plans.guideline] {
        writes.push(Store::put_release(project, &digest_of(body), body));
    }
    for chunk in &built.chunks {
        writes.push(Store::put_release(project, &chunk.digest, &chunk.body));
        let raw = serde_json::to_vec(&chunk.raw).unwrap_or_default();
        writes.push(store.put_source(project, chunk.digest.as_str(), &raw).await?);
    }
    let rules = serde_json::to_vec(&plans.rules).unwrap_or_default();
    writes.push(store.put_source(project, RULES, &rules).await?);
    writes.push(store.put_source(project, "key", &key.0[..]).await?);
    let complaints = serde_json::to_vec(complaints).unwrap_or_default();
    writes.push(store.put_source(project, "complaints", &complaints).await?);
    if !built.imported.is_empty() {
        let rows = serde_json::to_vec(&built.imported).unwrap_or_default();
        writes.push(store.put_source(project, "imported", &rows).await?);
    }
    Ok(writes)
}

/// A new person of this device: a key of their own, a log that begins with a request, and the grant by an admin of this
/// device, where there is one.
pub(super) async fn add_profile(
    store: &Store,
    local: &mut LocalProject,
    label: &str,
    roles: &[Role],
) -> Result<(), Trouble> {
    let keeper = store.make_keeper().await?;
    let me = AuthId(new_authid());
    let (events, _, _) = record::read(store, &local.project).await?;
    let mut engine = Engine::new(Default::default(), events);
    let who = Identity {
        device: keeper.device().clone(),
        project: Some(local.project.clone()),
        author: me.clone(),
        app: None,
    };
    let request = Command::RequestKey { custody: keeper.custody() };
    let moment = Moment { now_ms: now_ms(), entropy: random(), author: me.clone() };
    let planned = engine.plan(&request, &moment).map_err(|refusal| Trouble::Refused { refusal })?;
    let sealed = seal(&keeper, &Head::default(), &who, &planned, engine.state().clock).await?;
    store.append(&local.project, None, &sealed, vec![]).await?;
    engine.accept(sealed.into_iter().map(|s| s.event).collect());
    let admin = local.profiles.iter().find(|p| engine.state().roles(&p.authid).contains(&Role::Admin)).cloned();
    local.profiles.push(Profile { label: label.to_owned(), authid: me.clone(), device: keeper.device().clone() });
    store.put_project(local).await?;
    let Some(admin) = admin else { return Ok(()) };
    let Some(admin_keeper) = store.keeper(&admin.device).await? else { return Ok(()) };
    let _held = lock::take(&format!("countersign-log:{}:{}", local.project, admin.device)).await;
    // another tab may have written as the admin meanwhile
    let (events, heads, _) = record::read(store, &local.project).await?;
    let engine = Engine::new(Default::default(), events);
    let grant = Command::GrantKey {
        key: keeper.device().clone(),
        authid: me,
        roles: roles.to_vec(),
        custody: keeper.custody(),
    };
    let moment = Moment { now_ms: now_ms(), entropy: random(), author: admin.authid.clone() };
    let planned = engine.plan(&grant, &moment).map_err(|refusal| Trouble::Refused { refusal })?;
    let before = heads.get(&admin.device).cloned();
    let who = Identity { device: admin.device.clone(), author: admin.authid, ..who };
    let sealed =
        seal(&admin_keeper, before.as_ref().unwrap_or(&Head::default()), &who, &planned, engine.state().clock).await?;
    store.append(&local.project, before.as_ref(), &sealed, vec![]).await?;
    Ok(())
}

pub(super) fn custody_text(keeper: &Keeper) -> String {
    let text = serde_json::to_value(keeper.custody()).ok();
    text.and_then(|v| v.as_str().map(str::to_owned)).unwrap_or_default()
}

/// A pseudonym for a person: 40 random bits, in letters that are read aloud without doubt.
pub(super) fn new_authid() -> String {
    const LETTERS: &[u8; 32] = b"0123456789abcdefghjkmnpqrstvwxyz";
    let bytes: [u8; 8] = random();
    let letters = bytes.iter().filter_map(|b| LETTERS.get(usize::from(b & 31))).map(|b| char::from(*b));
    format!("ann-{}", letters.collect::<String>())
}

async fn read_secrets(store: &Store, project: &ProjectId) -> Result<Secrets, Trouble> {
    let key = store.source(project, "key").await?;
    let key = key.and_then(|bytes| <[u8; 32]>::try_from(bytes).ok()).map(ProjectKey);
    let rules = store.source(project, RULES).await?.and_then(|b| serde_json::from_slice(&b).ok()).unwrap_or_default();
    Ok(Secrets::new(&Policy::default(), &rules, key))
}

impl Project {
    /// Reads the released bodies that the state names, and all that follows from them.
    pub(super) async fn supply(&mut self) -> Result<(), Trouble> {
        let bodies: BTreeMap<Digest, String> = self.store.releases(&self.local.project).await?;
        let state = self.engine.state();
        let announced = state.config.iter().chain(&state.policy).chain(state.guideline.as_ref().map(|g| &g.digest));
        self.lacking = announced.chain(&state.releases).filter(|d| !bodies.contains_key(*d)).cloned().collect();
        let found = supplies(state, &bodies);
        self.here.layout = std::rc::Rc::new(found.config.layout.root);
        self.here.style = found.config.layout.stylesheet;
        self.here.schema = std::rc::Rc::new(found.config.schema);
        self.here.guideline = found.guideline;
        let kept = self.store.source(&self.local.project, "complaints").await?;
        let mut complaints: Vec<Complaint> = kept.and_then(|b| serde_json::from_slice(&b).ok()).unwrap_or_default();
        complaints.extend(found.complaints);
        self.set_complaints(complaints);
        if self.local.owns_source || self.secrets.key.is_some() {
            let rules = self.store.source(&self.local.project, RULES).await?;
            let rules = rules.and_then(|b| serde_json::from_slice(&b).ok()).unwrap_or_default();
            self.secrets = Secrets::new(&found.policy, &rules, self.secrets.key.take());
        } else {
            self.secrets = Secrets::new(&found.policy, &LocalRules::default(), None);
        }
        self.engine.supply(found.materials);
        Ok(())
    }

    async fn read_imported(&mut self) -> Result<(), Trouble> {
        let rows = self.store.source(&self.local.project, "imported").await?;
        self.imported = rows.and_then(|b| serde_json::from_slice(&b).ok()).unwrap_or_default();
        Ok(())
    }
}

/// The project of that identifier, where this device keeps it.
pub(super) async fn known(store: &Store, project: &ProjectId) -> Result<Option<LocalProject>, Trouble> {
    for slug in store.slugs().await? {
        if let Some(local) = store.project(&slug).await?.filter(|local| local.project == *project) {
            return Ok(Some(local));
        }
    }
    Ok(None)
}

/// A slug made of a name: letters, digits and dashes, different from those that are taken.
pub(super) async fn free_slug(store: &Store, name: &str) -> Result<String, Trouble> {
    let plain: String =
        name.chars().map(|c| if c.is_ascii_alphanumeric() { c.to_ascii_lowercase() } else { '-' }).collect();
    let parts: Vec<&str> = plain.split('-').filter(|p| !p.is_empty()).collect();
    let base: String = parts.join("-").chars().take(60).collect();
    let base = if base.is_empty() { "project".to_owned() } else { base };
    let taken: BTreeSet<String> = store.slugs().await?.into_iter().collect();
    let numbered = (1..).map(|n| if n == 1 { base.clone() } else { format!("{base}-{n}") });
    {
        let mut numbered = numbered;
        numbered.find(|s| !taken.contains(s)).ok_or_else(|| fault("name", "find a free name"))
    }
}
