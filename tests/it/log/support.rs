//! Fixtures and keys for the log tests.

use countersign::domain::event::{Fact, FirstAdmin, Happening, Role};
use countersign::domain::id::{DeviceId, ProjectId};
use countersign::log::checkpoint::{Checkpoint, Kind, Note, NoteKey, origin, witness_name};
use countersign::log::tree::{Tree, leaf_hash};
use countersign::log::{
    self, Accepted, Fresh, Head, Identity, LogReader, Problem, SealError, Sealed, Signer, Unsigned, Verifier, wire,
};
use serde_json::{Map, Value};
use std::path::PathBuf;

/// RFC 8032, section 7.1, tests 1 and 2.
pub const SEEDS: [&str; 2] = [
    "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60",
    "4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb",
];

pub fn hex(text: &str) -> Vec<u8> {
    (0..text.len() / 2).map(|at| u8::from_str_radix(&text[2 * at..2 * at + 2], 16).unwrap()).collect()
}

pub fn signer(which: usize) -> Signer {
    Signer::from_seed(&hex(SEEDS[which]).try_into().unwrap())
}

pub fn path(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures").join(name)
}

pub fn read(name: &str) -> Vec<u8> {
    std::fs::read(path(name)).unwrap_or_else(|error| panic!("{name}: {error}"))
}

pub fn lines(name: &str) -> Vec<Vec<u8>> {
    let bytes = read(name);
    let text = bytes.strip_suffix(b"\n").unwrap_or(&bytes);
    text.split(|b| *b == b'\n').map(<[u8]>::to_vec).collect()
}

/// All lines of one log through one verifier.
pub fn verify(lines: &[Vec<u8>]) -> (Verifier, Result<Vec<Accepted>, Problem>) {
    let mut verifier = Verifier::new();
    let accepted = lines.iter().map(|line| verifier.push_line(line)).collect();
    (verifier, accepted)
}

pub fn device(which: usize) -> DeviceId {
    signer(which).device()
}

/// A device that writes a log, and can also write what it should not.
pub struct Pen {
    pub signer: Signer,
    pub head: Head,
    pub who: Identity,
    pub now_ms: u64,
    pub lines: Vec<Vec<u8>>,
}

impl Pen {
    pub fn new(seed: u8, author: &str, project: Option<&ProjectId>) -> Self {
        let signer = Signer::from_seed(&[seed; 32]);
        let who = Identity { device: signer.device(), project: project.cloned(), author: author.into(), app: None };
        Self { signer, head: Head::default(), who, now_ms: 1_795_000_000_000, lines: Vec::new() }
    }

    /// A project with its first admin, who may do everything.
    pub fn found(seed: u8, author: &str) -> Self {
        let mut pen = Self::new(seed, author, None);
        let roles = vec![Role::Admin, Role::Annotator, Role::Reviewer, Role::Adjudicator];
        let admin = FirstAdmin { authid: author.into(), key: pen.who.device.clone(), roles };
        pen.write(&Happening::of(Fact::ProjectCreated { name: "test".into(), admins: vec![admin] }));
        pen.who.project = pen.head.last.map(|hash| hash.project());
        pen
    }

    pub fn project(&self) -> &ProjectId {
        self.who.project.as_ref().unwrap()
    }

    pub fn prepare(&self, happening: &Happening) -> Result<Unsigned, SealError> {
        let byte = u8::try_from(self.head.size % 256).unwrap();
        let fresh = Fresh {
            now_ms: self.now_ms,
            salt: [byte; 16],
            uuid: self.signer.public().to_bytes()[..10].try_into().unwrap(),
        };
        log::prepare(&self.head, &self.who, happening, &fresh)
    }

    pub fn seal(&self, happening: &Happening) -> Sealed {
        let unsigned = self.prepare(happening).unwrap();
        let signature = self.signer.sign(&unsigned.signing_input);
        unsigned.finish(signature).unwrap()
    }

    /// Appends, a second later.
    pub fn write(&mut self, happening: &Happening) -> Sealed {
        self.now_ms += 1000;
        let sealed = self.seal(happening);
        self.head = sealed.head.clone();
        self.lines.push(sealed.line.clone());
        sealed
    }

    pub fn say(&mut self, fact: Fact) -> Sealed {
        self.write(&Happening::of(fact))
    }

