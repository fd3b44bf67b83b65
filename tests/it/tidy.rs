//! The architecture as a test: who may name whom, which outside words belong where, and a few habits that no compiler
//! enforces inside one package. `ARCHITECTURE.md` explains the table; this file decides.

#![expect(
    clippy::indexing_slicing,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "in a test a panic is the report"
)]

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Each unit of `src` and the units it may name, downwards only. A unit that is not listed may not exist.
const LAYERS: &[(&str, &[&str])] = &[
    // words
    ("domain", &[]),
    // libraries
    ("labeling", &["domain"]),
    ("agreement", &["domain"]),
    ("consensus", &["domain", "agreement"]),
    ("privacy", &["domain"]),
    ("sampling", &["domain"]),
    ("monitoring", &["domain", "agreement"]),
    ("workflow", &["domain", "agreement", "consensus", "sampling"]),
    ("format", &["domain", "labeling"]),
    // record
    ("log", &["domain", "LIBRARIES"]),
    // loop
    ("engine", &["domain", "LIBRARIES", "log"]),
    // edges: what is stored and exchanged knows logs, not the loop
    ("view", &["domain", "LIBRARIES", "log", "engine"]),
    ("storage", &["domain", "LIBRARIES", "log"]),
    ("sync", &["domain", "LIBRARIES", "log", "storage"]),
    // rims: the screen knows no storage, the machine knows no screen
    ("ui", &["domain", "LIBRARIES", "log", "engine", "view"]),
    ("platform", &["platform/web", "platform/native", "platform/endpoint"]),
    ("platform/endpoint", &["domain", "LIBRARIES", "log", "storage", "sync"]),
    ("platform/web", &["domain", "LIBRARIES", "log", "engine", "view", "storage", "sync", "platform/endpoint"]),
    ("platform/native", &["domain", "LIBRARIES", "log", "engine", "storage", "sync", "platform/endpoint"]),
    // roots
    ("embed", &["domain", "LIBRARIES", "log", "engine", "view", "storage", "sync", "ui", "platform/web"]),
    (
        "cli",
        &[
            "domain",
            "LIBRARIES",
            "log",
            "engine",
            "storage",
            "sync",
            "platform/native",
            "platform/endpoint",
            "platform",
        ],
    ),
    ("bin/app", &["embed", "ui", "view", "platform/web"]),
    ("bin/compute", &["domain", "LIBRARIES", "log", "engine", "view", "storage", "platform/web"]),
    ("bin/sync", &["domain", "LIBRARIES", "log", "view", "storage", "sync", "platform/web", "platform/endpoint"]),
    ("bin/countersign", &["cli", "platform/native"]),
    ("lib", &[]),
];

const LIBRARIES: &[&str] =
    &["labeling", "agreement", "consensus", "privacy", "sampling", "monitoring", "workflow", "format"];

/// Words from outside, and the only units that may say them.
const OUTSIDE: &[(&str, &[&str])] = &[
    ("yew", &["ui", "embed", "bin/app"]),
    ("gloo", &["ui", "embed", "platform/web"]),
    ("web_sys", &["ui", "embed", "platform/web"]),
    ("js_sys", &["ui", "embed", "platform/web"]),
    ("indexed_db_futures", &["platform/web"]),
    ("opendal", &["platform/endpoint"]),
    ("clap", &["cli", "bin/countersign"]),
    ("std::fs", &["platform/native"]),
    ("std::net::TcpStream", &["platform/native"]),
    ("std::net::TcpListener", &["platform/native"]),
    ("std::net::UdpSocket", &["platform/native"]),
    ("std::process", &["cli", "bin/countersign"]),
    ("std::env", &["cli", "bin/countersign", "platform/native"]),
    ("std::time::SystemTime", &["platform/native"]),
    ("std::time::Instant", &["platform/native"]),
    ("getrandom", &["platform/native", "platform/web"]),
    ("std::thread::sleep", &[]),
];

/// A `#[wasm_bindgen]` that is not an import stands only where the browser comes in.
const EXPORTS: &[&str] = &["embed", "platform/web", "bin/app", "bin/compute", "bin/sync"];

/// Lines of a file before its unit tests: over the first it is listed, over the second it is refused.
const LONG_FILE: usize = 400;
const TOO_LONG_FILE: usize = 600;

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

