//! Whole files of lines, checkpoints and anchors, judged together; parts are divided by a zero byte.
#![no_main]

use countersign::engine::snapshot;
use countersign::log::{Against, FileReader, verify_and_fold};

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    let mut readers = Vec::new();
    let mut against = Against::default();
    for (at, part) in bytes.split(|byte| *byte == 0).take(8).enumerate() {
        if at % 4 == 3 {
            against.checkpoints.push(part.to_vec());
            against.anchors.push(part.to_vec());
            continue;
        }
        let mut reader = FileReader::new(Some(1_800_000_000_000));
        part.split(|byte| *byte == b'\n').for_each(|line| reader.push(line));
        readers.extend(reader.logs());
    }
    let (mut report, state) = verify_and_fold(readers, &against);
    for evidence in &mut report.evidence {
        bytes.split(|byte| *byte == b'\n').for_each(|line| evidence.fill(0, line));
    }
    assert!(serde_json::to_vec(&report).is_ok());
    assert!(!snapshot::bytes(&state).is_empty());
});