    /// The next line as [`Pen::seal`] would make it, changed by `change` and signed all the same, body hash included.
    pub fn forge(&self, change: impl FnOnce(&mut Map<String, Value>)) -> Vec<u8> {
        self.forge_with_header(change, &wire::header_of(&self.who.device))
    }

    pub fn forge_with_header(&self, change: impl FnOnce(&mut Map<String, Value>), header: &str) -> Vec<u8> {
        let line = self.seal(&Happening::of(Fact::TaskOpened {})).line;
        let mut map: Map<String, Value> = serde_json::from_slice(&line).unwrap();
        change(&mut map);
        map.remove("jws");
        let data = map.remove("data");
        if let Some(data) = &data {
            let hash = log::EntryHash::of(&wire::canonical(data).unwrap());
            map.insert("datahash".into(), hash.to_string().into());
        }
        let signature = self.signer.sign(&wire::signing_input(header, &map).unwrap());
        map.insert("jws".into(), format!("{header}..{}", log::hash::encode(&signature)).into());
        map.extend(data.map(|data| ("data".to_owned(), data)));
        wire::canonical(&Value::Object(map)).unwrap()
    }

    /// A verifier that has read everything written so far.
    pub fn reader(&self) -> Verifier {
        let (verifier, accepted) = verify(&self.lines);
        accepted.unwrap();
        verifier
    }

    pub fn file(&self) -> LogReader {
        let mut reader = LogReader::new(None);
        self.lines.iter().for_each(|line| reader.push(line));
        reader
    }

    /// A verifier that has read the first `size` entries.
    pub fn reader_of(&self, size: usize) -> Verifier {
        let (verifier, accepted) = verify(&self.lines[..size]);
        accepted.unwrap();
        verifier
    }

    /// Canonical bytes without bodies.
    pub fn file_entries(&self) -> Vec<Vec<u8>> {
        verify(&self.lines).1.unwrap().into_iter().map(|a| a.entry).collect()
    }
}

/// A checkpoint of the first `size` entries, countersigned a minute after the last.
pub fn noted(pen: &Pen, witness: &Pen, size: usize) -> Vec<u8> {
    let tree: Tree = pen.file_entries().iter().take(size).map(|entry| leaf_hash(entry)).collect();
    let name = origin("example.org", pen.project(), &pen.who.device);
    let text = Checkpoint { origin: name.clone(), size: tree.size(), root: tree.root() }.text();
    let mut note = Note { text: text.clone(), signatures: Vec::new() };
    let log = NoteKey { name, kind: Kind::Log, key: pen.signer.public() };
    note.add(&log, 0, &pen.signer.sign(&Note::message(&text, Kind::Log, 0)));
    let name = witness_name("example.org", &witness.who.device);
    let key = NoteKey { name, kind: Kind::Witness, key: witness.signer.public() };
    let time_s = pen.now_ms / 1000 + 60;
    note.add(&key, time_s, &witness.signer.sign(&Note::message(&text, Kind::Witness, time_s)));
    note.write()
}

/// A checkpoint of the first `size` entries of the golden log `a`, by its own key.
pub fn golden_checkpoint(size: usize) -> Vec<u8> {
    let (verifier, accepted) = verify(&lines("log/a.jsonl")[..size]);
    let tree: Tree = accepted.unwrap().iter().map(|a| leaf_hash(&a.entry)).collect();
    let name = origin("countersign.example", verifier.project().unwrap(), &device(0));
    let text = Checkpoint { origin: name.clone(), size: tree.size(), root: tree.root() }.text();
    let mut note = Note { text: text.clone(), signatures: Vec::new() };
    let key = NoteKey { name, kind: Kind::Log, key: signer(0).public() };
    note.add(&key, 0, &signer(0).sign(&Note::message(&text, Kind::Log, 0)));
    note.write()
}

/// The bundle of the first `size` entries of the golden log `a`.
pub fn golden_bundle(size: usize) -> Vec<u8> {
    let entries: Vec<Vec<u8>> = verify(&lines("log/a.jsonl")[..size]).1.unwrap().into_iter().map(|a| a.entry).collect();
    log::tiles::entry_bundle(entries.iter().map(Vec::as_slice)).unwrap()
}
