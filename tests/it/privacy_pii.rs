//! `countersign pii` as a user runs it: lines in, lines out, and what happens to lines that are none.

#![cfg(test)]

use serde_json::Value;
use std::fs;
use std::io::Write;
use std::path::PathBuf;
use std::process::{Command, Stdio};

/// A folder of this test's own, removed when dropped.
struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> Self {
        let path = std::env::temp_dir().join(format!("countersign-pii-{}-{name}", std::process::id()));
        fs::create_dir(&path).unwrap();
        Self(path)
    }

    fn put(&self, name: &str, bytes: impl AsRef<[u8]>) {
        fs::write(self.0.join(name), bytes).unwrap();
    }

    /// Runs the tool here with bytes on its standard input; gives exit code, output and complaints.
    fn run(&self, args: &[&str], input: &[u8]) -> (i32, String, String) {
        let mut child = Command::new(env!("CARGO_BIN_EXE_countersign"))
            .current_dir(&self.0)
            .arg("pii")
            .args(args)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut stdin = child.stdin.take().unwrap();
        let input = input.to_vec();
        let feed = std::thread::spawn(move || {
            // a tool that refuses early closes its end
            let _ = stdin.write_all(&input);
        });
        let output = child.wait_with_output().unwrap();
        feed.join().unwrap();
        let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
        (output.status.code().unwrap(), text(output.stdout), text(output.stderr))
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

fn json(line: &str) -> Value {
    serde_json::from_str(line).unwrap()
}

#[test]
fn detect_keeps_order_and_goes_on_after_errors() {
    let folder = Folder::new("detect");
    let mut input = String::new();
    for i in 0..3_000 {
        input += &format!("{{\"id\":{i},\"text\":\"😀 mail a{i}@example.org\"}}\n");
    }
    input += "nonsense\n\n{\"id\":\"x\"}\n{\"id\":\"s\",\"text\":\"a\\ud800 b@example.org\"}\n";
    let input = [input.as_bytes(), b"{\"text\":\"\xFF\"}\n{\"id\":\"last\",\"text\":\"\"}"].concat();
    let (code, out, _) = folder.run(&["detect"], &input);
    assert_eq!(code, 1, "lines failed");
    let lines: Vec<Value> = out.lines().map(json).collect();
    assert_eq!(lines.len(), 3_005);
    for (i, line) in lines.iter().take(3_000).enumerate() {
        assert_eq!(line["id"], i);
        assert_eq!(line["spans"][0]["start"], 7);
        assert_eq!(line["spans"][0]["end"], format!("😀 mail a{i}@example.org").chars().count());
        assert_eq!(line["spans"][0]["entity"], "EMAIL_ADDRESS");
    }
    assert_eq!(lines[3_000]["line"], 3_001);
    assert!(lines[3_000]["error"].as_str().unwrap().contains("not the JSON of an object"));
    assert_eq!((&lines[3_001]["id"], &lines[3_001]["line"]), (&"x".into(), &3_003.into()));
    assert_eq!(lines[3_002]["complaint"], "1 lone surrogates became U+FFFD");
    assert_eq!(lines[3_002]["spans"][0]["start"], 3);
    assert!(lines[3_003]["error"].as_str().unwrap().contains("not UTF-8"));
    assert_eq!(lines[3_004].to_string(), r#"{"id":"last","spans":[]}"#);
}

#[test]
fn a_line_of_200_mb_is_refused_and_passed_over() {
    let folder = Folder::new("long");
    let mut input = b"{\"id\":1,\"text\":\"".to_vec();
    input.resize(200 << 20, b'a');
    input.extend_from_slice(b"\"}\n{\"id\":2,\"text\":\"x@example.org\"}\n");
    // with what a process may hold of memory far below the line
    let limited = format!("ulimit -v 1500000; exec {} pii detect", env!("CARGO_BIN_EXE_countersign"));
    let mut child =
        Command::new("sh").args(["-c", &limited]).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    let mut stdin = child.stdin.take().unwrap();
    let feed = std::thread::spawn(move || stdin.write_all(&input));
    let output = child.wait_with_output().unwrap();
    feed.join().unwrap().unwrap();
    let out = String::from_utf8(output.stdout).unwrap();
    let lines: Vec<&str> = out.lines().collect();
    assert_eq!(lines.len(), 2, "{:?}", output.status);
    assert!(lines[0].contains("longer than 16 MiB") && lines[1].contains("EMAIL_ADDRESS"));
    folder.put("done", "");
}

#[test]
fn policy_rules_and_threshold() {
    let folder = Folder::new("rules");
    folder.put("policy.json", r#"{"version":1,"fields":{"*":{"URL":"keep"}},"allow":["help@example.org"]}"#);
    folder.put(
        "rules.json",
        r#"{"version":1,"deny":[{"text":"Blue Heron","entity":"PROJECT"}],"patterns":[{"pattern":"EMP-#{6}","entity":"EMPLOYEE"}]}"#,
    );
    let input =
        br#"{"id":1,"text":"www.example.org help@example.org ann@example.org blue heron emp-123456 EMP-1234567"}"#;
    let entities = |args: &[&str]| {
        let (code, out, errors) = folder.run(args, input);
        assert_eq!(code, 0, "{errors}");
        let spans = json(&out)["spans"].clone();
        spans.as_array().unwrap().iter().map(|s| s["entity"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    let common = ["detect", "--no-names", "--policy", "policy.json", "--rules", "rules.json"];
    assert_eq!(entities(&common), ["EMAIL_ADDRESS", "PROJECT", "EMPLOYEE"]);
    assert_eq!(entities(&[&common[..], &["--threshold", "0.96"]].concat()), ["PROJECT"]);
    for (rules, expect) in [
        (r#"{"version":1,"patterns":[{"pattern":"(((((*{90}){90}){90}){90}){90}){90}","entity":"X"}]}"#, "patterns[0]"),
        (r#"{"version":1,"patterns":[{"pattern":"(a+)+$","entity":"X"},{"pattern":"[","entity":"X"}]}"#, "patterns[1]"),
        (r##"{"version":1,"patterns":[{"pattern":"#?","entity":"X"}]}"##, "match nothing at all"),
        (r#"{"version":1,"secret":"Jane"}"#, "line 1"),
    ] {
        folder.put("bad.json", rules);
        let (code, _, errors) = folder.run(&["detect", "--no-names", "--rules", "bad.json"], input);
        assert!(code == 1 && errors.contains(expect) && !errors.contains("Jane"), "{rules}: {errors}");
    }
}

#[test]
fn validate_says_true_false_or_unknown() {
    let folder = Folder::new("validate");
    let (code, out, _) = folder.run(&["validate", "PL_PESEL", "44051401458", "44051401459", "x"], b"");
    assert_eq!(code, 1);
    let lines: Vec<Value> = out.lines().map(json).collect();
    assert_eq!(
        lines.iter().map(|l| l["valid"].clone()).collect::<Vec<_>>(),
        [true.into(), false.into(), Value::from(false)]
    );
    assert_eq!(lines[1]["reason"], "its check digit is wrong");
    let (code, out, _) = folder.run(&["validate", "DE_BSNR", "711234567"], b"");
    assert!(code == 0 && json(&out)["valid"].is_null(), "{out}");
    let (_, out, _) = folder.run(&["validate", "CREDIT_CARD", "4111 1111 1111 1111", "4111 1111 1111 1112"], b"");
    assert!(out.contains("\"valid\":true") && out.contains("\"valid\":false"), "{out}");
    let (code, _, errors) = folder.run(&["validate", "NOTHING", "1"], b"");
    assert!(code == 1 && errors.contains("UK_NHS"), "{errors}");
}

const STORY: &str = "{\"id\":\"p1\",\"text\":\"😀 Jane Roe e\u{301}\u{200D} wrote:\\r\\njane@example.org JANE@EXAMPLE.ORG \u{202E}שלום\u{202C} on 2024-02-28, card 4111 1111 1111 1111\"}\n\
    {\"id\":\"p2\",\"text\":\"nothing here\"}\n{\"id\":\"p1\",\"text\":\"again 2024-03-01 jane@example.org\"}\n";

/// A folder with key, passphrase and policy.
fn ready(name: &str) -> Folder {
    let folder = Folder::new(name);
    let (code, _, errors) = folder.run(&["key", "key"], b"");
    assert_eq!(code, 0, "{errors}");
    assert_eq!(folder.run(&["key", "key"], b"").0, 1, "a key is never written over");
    folder.put("secret", "correct horse\n");
    folder.put(
        "policy.json",
        r#"{"version":1,"fields":{"*":{"EMAIL_ADDRESS":"pseudonym","PERSON":"surrogate","DATE_TIME":"shift","CREDIT_CARD":"token"}}}"#,
    );
    folder
}

const APPLY: [&str; 9] =
    ["apply", "--policy", "policy.json", "--key", "key", "--vault", "vault", "--passphrase-file", "secret"];

#[test]
fn what_apply_takes_out_restore_puts_back() {
    let folder = ready("apply");
    let (code, covered, errors) = folder.run(&APPLY, STORY.as_bytes());
    assert_eq!(code, 0, "{errors}");
    for value in ["Jane", "jane@", "JANE", "2024-02-28", "4111 1111", "2024-03-01"] {
        assert!(!covered.contains(value), "{value} in {covered}");
    }
    assert!(covered.contains("nothing here") && covered.contains("😀 ") && covered.contains("שלום"), "{covered}");
    let lines: Vec<Value> = covered.lines().map(json).collect();
    let tokens: Vec<&str> = covered.split('[').filter(|p| p.starts_with("EMAIL_")).map(|p| &p[..16]).collect();
    assert!(tokens.len() >= 3 && tokens.windows(2).all(|w| w[0] == w[1]), "one person, one pseudonym: {tokens:?}");
    assert_eq!(lines[0]["map"].as_array().unwrap().len(), 5);
    let raw = fs::read(folder.0.join("vault")).unwrap();
    assert!(!raw.windows(4).any(|w| w == b"jane"));

    let restore = ["restore", "--vault", "vault", "--passphrase-file", "secret"];
    let (code, back, errors) = folder.run(&restore, covered.as_bytes());
    assert_eq!(code, 0, "{errors}");
    let texts = |lines: &str| lines.lines().map(|l| json(l)["text"].as_str().unwrap().to_owned()).collect::<Vec<_>>();
    assert_eq!(texts(&back), texts(STORY));

    // a text that quotes a token gets its value
    let quote = format!("{{\"text\":\"as [{}] said [not_this]\"}}\n", &tokens[0]);
    let (_, back, _) = folder.run(&restore, quote.as_bytes());
    assert!(json(&back)["text"] == "as jane@example.org said [not_this]" && back.contains("1 tokens"), "{back}");
}

#[test]
fn the_vault_opens_for_nobody_else() {
    let folder = ready("vault");
    folder.run(&APPLY, STORY.as_bytes());
    folder.put("wrong", "battery staple");
    let vault = fs::read(folder.0.join("vault")).unwrap();
    let mut flipped = vault.clone();
    *flipped.last_mut().unwrap() ^= 1;
    folder.put("flipped", &flipped);
    folder.put("cut", &vault[..vault.len() - 7]);
    folder.put("none", "hello");
    for (file, secret, expect) in [
        ("vault", "wrong", "could not open the vault"),
        ("flipped", "secret", "could not open the vault"),
        ("cut", "secret", "could not open the vault"),
        ("none", "secret", "the file is none"),
    ] {
        let (code, out, errors) =
            folder.run(&["restore", "--vault", file, "--passphrase-file", secret], STORY.as_bytes());
        assert!(code == 1 && out.is_empty() && errors.contains(expect), "{file}: {errors}");
    }
    let (code, _, errors) = folder.run(&APPLY, STORY.as_bytes());
    assert!(code == 1 && errors.contains("could not write vault"), "never over a vault that is there: {errors}");
    folder.put("badkey", "abc");
    let (code, _, errors) = folder.run(&["apply", "--key", "badkey"], b"");
    assert!(code == 1 && errors.contains("no key of 32 bytes"), "{errors}");
}

#[test]
fn a_preset_says_what_happens() {
    let folder = ready("preset");
    let input = b"{\"id\":\"p1\",\"text\":\"Dr. Jane Roe, jane@example.org, jane@example.org, 2024-02-28\"}\n";
    let apply = |preset: &str| {
        let (code, out, errors) = folder.run(&["apply", "--key", "key", "--preset", preset], input);
        assert_eq!(code, 0, "{errors}");
        (json(&out)["text"].as_str().unwrap().to_owned(), json(&out))
    };
    assert_eq!(apply("nothing").0, "[…] […], […], […], […]");
    let (text, line) = apply("review");
    assert!(text.contains("Jane Roe") && line["map"].as_array().unwrap().is_empty(), "{line}");
    assert_eq!(line["kept"][1], serde_json::json!([4, 12, "PERSON"]), "what was shown is logged: {line}");
    assert_eq!(line["kept"].as_array().unwrap().len(), 5);

    let tokens =
        |text: &str| text.split('[').filter(|p| p.starts_with("EMAIL_")).map(str::to_owned).collect::<Vec<_>>();
    let (harbor, harbor_again) = (apply("hipaa-safe-harbor").0, apply("hipaa-safe-harbor").0);
    assert!(harbor.starts_with("Dr. [PERSON_") && harbor.ends_with(", 2024"), "{harbor}");
    assert_ne!(tokens(&harbor), tokens(&harbor_again), "random, not derived");
    let (gdpr, gdpr_again) = (apply("gdpr").0, apply("gdpr").0);
    assert!(gdpr.starts_with("[TITLE] [PERSON_") && !gdpr.contains("2024-02-28"), "{gdpr}");
    assert_eq!(gdpr, gdpr_again, "the same key gives the same pseudonyms");

    let (code, _, errors) = folder.run(&["detect", "--preset", "hippa"], input);
    assert!(code == 2 && errors.contains("hipaa-safe-harbor"), "{errors}");
    let (code, _, errors) = folder.run(&["detect", "--preset", "gdpr", "--policy", "policy.json"], input);
    assert!(code == 2 && errors.contains("--policy"), "{errors}");
}

#[test]
fn words_of_the_owner_make_a_find_likely() {
    let folder = Folder::new("context");
    folder.put(
        "rules.json",
        r##"{"version":1,"patterns":[{"pattern":"@#{5}","entity":"FILE_NO","score":20}],"context":{"FILE_NO":["case file","Vorgang"],"US_PASSPORT":["travel paper"]}}"##,
    );
    let far = format!("case file {}K48291", "and so on ".repeat(20));
    for (text, expect) in [
        ("the Case  File is K48291 now", &["FILE_NO"][..]),
        ("K48291 (vorgang)", &["FILE_NO"]),
        ("the case of file K48291", &[]),
        ("the showcase file K48291", &[]),
        (far.as_str(), &[]),
        ("her travel paper says 482917365 so", &["US_PASSPORT"]),
        ("it says 482917365 so", &[]),
    ] {
        let line = serde_json::json!({ "text": text }).to_string();
        let (code, out, errors) = folder.run(&["detect", "--no-names", "--rules", "rules.json"], line.as_bytes());
        assert_eq!(code, 0, "{errors}");
        let spans = json(&out)["spans"].clone();
        let said: Vec<&str> = spans.as_array().unwrap().iter().map(|s| s["entity"].as_str().unwrap()).collect();
        assert_eq!(said, expect, "{text}: {spans}");
    }
}
