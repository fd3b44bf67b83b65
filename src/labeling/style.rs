//! The configuration's own style, read by an allow-list: known properties, known functions, plain selectors, everything
//! under one scope. What is not known is left out with a complaint.
//!
//! No `url()`, no at-rules, no custom properties, no `!important`, no `content`, no positioning and no negative margin:
//! nothing loads, and nothing leaves its box. Classes get a prefix here and in the layout, so that a configuration can
//! name its own boxes only, never the parts of the interface. `ui` should set `contain: content` on the scope's element.

use crate::domain::complaint::Complaints;

/// Every selector stands under this one.
pub const SCOPE: &str = ".cs-config";
/// Every class of the configuration gets this prefix.
pub const CLASS_PREFIX: &str = "cs-u-";

/// Properties that only change how a box of the configuration looks.
const PROPERTIES: &str = "\
    align-content align-items align-self aspect-ratio background background-color border border-bottom \
    border-bottom-color border-bottom-left-radius border-bottom-right-radius border-bottom-style \
    border-bottom-width border-collapse border-color border-left border-left-color border-left-style \
    border-left-width border-radius border-right border-right-color border-right-style \
    border-right-width border-spacing border-style border-top border-top-color border-top-left-radius \
    border-top-right-radius border-top-style border-top-width border-width box-shadow box-sizing clear \
    color column-count column-gap columns direction display flex flex-basis flex-direction flex-flow \
    flex-grow flex-shrink flex-wrap float font font-family font-size font-style font-variant font-weight \
    gap grid grid-area grid-auto-flow grid-column grid-row grid-template grid-template-areas \
    grid-template-columns grid-template-rows height justify-content justify-items justify-self \
    letter-spacing line-height list-style-type margin margin-bottom margin-left margin-right margin-top \
    max-height max-width min-height min-width opacity order outline overflow overflow-x overflow-y \
    padding padding-bottom padding-left padding-right padding-top row-gap text-align text-decoration \
    text-overflow text-transform unicode-bidi vertical-align white-space width word-break word-spacing \
    word-wrap writing-mode";

/// Functions that compute a length or a colour and load nothing.
const FUNCTIONS: [&str; 13] = [
    "calc",
    "clamp",
    "fit-content",
    "hsl",
    "hsla",
    "linear-gradient",
    "max",
    "min",
    "minmax",
    "repeat",
    "rgb",
    "rgba",
    "var",
];

const PSEUDO_CLASSES: [&str; 8] =
    ["hover", "focus", "focus-within", "first-child", "last-child", "only-child", "first-of-type", "last-of-type"];

/// A colour as CSS has it, where it is a name, `#hex`, `rgb()` or `hsl()` of plain numbers.
pub fn colour(text: &str) -> Option<String> {
    let text = text.trim().to_ascii_lowercase();
    if let Some(hex) = text.strip_prefix('#') {
        let fits = matches!(hex.len(), 3 | 4 | 6 | 8) && hex.bytes().all(|b| b.is_ascii_hexdigit());
        return fits.then_some(text);
    }
    if (2..=24).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_lowercase()) {
        return Some(text);
    }
    let inner = ["rgb(", "rgba(", "hsl(", "hsla("].iter().find_map(|f| text.strip_prefix(f))?.strip_suffix(')')?;
    let plain = |b: u8| b.is_ascii_digit() || matches!(b, b'.' | b',' | b'%' | b' ' | b'/');
    (inner.len() <= 40 && inner.bytes().all(plain)).then_some(text)
}

/// The classes of a tag, with prefix; what is no plain class name is left out.
pub fn classes(text: &str) -> Vec<String> {
    text.split_whitespace().filter(|c| is_ident(c)).map(|c| format!("{CLASS_PREFIX}{c}")).collect()
}

/// The declarations of a `style` attribute, cleaned.
pub(super) fn inline(text: &str, place: &str, complaints: &mut Complaints) -> Vec<(String, String)> {
    declarations(&without_comments(text), place, complaints)
}