// --- reading source ---------------------------------------------------------------------------------------------------

#[derive(Clone, Debug, PartialEq)]
enum Kind {
    Word(String),
    Colons,
    Mark(char),
}

#[derive(Clone, Debug)]
struct Token {
    line: usize,
    kind: Kind,
}

/// Words, `::` and marks, without comments, strings, characters and lifetimes: enough to find paths and attributes.
fn tokens(source: &str) -> Vec<Token> {
    let chars: Vec<char> = source.chars().collect();
    let at = |i: usize| chars.get(i).copied().unwrap_or('\0');
    let (mut out, mut i, mut line) = (Vec::new(), 0, 1);
    while i < chars.len() {
        let c = chars[i];
        let start = i;
        if c == '/' && at(i + 1) == '/' {
            while i < chars.len() && chars[i] != '\n' {
                i += 1;
            }
        } else if c == '/' && at(i + 1) == '*' {
            let mut depth = 0;
            while i < chars.len() {
                match (at(i), at(i + 1)) {
                    ('/', '*') => (depth, i) = (depth + 1, i + 2),
                    ('*', '/') => (depth, i) = (depth - 1, i + 2),
                    _ => i += 1,
                }
                if depth == 0 {
                    break;
                }
            }
        } else if let Some(end) = raw_string_end(&chars, i) {
            i = end;
        } else if c == '"' || (matches!(c, 'b' | 'c') && at(i + 1) == '"') {
            i += if c == '"' { 1 } else { 2 };
            while i < chars.len() && chars[i] != '"' {
                i += if chars[i] == '\\' { 2 } else { 1 };
            }
            i += 1;
        } else if c == '\'' {
            i += 1;
            if at(i) == '\\' {
                i += 2;
                while i < chars.len() && chars[i] != '\'' {
                    i += 1;
                }
                i += 1;
            } else if at(i + 1) == '\'' {
                i += 2;
            }
        } else if c.is_alphabetic() || c == '_' {
            while at(i).is_alphanumeric() || at(i) == '_' {
                i += 1;
            }
            out.push(Token { line, kind: Kind::Word(chars[start..i].iter().collect()) });
        } else if c == ':' && at(i + 1) == ':' {
            out.push(Token { line, kind: Kind::Colons });
            i += 2;
        } else {
            if !c.is_whitespace() {
                out.push(Token { line, kind: Kind::Mark(c) });
            }
            i += 1;
        }
        line += chars[start..i.min(chars.len())].iter().filter(|c| **c == '\n').count();
    }
    out
}

/// Where a raw string (`r"…"`, `br#"…"#`) that starts here ends.
fn raw_string_end(chars: &[char], start: usize) -> Option<usize> {
    if start > 0 && (chars[start - 1].is_alphanumeric() || chars[start - 1] == '_') {
        return None;
    }
    let mut i = start;
    if matches!(chars.get(i), Some('b' | 'c')) {
        i += 1;
    }
    if chars.get(i) != Some(&'r') {
        return None;
    }
    i += 1;
    let hashes = chars[i..].iter().take_while(|c| **c == '#').count();
    i += hashes;
    if chars.get(i) != Some(&'"') {
        return None;
    }
    i += 1;
    while i < chars.len() {
        if chars[i] == '"' && chars[i + 1..].iter().take(hashes).filter(|c| **c == '#').count() == hashes {
            return Some(i + 1 + hashes);
        }
        i += 1;
    }
    Some(i)
}

/// A path as written from the crate's root (`["crate", "log", …]`) or from an outside crate (`["std", "fs", …]`).
#[derive(Debug, PartialEq)]
struct Named {
    line: usize,
    path: Vec<String>,
}

