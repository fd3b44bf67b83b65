//! The limits that are promised: what is inside them works, what is past them is refused in clear words.

#![cfg(test)]

use countersign::domain::schema::ControlKind;
use countersign::format::{Import, ImportError, Importer, Kind, Limits, import, project};
use countersign::labeling::{self, Config, ConfigError, MAX_CONTROLS, MAX_DEPTH, MAX_NAME_CHARS, MAX_OPTIONS};

fn config() -> Config {
    labeling::parse(r#"<View><Text name="t" value="$text"/><Rating name="r" toName="t"/></View>"#).unwrap()
}

fn read(kind: Kind, text: &str) -> Import {
    import(kind, text.as_bytes(), &config(), &Limits::default()).unwrap()
}

fn said(import: &Import) -> String {
    import.complaints.iter().map(|c| format!("{}: {}\n", c.place, c.what)).collect()
}

/// 100,000 tasks in 200 MB come in megabyte by megabyte and are taken away as they come; neither the file nor all its
/// tasks are ever in memory. One more task, or one more byte, is refused.
#[test]
fn a_file_of_200_mb_and_100_000_tasks() {
    let limits = Limits::default();
    assert_eq!((limits.file_bytes, limits.tasks), (200_000_000, 100_000));
    let filler = "Plain words, \\\"quoted\\\" and é. ".repeat(59);
    let mut importer = Importer::new(Kind::Json, &config(), limits.clone());
    importer.push(b"[").unwrap();
    let (mut chunk, mut bytes, mut most, mut taken) = (String::new(), 1u64, 0, 0);
    for i in 0..limits.tasks {
        let task = format!("{}{{\"id\":{i},\"text\":\"{filler}{i}\"}}", if i == 0 { "" } else { ",\n" });
        chunk.push_str(&task);
        if chunk.len() > 1_000_000 || i + 1 == limits.tasks {
            bytes += chunk.len() as u64;
            importer.push(chunk.as_bytes()).unwrap();
            chunk.clear();
            let tasks = importer.take();
            most = most.max(tasks.len());
            taken += tasks.len();
        }
    }
    assert!((190_000_000..200_000_000).contains(&bytes), "{bytes}");
    assert!(most < 1000, "tasks waiting at once: {most}");
    assert_eq!((taken, importer.tasks_read()), (100_000, 100_000));
    let error = importer.push(b",{\"text\":\"x\"}").unwrap_err();
    assert_eq!(error.to_string(), "the file has more than 100000 tasks; split it");

    let mut importer = Importer::new(Kind::Jsonl, &config(), limits.clone());
    let words = vec![b'x'; 1_000_000];
    for _ in 0..200 {
        importer.push(&words).unwrap();
    }
    let error = importer.push(b"x").unwrap_err();
    assert_eq!(error, ImportError::FileTooLarge { limit: limits.file_bytes });
    assert_eq!(error.to_string(), "the file is larger than 200000000 bytes; split it");
}

#[test]
fn a_text_of_5_mb_and_a_line_of_10() {
    let task =
        |length: usize| format!("{{\"text\":\"{}\",\"other\":\"{}\"}}\n", "x".repeat(length), "y".repeat(5_000_000));
    let fits = read(Kind::Jsonl, &task(5_000_000));
    assert_eq!((fits.tasks.len(), fits.complaints.len()), (1, 0), "a line of 10 MB");
    for kind in [Kind::Json, Kind::Jsonl] {
        let past = read(kind, &format!("{}{{\"text\":\"short\"}}", task(5_000_001)));
        assert_eq!(past.tasks.len(), 1);
        assert!(said(&past).contains("a text is longer than 5000000 bytes; the task is left out"), "{}", said(&past));
        let far = read(kind, &format!("{}{{\"text\":\"short\"}}", task(12_000_000)));
        assert_eq!(far.tasks.len(), 1);
        assert!(said(&far).contains("a task is larger than 16000000 bytes; left out"), "{}", said(&far));
    }
    let table =
        format!("text,n\n{},1\n{},2\n{},3\n", "x".repeat(5_000_000), "x".repeat(5_000_001), "x".repeat(17_000_000));
    let past = read(Kind::Csv, &table);
    assert_eq!(past.tasks.len(), 1);
    assert!(
        said(&past).contains("line 3: a text is longer") && said(&past).contains("line 4: a row is larger"),
        "{}",
        said(&past)
    );
}

#[test]
fn nesting_and_names() {
    let deep =
        |levels: usize| format!("[{{\"text\":\"x\",\"d\":{}{}}}]", "[".repeat(levels - 1), "]".repeat(levels - 1));
    assert_eq!(read(Kind::Json, &deep(64)).complaints, []);
    assert!(said(&read(Kind::Json, &deep(65))).contains("a task is nested deeper than 64; left out"));
    assert!(said(&read(Kind::Json, &deep(100_000))).contains("a task is nested deeper than 64; left out"));
    assert!(said(&read(Kind::Jsonl, &deep(100_000))).contains("left out"));
    let named = |length: usize| format!("{{\"text\":\"x\",\"{}\":1}}", "k".repeat(length));
    assert_eq!(read(Kind::Jsonl, &named(256)).complaints, []);
    let past = read(Kind::Jsonl, &named(257));
    assert_eq!((past.tasks.len(), past.tasks[0].data.len()), (1, 1));
    assert!(said(&past).contains("the name of a data key is too long"));
    assert!(said(&read(Kind::Csv, &format!("text,{}\nx,y\n", "k".repeat(257)))).contains("its name is too long"));
    let columns = format!("text{}\n", ",c".repeat(2000));
    let error = import(Kind::Csv, columns.as_bytes(), &config(), &Limits::default()).unwrap_err();
    assert_eq!(error, ImportError::TooManyColumns { limit: 1000 });
}

#[test]
fn a_project_file_past_its_limit() {
    // zeroed memory is not touched before it is read, and it is not read
    let error = project::read(&vec![0; project::MAX_BYTES + 1]).unwrap_err();
    assert_eq!(error.to_string(), "the project file is larger than 400000000 bytes");
}

#[test]
fn a_broken_file_does_not_fill_the_memory_with_complaints() {
    let import = read(Kind::Jsonl, &"nonsense\n".repeat(100_000));
    assert!(import.tasks.is_empty());
    assert_eq!(import.complaints.len(), 21);
    assert_eq!(import.complaints[20].place, "99980 more places");
}

fn taxonomy(count: usize) -> String {
    let choices: String = (0..count).map(|i| format!(r#"<Choice value="label {i}"/>"#)).collect();
    format!(r#"<View><Text name="t" value="$text"/><Taxonomy name="x" toName="t">{choices}</Taxonomy></View>"#)
}

#[test]
fn a_taxonomy_of_1_000_labels_works_and_one_of_10_000_too() {
    for count in [1_000, MAX_OPTIONS] {
        let config = labeling::parse(&taxonomy(count)).unwrap();
        assert_eq!(config.complaints, []);
        let ControlKind::Taxonomy { roots, .. } = &config.schema.controls[0].kind else { panic!("a taxonomy") };
        assert_eq!(roots.len(), count);
    }
    let error = labeling::parse(&taxonomy(MAX_OPTIONS + 1)).unwrap_err();
    assert!(error.to_string().ends_with("a control has more than 10000 choices"), "{error}");
}

#[test]
fn limits_of_a_configuration() {
    let check =
        |xml: &str, expect: &str| assert!(labeling::parse(xml).unwrap_err().to_string().contains(expect), "{expect}");
    let padded = |bytes: usize| format!("<View>{}</View>", " ".repeat(bytes - 13));
    assert!(labeling::parse(&padded(1_000_000)).is_ok());
    check(&padded(1_000_001), "has 1000001 bytes; at most 1000000 are read");
    assert!(matches!(labeling::parse_bytes(&vec![b' '; 2_000_000]), Err(ConfigError::TooLarge { .. })));
    let nested = |depth: usize| format!("{}{}", "<View>".repeat(depth), "</View>".repeat(depth));
    assert!(labeling::parse(&nested(MAX_DEPTH)).is_ok());
    check(&nested(MAX_DEPTH + 1), "tags are nested deeper than 64");
    check(&"<View>".repeat(100_000), "tags are nested deeper than 64");
    let named = |length: usize| format!(r#"<View><Text name="{}" value="$t"/></View>"#, "n".repeat(length));
    assert!(labeling::parse(&named(MAX_NAME_CHARS)).is_ok());
    check(&named(MAX_NAME_CHARS + 1), "attribute name is longer than 256 characters");
    check(&format!("<View><{}/></View>", "n".repeat(257)), "attribute tag is longer than 256");
    check(&format!(r#"<View><Text name="t" value="${}"/></View>"#, "n".repeat(257)), "attribute value is longer");
    let many = |count: usize| {
        let ratings: String = (0..count).map(|i| format!(r#"<Rating name="r{i}" toName="t"/>"#)).collect();
        format!(r#"<View><Text name="t" value="$t"/>{ratings}</View>"#)
    };
    assert_eq!(labeling::parse(&many(MAX_CONTROLS)).unwrap().schema.controls.len(), MAX_CONTROLS);
    check(&many(MAX_CONTROLS + 1), "more than 500 controls");
    let attributes: String = (0..50_000).map(|i| format!(" a{i}='1'")).collect();
    check(&format!("<View{attributes}/>"), "too many attributes");
    let namespaces: String = (0..20).map(|i| format!(" xmlns:a{i}='x'")).collect();
    check(&format!("<View{namespaces}/>"), "too many namespace");
}

/// Files made to be slow: each is as large as may be and would cost minutes if anything here were quadratic.
#[test]
fn no_configuration_of_a_megabyte_takes_long() {
    let fill = |part: &str| part.repeat(999_000 / part.len());
    for inside in [
        fill("<x/>"),
        fill("<Image name='a'/>"),
        fill("<View className='a b c' style='color:red;x:y'>a</View>"),
        "<Text value='$t'/>".repeat(MAX_CONTROLS),
        format!("<Style>{}</Style>", fill(".a{color:red}")),
        format!("<Style>{}</Style>", fill("{")),
        format!("<Style>{}</Style>", fill("a ")),
        format!("<Style>{}</Style>", fill("/*")),
        format!("<Style>.a{{{}}}</Style>", fill("x:y;")),
        fill("<!-- -->"),
        fill("\n"),
    ] {
        let _ = labeling::parse(&format!("<View>{inside}</View>"));
    }
}
