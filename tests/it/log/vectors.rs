//! Other people's vectors: what they accept and refuse, we accept and refuse.

use super::support::{hex, read};
use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use countersign::log::tree::{Hash, verify_consistency, verify_inclusion};
use countersign::log::wire::canonical;
use countersign::log::{PublicKey, Signer};
use serde_json::Value;

fn cases(name: &str) -> Vec<Value> {
    serde_json::from_slice(&read(&format!("vectors/{name}"))).unwrap()
}

fn accepted(key: &[u8], message: &[u8], signature: &[u8]) -> bool {
    let (Ok(key), Ok(signature)) = (key.try_into(), signature.try_into()) else { return false };
    PublicKey::from_bytes(key).is_ok_and(|key| key.verify(message, signature).is_ok())
}

#[test]
fn wycheproof() {
    let all = cases("wycheproof-ed25519.json");
    assert_eq!(all.len(), 151);
    for case in all {
        let bytes = |name: &str| hex(case[name].as_str().unwrap());
        let ours = accepted(&bytes("pk"), &bytes("msg"), &bytes("sig"));
        assert_eq!(ours, case["result"] == "valid", "case {}", case["id"]);
    }
}

/// Strict: nothing of small order, nothing in a second encoding, and the equation without cofactor. A mere component of
/// small order passes where the equation holds.
#[test]
fn edge_cases_of_the_curve() {
    let all = cases("cctv-ed25519.json");
    assert_eq!(all.len(), 914);
    let mut passed = 0;
    for case in all {
        let flags: Vec<&str> = case["flags"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
        let bad = ["low_order_A", "low_order_R", "non_canonical_A", "non_canonical_R", "low_order_residue"];
        let expect = !flags.iter().any(|flag| bad.contains(flag));
        let bytes = |name: &str| hex(case[name].as_str().unwrap());
        let ours = accepted(&bytes("key"), case["msg"].as_str().unwrap().as_bytes(), &bytes("sig"));
        assert_eq!(ours, expect, "case {}: {flags:?}", case["number"]);
        passed += u32::from(ours);
    }
    assert!(passed > 0);
}

#[test]
fn rfc_8032_signatures() {
    let text = String::from_utf8(read("vectors/rfc8032-sign.txt")).unwrap();
    for line in text.lines() {
        let fields: Vec<Vec<u8>> = line.split(':').map(hex).collect();
        let signer = Signer::from_seed(fields[0][..32].try_into().unwrap());
        assert_eq!(signer.public().to_bytes()[..], fields[1]);
        assert_eq!(signer.sign(&fields[2])[..], fields[3][..64]);
        assert!(accepted(&fields[1], &fields[2], &fields[3][..64]));
    }
}

#[test]
fn rfc_8037_signing_input() {
    let case: Value = serde_json::from_slice(&read("vectors/rfc8037-a.json")).unwrap();
    let (input, signature) = case["jws"].as_str().unwrap().rsplit_once('.').unwrap();
    let decode = |text: &str| URL_SAFE_NO_PAD.decode(text).unwrap();
    let signer = Signer::from_seed(&decode(case["key"]["d"].as_str().unwrap()).try_into().unwrap());
    assert_eq!(signer.public().to_bytes().to_vec(), decode(case["key"]["x"].as_str().unwrap()));
    assert_eq!(signer.sign(input.as_bytes()).to_vec(), decode(signature));
}

#[test]
fn canonical_json() {
    let check = |input: &str, output: &str| {
        let value: Value = serde_json::from_slice(&read(&format!("vectors/jcs/{input}"))).unwrap();
        let expect = String::from_utf8(read(&format!("vectors/jcs/{output}"))).unwrap();
        assert_eq!(String::from_utf8(canonical(&value).unwrap()).unwrap(), expect.trim_end(), "{input}");
    };
    for name in ["arrays", "french", "structures", "unicode", "values", "weird"] {
        check(&format!("input/{name}.json"), &format!("output/{name}.json"));
    }
    check("rfc_example.input.json", "rfc_example.expected.json");
    check("rfc_sorting.input.json", "rfc_sorting.expected.json");
}

#[test]
fn canonical_numbers_there_and_back() {
    let text = String::from_utf8(read("vectors/jcs/es6-numbers.txt")).unwrap();
    for line in text.lines() {
        let (bits, expect) = line.split_once(',').unwrap();
        let number = f64::from_bits(u64::from_str_radix(bits, 16).unwrap());
        assert_eq!(canonical(&Value::from(number)).unwrap(), expect.as_bytes(), "{line}");
        let back: Value = serde_json::from_str(expect).unwrap();
        assert_eq!(canonical(&back).unwrap(), expect.as_bytes(), "{line}, read back");
    }
}

fn hash(value: &Value) -> Option<Hash> {
    STANDARD.decode(value.as_str()?).ok()?.try_into().ok()
}

/// All hashes of a proof; `None` where one is no hash, which no proof may hold.
fn proof(value: &Value) -> Option<Vec<Hash>> {
    value.as_array().map_or(Some(Vec::new()), |hashes| hashes.iter().map(hash).collect())
}

#[test]
fn merkle_inclusion() {
    let all = cases("inclusion.json");
    assert!(all.len() > 80);
    for case in all {
        let ours = (|| {
            let (leaf, root, proof) = (hash(&case["leafHash"])?, hash(&case["root"])?, proof(&case["proof"])?);
            let (index, size) = (case["leafIdx"].as_u64()?, case["treeSize"].as_u64()?);
            verify_inclusion(index, size, &leaf, &proof, &root).ok()
        })();
        assert_eq!(ours.is_none(), case["wantErr"].as_bool().unwrap(), "{}", case["file"]);
    }
}

#[test]
fn merkle_consistency() {
    let all = cases("consistency.json");
    assert!(all.len() > 80);
    for case in all {
        let ours = (|| {
            let (old, new, proof) = (hash(&case["root1"])?, hash(&case["root2"])?, proof(&case["proof"])?);
            let (old_size, new_size) = (case["size1"].as_u64()?, case["size2"].as_u64()?);
            verify_consistency((old_size, &old), (new_size, &new), &proof).ok()
        })();
        // roots that are no hashes ("don't care") can prove nothing, whatever the case wants
        let roots = hash(&case["root1"]).is_some() && hash(&case["root2"]).is_some();
        let expect = case["wantErr"].as_bool().unwrap() || !roots;
        assert_eq!(ours.is_none(), expect, "{}: {}", case["file"], case["desc"]);
    }
}