/// Every path in the source, with `use` groups opened and `self`/`super` resolved against the file's own module.
fn paths(source: &str, module: &[String]) -> Vec<Named> {
    let tokens = tokens(source);
    let mut out = Vec::new();
    let mut inline: Vec<(String, usize)> = Vec::new();
    let (mut depth, mut i) = (0usize, 0);
    while i < tokens.len() {
        match &tokens[i].kind {
            Kind::Mark('{') => depth += 1,
            Kind::Mark('}') => {
                depth = depth.saturating_sub(1);
                if inline.last().is_some_and(|(_, at)| *at == depth) {
                    inline.pop();
                }
            }
            Kind::Word(word) if word == "mod" => {
                if let (Some(Kind::Word(name)), Some(Kind::Mark('{'))) =
                    (tokens.get(i + 1).map(|t| &t.kind), tokens.get(i + 2).map(|t| &t.kind))
                {
                    inline.push((name.clone(), depth));
                    (i, depth) = (i + 2, depth + 1);
                }
            }
            Kind::Word(_) if i == 0 || tokens[i - 1].kind != Kind::Colons => {
                let mut here = module.to_vec();
                here.extend(inline.iter().map(|(name, _)| name.clone()));
                i = open(&tokens, i, &[], &here, &mut out);
                continue;
            }
            _ => {}
        }
        i += 1;
    }
    out
}

/// Reads one path from `i`, opening `{…}` after `::`; returns where reading goes on.
fn open(tokens: &[Token], mut i: usize, before: &[String], here: &[String], out: &mut Vec<Named>) -> usize {
    let line = tokens[i].line;
    let mut path = before.to_vec();
    while let Some(Token { kind: Kind::Word(word), .. }) = tokens.get(i) {
        path.push(word.clone());
        i += 1;
        if tokens.get(i).map(|t| &t.kind) != Some(&Kind::Colons) {
            break;
        }
        i += 1;
        if tokens.get(i).map(|t| &t.kind) == Some(&Kind::Mark('{')) {
            i += 1;
            while i < tokens.len() && tokens[i].kind != Kind::Mark('}') {
                i = if matches!(tokens[i].kind, Kind::Word(_)) { open(tokens, i, &path, here, out) } else { i + 1 };
            }
            return i + 1;
        }
    }
    if path.len() > 1 {
        out.push(Named { line, path: resolved(path, here) });
    }
    i
}

fn resolved(path: Vec<String>, here: &[String]) -> Vec<String> {
    let up = path.iter().take_while(|word| *word == "super").count();
    let (base, rest) = match path[0].as_str() {
        "crate" | "countersign" => (&here[..0], &path[1..]),
        "self" => (here, &path[1..]),
        "super" => (&here[..here.len().saturating_sub(up)], &path[up..]),
        _ => return path,
    };
    ["crate".to_owned()].into_iter().chain(base.iter().cloned()).chain(rest.iter().cloned()).collect()
}

// --- judging it -------------------------------------------------------------------------------------------------------

/// The module path of a file below `src`: `log/wire.rs` is `log::wire`, `log/mod.rs` is `log`.
fn module_of(file: &str) -> Vec<String> {
    let mut parts: Vec<String> = file.trim_end_matches(".rs").split('/').map(str::to_owned).collect();
    match parts.last().map(String::as_str) {
        Some("mod") => drop(parts.pop()),
        _ if file == "lib.rs" || file.starts_with("bin/") => parts.clear(),
        _ => {}
    }
    parts
}

/// The unit of the table that a module path belongs to.
fn unit_of(parts: &[String]) -> Option<String> {
    let first = parts.first()?;
    let long = parts.get(1).map(|second| format!("{first}/{second}"));
    let known = |name: &str| LAYERS.iter().any(|(unit, _)| *unit == name);
    long.filter(|name| known(name)).or_else(|| known(first).then(|| first.clone()))
}