/// A stylesheet, cleaned and scoped.
pub(super) fn sheet(text: &str, place: &str, complaints: &mut Complaints) -> String {
    let text = without_comments(text);
    let mut rest = text.trim_start();
    let mut out = String::new();
    while !rest.is_empty() {
        let (head, body, after) = next_rule(rest);
        rest = after.trim_start();
        let head = head.trim();
        if head.starts_with('@') {
            complaints.push(place, "an at-rule is left out");
        } else if body.contains('{') {
            complaints.push(place, "a rule inside a rule is left out");
        } else {
            let selectors: Vec<String> = head.split(',').filter_map(|one| scoped(one, place, complaints)).collect();
            let inside: Vec<String> =
                declarations(body, place, complaints).iter().map(|(name, value)| format!("{name}: {value}")).collect();
            if !selectors.is_empty() && !inside.is_empty() {
                out.push_str(&format!("{} {{ {} }}\n", selectors.join(", "), inside.join("; ")));
            }
        }
    }
    out
}

/// Comments become a space. One that is never closed takes the rest.
fn without_comments(text: &str) -> String {
    let (mut out, mut rest) = (String::new(), text);
    while let Some((before, after)) = rest.split_once("/*") {
        out.push_str(before);
        out.push(' ');
        rest = after.split_once("*/").map_or("", |(_, after)| after);
    }
    out.push_str(rest);
    out
}

/// Splits off one rule: what stands before its block, the block, and what follows. An at-rule without a block ends at
/// its semicolon. Strings hide braces.
fn next_rule(text: &str) -> (&str, &str, &str) {
    let (mut depth, mut quote, mut open) = (0usize, None, None);
    let cut = |from: usize, to: usize| text.get(from..to).unwrap_or("");
    for (i, c) in text.char_indices() {
        match (quote, c) {
            (Some(q), _) if q == c => quote = None,
            (Some(_), _) => {}
            (None, '"' | '\'') => quote = Some(c),
            (None, '{') => {
                open = open.or(Some(i));
                depth += 1;
            }
            (None, '}') if depth <= 1 => {
                let start = open.unwrap_or(i);
                return (cut(0, start), cut(start + 1, i), cut(i + 1, text.len()));
            }
            (None, '}') => depth -= 1,
            (None, ';') if depth == 0 => return (cut(0, i), "", cut(i + 1, text.len())),
            (None, _) => {}
        }
    }
    let start = open.unwrap_or(text.len());
    (cut(0, start), cut(start + 1, text.len()), "")
}

/// One selector under the scope, its classes prefixed. Known are tags, `.class`, `*`, a few pseudo-classes, and the
/// combinators between them; a leading combinator would reach out of the scope.
fn scoped(selector: &str, place: &str, complaints: &mut Complaints) -> Option<String> {
    let mut out = String::from(SCOPE);
    let mut compounds = 0;
    let mut wants_compound = true;
    for word in selector.replace('>', " > ").replace('+', " + ").replace('~', " ~ ").split_whitespace() {
        let combinator = matches!(word, ">" | "+" | "~");
        let fits = if combinator { !wants_compound } else { compound(word).is_some() };
        if !fits {
            complaints.push(place, "a selector that is not plain is left out");
            return None;
        }
        wants_compound = combinator;
        compounds += usize::from(!combinator);
        out.push(' ');
        out.push_str(&compound(word).unwrap_or_else(|| word.to_owned()));
    }
    if compounds == 0 || wants_compound {
        complaints.push(place, "a selector that is not plain is left out");
        return None;
    }
    Some(out)
}