/// Every breach in one file, as `file:line from -> to`.
fn breaches(file: &str, source: &str) -> Vec<String> {
    let stem: Vec<String> = file.trim_end_matches(".rs").split('/').map(str::to_owned).collect();
    let Some(unit) = unit_of(&stem) else {
        return vec![format!("src/{file}:1 is in no layer: add its unit to the table in tests/it/tidy.rs")];
    };
    let (_, allowed) = LAYERS.iter().find(|(name, _)| *name == unit).expect("unit_of answers from the table");
    let may =
        |to: &str| to == unit || allowed.contains(&to) || (allowed.contains(&"LIBRARIES") && LIBRARIES.contains(&to));
    let mut found = BTreeSet::new();
    for Named { line, path } in paths(source, &module_of(file)) {
        if path[0] == "crate" {
            // a name that is no unit is a name of the crate's root, which holds nothing but units
            if let Some(to) = unit_of(&path[1..]).filter(|to| unit != "lib" && !may(to)) {
                found.insert((line, format!("src/{file}:{line} {unit} -> {to}")));
            }
            continue;
        }
        for (word, homes) in OUTSIDE {
            let words: Vec<&str> = word.split("::").collect();
            let begins = path.len() >= words.len() && words.iter().zip(&path).all(|(a, b)| a == b);
            if begins && !homes.contains(&unit.as_str()) {
                found.insert((line, format!("src/{file}:{line} {unit} -> {word}")));
            }
        }
    }
    for (line, what) in attributes(source) {
        let wrong = match what {
            Attribute::Allow => true,
            Attribute::Export => !EXPORTS.contains(&unit.as_str()),
        };
        if wrong {
            found.insert((line, format!("src/{file}:{line} {unit} -> #[{what:?}]")));
        }
    }
    found.into_iter().map(|(_, text)| text).collect()
}

#[derive(Debug)]
enum Attribute {
    Allow,
    Export,
}

/// `#[allow(…)]` anywhere, and `#[wasm_bindgen]` on anything but an `extern` block of imports.
fn attributes(source: &str) -> Vec<(usize, Attribute)> {
    let tokens = tokens(source);
    let mut out = Vec::new();
    for (i, token) in tokens.iter().enumerate() {
        if token.kind != Kind::Mark('#') {
            continue;
        }
        let open = i + 1 + usize::from(tokens.get(i + 1).is_some_and(|t| t.kind == Kind::Mark('!')));
        if tokens.get(open).map(|t| &t.kind) != Some(&Kind::Mark('[')) {
            continue;
        }
        let Some(Token { kind: Kind::Word(name), line }) = tokens.get(open + 1) else { continue };
        if name == "allow" {
            out.push((*line, Attribute::Allow));
        } else if name == "wasm_bindgen" {
            let mut depth = 0;
            let after = tokens[open..].iter().position(|t| {
                depth += i32::from(t.kind == Kind::Mark('[')) - i32::from(t.kind == Kind::Mark(']'));
                depth == 0
            });
            let next = after.and_then(|n| tokens.get(open + n + 1)).map(|t| &t.kind);
            // an import, or a member inside a block of imports (which has no body of its own)
            let import = matches!(next, Some(Kind::Word(w)) if w == "extern" || w == "unsafe");
            if !import && !inside_extern(&tokens[..i]) {
                out.push((*line, Attribute::Export));
            }
        }
    }
    out
}

/// The innermost open brace belongs to an `extern` block.
fn inside_extern(before: &[Token]) -> bool {
    let mut stack = Vec::new();
    let mut external = false;
    for token in before {
        match &token.kind {
            Kind::Word(word) if word == "extern" => external = true,
            Kind::Word(word) if word == "fn" => external = false,
            Kind::Mark('{') => stack.push(std::mem::take(&mut external)),
            Kind::Mark('}') => drop(stack.pop()),
            _ => {}
        }
    }
    stack.last() == Some(&true)
}

/// All files below a folder of the project, with their paths relative to it.
fn walk(folder: &Path) -> Vec<(String, PathBuf)> {
    let mut out = Vec::new();
    let mut open = vec![folder.to_path_buf()];
    while let Some(dir) = open.pop() {
        for entry in fs::read_dir(&dir).unwrap_or_else(|e| panic!("{}: {e}", dir.display())) {
            let path = entry.unwrap().path();
            if path.is_dir() {
                open.push(path);
            } else {
                let name = path.strip_prefix(folder).unwrap().to_string_lossy().replace('\\', "/");
                out.push((name, path));
            }
        }
    }
    out.sort();
    out
}

fn sources() -> Vec<(String, String)> {
    walk(&root().join("src"))
        .into_iter()
        .filter(|(name, _)| name.ends_with(".rs"))
        .map(|(name, path)| (name, fs::read_to_string(path).unwrap()))
        .collect()
}

fn assert_none(what: &str, found: &[String]) {
    assert!(found.is_empty(), "{what}:\n  {}", found.join("\n  "));
}

// --- the tests --------------------------------------------------------------------------------------------------------

#[test]
fn lower_layers_never_name_higher_ones() {
    let sources = sources();
    assert!(sources.len() > 20, "found only {} files: is this the project?", sources.len());
    let found: Vec<String> = sources.iter().flat_map(|(file, source)| breaches(file, source)).collect();
    assert_none("breaches of the layers", &found);
}

#[test]
fn the_table_of_layers_has_no_cycle() {
    fn reach(unit: &str, seen: &mut Vec<String>) {
        let (_, allowed) = LAYERS.iter().find(|(name, _)| *name == unit).unwrap_or_else(|| panic!("{unit}: no layer"));
        for next in allowed.iter().flat_map(|n| if *n == "LIBRARIES" { LIBRARIES } else { std::slice::from_ref(n) }) {
            assert!(!seen.iter().any(|s| s == next), "a cycle: {seen:?} -> {next}");
            seen.push((*next).to_owned());
            reach(next, seen);
            seen.pop();
        }
    }
    for (unit, _) in LAYERS {
        reach(unit, &mut vec![(*unit).to_owned()]);
    }
}

#[test]
fn a_planted_breach_is_found() {
    fn check(file: &str, source: &str, expect: &[&str]) {
        assert_eq!(breaches(file, source), expect, "{file}: {source}");
    }
    check("domain/text.rs", "use crate::domain::id::Id;\nuse std::fmt;\nuse super::time;", &[]);
    check("domain/text.rs", "\nuse crate::log::wire;", &["src/domain/text.rs:2 domain -> log"]);
    check("domain/text.rs", "fn f() { crate::ui::x() }", &["src/domain/text.rs:1 domain -> ui"]);
    check("log/wire.rs", "use crate::{domain::id, engine::Engine};", &["src/log/wire.rs:1 log -> engine"]);
    check(
        "log/wire.rs",
        "use crate::{\n  domain,\n  storage::{Port, memory::M},\n};",
        &["src/log/wire.rs:3 log -> storage"],
    );
    check("log/wire.rs", "use super::super::view::model;", &["src/log/wire.rs:1 log -> view"]);
    check("log/mod.rs", "use super::view;", &["src/log/mod.rs:1 log -> view"]);
    check("log/wire.rs", "mod tests { use super::super::super::sync; }", &["src/log/wire.rs:1 log -> sync"]);
    check("log/wire.rs", "mod tests { use super::super::view; }", &[]);
    check("agreement/alpha.rs", "use crate::labeling::x;", &["src/agreement/alpha.rs:1 agreement -> labeling"]);
    check("format/csv.rs", "use crate::labeling::x;", &[]);
    check("sync/run.rs", "use crate::engine::E;", &["src/sync/run.rs:1 sync -> engine"]);
    check("ui/screen.rs", "use crate::platform::web::idb;", &["src/ui/screen.rs:1 ui -> platform/web"]);
    check("platform/web/idb.rs", "use crate::ui::hub;", &["src/platform/web/idb.rs:1 platform/web -> ui"]);
    check("platform/native/fs.rs", "use super::web;", &[]);
    check(
        "platform/native/fs.rs",
        "use super::super::web;",
        &["src/platform/native/fs.rs:1 platform/native -> platform/web"],
    );
    check("bin/app.rs", "fn main() { countersign::cli::run() }", &["src/bin/app.rs:1 bin/app -> cli"]);
    check(
        "newroom/mod.rs",
        "",
        &["src/newroom/mod.rs:1 is in no layer: add its unit to the table in tests/it/tidy.rs"],
    );
    // words from outside
    check("engine/mod.rs", "use yew::prelude::*;", &["src/engine/mod.rs:1 engine -> yew"]);
    check("view/mod.rs", "fn f(e: &web_sys::Event) {}", &["src/view/mod.rs:1 view -> web_sys"]);
    check("cli/mod.rs", "use std::{fs, path::Path};", &["src/cli/mod.rs:1 cli -> std::fs"]);
    check(
        "domain/time.rs",
        "let t = std::time::Instant::now();",
        &["src/domain/time.rs:1 domain -> std::time::Instant"],
    );
    check("log/key.rs", "use getrandom::fill;", &["src/log/key.rs:1 log -> getrandom"]);
    check("platform/native/mod.rs", "use std::fs; use std::time::SystemTime;", &[]);
    // attributes
    check("log/key.rs", "#[allow(dead_code)]\nfn f() {}", &["src/log/key.rs:1 log -> #[Allow]"]);
    check("ui/hub.rs", "#![allow(dead_code)]", &["src/ui/hub.rs:1 ui -> #[Allow]"]);
    check("ui/hub.rs", "#[wasm_bindgen]\npub fn f() {}", &["src/ui/hub.rs:1 ui -> #[Export]"]);
    check("ui/hub.rs", "#[wasm_bindgen]\nextern \"C\" {\n #[wasm_bindgen(method)]\n fn f(this: &T);\n}", &[]);
    check("embed/mod.rs", "#[wasm_bindgen]\npub fn mount() {}", &[]);
    // what only looks like one
    check("log/wire.rs", "// use crate::ui::x;\n/* crate::ui /* crate::ui */ crate::ui */", &[]);
    check(
        "log/wire.rs",
        "const A: &str = \"crate::ui::x\"; const B: &str = r#\"\"crate::ui::x\"#; const C: char = '\"';",
        &[],
    );
    check(
        "log/wire.rs",
        "fn f<'a>(x: &'a str) { let c = '\\''; crate::engine::x() }",
        &["src/log/wire.rs:1 log -> engine"],
    );
}