/// `h2.title:hover` and the like; `None` for anything else.
fn compound(word: &str) -> Option<String> {
    let cut = word.find(['.', ':']).unwrap_or(word.len());
    let (tag, mut rest) = word.split_at(cut);
    let plain_tag = tag.is_empty() || tag == "*" || tag.bytes().all(|b| b.is_ascii_alphanumeric());
    if !plain_tag || ["html", "body"].iter().any(|t| tag.eq_ignore_ascii_case(t)) {
        return None;
    }
    let mut out = tag.to_owned();
    while !rest.is_empty() {
        let (mark, after) = rest.split_at(1);
        let cut = after.find(['.', ':']).unwrap_or(after.len());
        let (name, next) = after.split_at(cut);
        match mark {
            "." if is_ident(name) => out.push_str(&format!(".{CLASS_PREFIX}{name}")),
            ":" if PSEUDO_CLASSES.contains(&name) => out.push_str(&format!(":{name}")),
            _ => return None,
        }
        rest = next;
    }
    (!out.is_empty()).then_some(out)
}

fn is_ident(text: &str) -> bool {
    let plain = text.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_'));
    plain && text.len() <= 100 && text.bytes().any(|b| b.is_ascii_alphabetic())
}

/// `a: b; c: d`, those that are allowed.
fn declarations(text: &str, place: &str, complaints: &mut Complaints) -> Vec<(String, String)> {
    let mut kept = Vec::new();
    for declaration in text.split(';').map(str::trim).filter(|d| !d.is_empty()) {
        let Some((property, value)) = declaration.split_once(':') else {
            complaints.push(place, "a declaration without a colon is left out");
            continue;
        };
        let (property, value) = (property.trim().to_ascii_lowercase(), value.trim());
        if !PROPERTIES.split(' ').any(|known| known == property) {
            let named = if is_ident(&property) { property.as_str() } else { "?" };
            complaints.push(place, format!("property {named} is left out"));
        } else if !is_plain_value(value) || (property.starts_with("margin") && has_minus(value)) {
            complaints.push(place, format!("this value of {property} is left out"));
        } else {
            kept.push((property, value.split_whitespace().collect::<Vec<_>>().join(" ")));
        }
    }
    kept
}

/// Words, numbers, balanced strings and balanced calls of known functions.
fn is_plain_value(value: &str) -> bool {
    if value.is_empty() || value.len() > 1000 {
        return false;
    }
    let (mut quote, mut depth, mut word) = (None, 0i32, String::new());
    for c in value.chars() {
        match (quote, c) {
            (Some(q), _) if q == c => quote = None,
            (Some(_), 'a'..='z' | 'A'..='Z' | '0'..='9' | ' ' | '-' | '_' | '.') => {}
            (Some(_), _) => return false,
            (None, '"' | '\'') => quote = Some(c),
            (None, '(') => {
                // a bare bracket groups inside calc()
                let groups = word.is_empty() && depth > 0;
                if !groups && !FUNCTIONS.contains(&word.to_ascii_lowercase().as_str()) {
                    return false;
                }
                depth += 1;
            }
            (None, ')') => depth -= 1,
            (None, 'a'..='z' | 'A'..='Z' | '0'..='9' | '-' | '_') => {
                word.push(c);
                continue;
            }
            (None, c) if c.is_ascii_whitespace() || matches!(c, '#' | '%' | '.' | ',' | '+' | '*' | '/') => {}
            (None, _) => return false,
        }
        word.clear();
        if depth < 0 {
            return false;
        }
    }
    quote.is_none() && depth == 0
}

/// A minus that is not part of a name: `-1em`, `calc(1px - 2px)`, but not `var(--gap-small)`.
fn has_minus(value: &str) -> bool {
    let bytes = value.as_bytes();
    let named = |b: Option<&u8>| b.is_some_and(|b| b.is_ascii_alphabetic() || *b == b'-' || *b == b'_');
    bytes.iter().enumerate().any(|(i, b)| {
        let after_name =
            i > 0 && bytes.get(i - 1).is_some_and(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_'));
        *b == b'-' && !after_name && !named(bytes.get(i + 1))
    })
}