#[test]
fn every_module_says_what_it_is_and_stays_short() {
    let mut found = Vec::new();
    for (file, source) in sources() {
        if !source.trim_start().starts_with("//!") {
            found.push(format!("src/{file}:1 does not begin with its charter (//!)"));
        }
        let lines = source.lines().take_while(|line| line.trim() != "#[cfg(test)]").count();
        if lines > TOO_LONG_FILE {
            found.push(format!("src/{file}: {lines} lines before its tests, over {TOO_LONG_FILE}"));
        } else if lines > LONG_FILE {
            println!("src/{file}: {lines} lines before its tests; about {LONG_FILE} is the habit");
        }
    }
    assert_none("modules", &found);
}

/// Files under version control; outside of a checkout (a source archive) there is nothing to compare.
fn tracked() -> Vec<String> {
    let listed = Command::new("git").args(["ls-files", "-z"]).current_dir(root()).output();
    let listed = listed.expect("git lists the project's files");
    assert!(listed.status.success(), "git ls-files: {}", String::from_utf8_lossy(&listed.stderr));
    String::from_utf8(listed.stdout).unwrap().split('\0').filter(|name| !name.is_empty()).map(str::to_owned).collect()
}

#[test]
fn no_file_tells_of_the_machine_it_was_made_on() {
    // put together here, so that this file does not find itself
    let words: Vec<String> =
        [["/wor", "k/"], ["/roo", "t/"], ["registry.npm", "js"], ["files.python", "hosted"], ["index.crates", ".io"]]
            .iter()
            .map(|parts| parts.concat())
            .collect();
    let mut found = Vec::new();
    for name in tracked() {
        // a file that was removed but not committed yet, or data of others that is copied as it came
        let Ok(bytes) = fs::read(root().join(&name)) else { continue };
        if name.starts_with("tests/fixtures/") {
            continue;
        }
        let text = String::from_utf8_lossy(&bytes);
        for (number, line) in text.lines().enumerate() {
            if let Some(word) = words.iter().find(|word| line.contains(word.as_str())) {
                found.push(format!("{name}:{} {word}", number + 1));
            }
        }
    }
    assert_none("words that do not belong into the project", &found);
}

#[test]
fn pages_have_no_inline_script_and_no_inline_style() {
    let mut found = Vec::new();
    for name in tracked().into_iter().filter(|n| n.ends_with(".html") && !n.starts_with("tests/fixtures/")) {
        let Ok(text) = fs::read_to_string(root().join(&name)) else { continue };
        let lower = text.to_lowercase();
        for (at, _) in lower.match_indices("<script") {
            if !lower[at..].split('>').next().unwrap_or("").contains(" src=") {
                found.push(format!("{name}: a script without src"));
            }
        }
        let handler = |word: &str| {
            word.split_once('=').is_some_and(|(name, _)| name.len() > 2 && name.starts_with("on") && name.is_ascii())
        };
        if lower.contains("<style") || lower.split_whitespace().any(|w| w.starts_with("style=") || handler(w)) {
            found.push(format!("{name}: inline style or handler"));
        }
    }
    assert_none("what the content security policy forbids", &found);
}

/// The features of a package in the whole graph, for the machine and for the browser, all of our own features on.
fn resolved_features(package: &str) -> Vec<(String, Vec<String>)> {
    let host = Command::new("rustc").arg("-vV").output().expect("rustc answers");
    let host = String::from_utf8(host.stdout).unwrap();
    let host = host.lines().find_map(|line| line.strip_prefix("host: ")).expect("rustc names its host").to_owned();
    let mut out = Vec::new();
    for target in [host.as_str(), "wasm32-unknown-unknown"] {
        let asked = Command::new(env!("CARGO"))
            .args(["metadata", "--format-version", "1", "--locked", "--all-features", "--filter-platform", target])
            .current_dir(root())
            .output()
            .expect("cargo answers");
        assert!(asked.status.success(), "cargo metadata: {}", String::from_utf8_lossy(&asked.stderr));
        let answer: serde_json::Value = serde_json::from_slice(&asked.stdout).unwrap();
        for node in answer["resolve"]["nodes"].as_array().unwrap() {
            let id = node["id"].as_str().unwrap();
            if id.contains(&format!("#{package}@")) {
                let features = node["features"].as_array().unwrap();
                out.push((format!("{target} {id}"), features.iter().map(|f| f.as_str().unwrap().to_owned()).collect()));
            }
        }
    }
    assert!(out.len() >= 2, "{package} is not in the graph");
    out
}

/// Canonical bytes rest on how serde_json holds numbers and orders members. These features change both, for the whole
/// program, as soon as any dependency asks for them.
#[test]
fn number_features_of_serde_json_stay_off() {
    for (node, features) in resolved_features("serde_json") {
        for off in ["arbitrary_precision", "preserve_order", "unbounded_depth"] {
            assert!(!features.iter().any(|f| f == off), "{node} has the feature {off}");
        }
    }
}

/// Names of the dependencies in `Cargo.toml`, of every kind.
fn dependencies() -> BTreeSet<String> {
    let manifest = fs::read_to_string(root().join("Cargo.toml")).unwrap();
    let mut out = BTreeSet::new();
    let mut inside = false;
    for line in manifest.lines() {
        if line.starts_with('[') {
            inside = line.trim_end_matches(']').ends_with("dependencies");
        } else if let Some((name, _)) = line.split_once(" = ").filter(|(name, _)| inside && !name.contains(' ')) {
            out.insert(name.to_owned());
        }
    }
    out
}

#[test]
fn every_dependency_is_explained() {
    let page = fs::read_to_string(root().join("ARCHITECTURE.md")).unwrap();
    let listed: BTreeSet<&str> = page
        .lines()
        .skip_while(|line| *line != "## Dependencies")
        .filter_map(|line| line.strip_prefix("| ").and_then(|line| line.split(" |").next()))
        .flat_map(|names| names.split(", "))
        .filter(|name| *name != "crate")
        .collect();
    let asked = dependencies();
    assert!(asked.len() > 20, "{asked:?}");
    let asked: BTreeSet<&str> = asked.iter().map(String::as_str).collect();
    let missing: Vec<String> = asked.difference(&listed).map(|name| format!("{name} is not explained")).collect();
    let gone: Vec<String> = listed.difference(&asked).map(|name| format!("{name} is explained but not used")).collect();
    assert_none("dependencies in ARCHITECTURE.md", &[missing, gone].concat());
}

#[test]
fn every_room_is_on_the_map() {
    let page = fs::read_to_string(root().join("ARCHITECTURE.md")).unwrap();
    let rooms: BTreeSet<String> =
        sources().into_iter().filter_map(|(file, _)| file.split_once('/').map(|(room, _)| room.to_owned())).collect();
    let missing: Vec<String> = rooms.into_iter().filter(|room| !page.contains(&format!("`src/{room}`"))).collect();
    assert_none("folders of src that ARCHITECTURE.md does not name", &missing);
}
