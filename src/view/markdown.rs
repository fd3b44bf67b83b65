//! A guideline's text as blocks: the small part of Markdown that instructions need. What is not understood is shown as
//! written; nothing becomes markup of the page.

use super::model::{Block, Inline};

/// Reads headings, paragraphs, lists, quotes and tables. A front matter between `---` lines is left out.
pub fn blocks(text: &str) -> Vec<Block> {
    let lines: Vec<&str> = body(text).lines().map(str::trim_end).collect();
    let mut blocks = vec![];
    let mut at = 0;
    while let Some(line) = lines.get(at) {
        let rest = lines.get(at..).unwrap_or_default();
        let (block, used) = match kind(line) {
            Kind::Blank => (None, 1),
            Kind::Heading(level) => (Some(Block::Heading(level, line.trim_start_matches('#').trim().to_owned())), 1),
            Kind::Item(numbered) => list(rest, numbered),
            Kind::Quote => run(rest, Kind::Quote, |l| l.trim_start_matches('>').trim(), Block::Quote),
            Kind::Row => table(rest),
            Kind::Text => run(rest, Kind::Text, str::trim, Block::Paragraph),
        };
        blocks.extend(block);
        at += used.max(1);
    }
    blocks
}

/// The version that a front matter names (`version: 3`).
pub fn version(text: &str) -> Option<&str> {
    let head = text.trim_start_matches('\u{feff}').strip_prefix("---")?;
    let end = head.find("\n---")?;
    head.get(..end)?.lines().find_map(|l| l.trim().strip_prefix("version:")).map(|v| v.trim().trim_matches('"'))
}

fn body(text: &str) -> &str {
    let text = text.trim_start_matches('\u{feff}');
    let Some(head) = text.strip_prefix("---\n").or_else(|| text.strip_prefix("---\r\n")) else { return text };
    let Some(end) = head.find("\n---") else { return text };
    head.get(end + 4..).unwrap_or_default()
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Blank,
    Heading(u8),
    Item(bool),
    Quote,
    Row,
    Text,
}

fn kind(line: &str) -> Kind {
    let line = line.trim_start();
    let hashes = line.bytes().take_while(|b| *b == b'#').count();
    if line.is_empty() {
        Kind::Blank
    } else if (1..=4).contains(&hashes) && line.as_bytes().get(hashes) == Some(&b' ') {
        Kind::Heading(hashes as u8)
    } else if line.starts_with("- ") || line.starts_with("* ") {
        Kind::Item(false)
    } else if line.split_once(". ").is_some_and(|(n, _)| !n.is_empty() && n.bytes().all(|b| b.is_ascii_digit())) {
        Kind::Item(true)
    } else if line.starts_with('>') {
        Kind::Quote
    } else if line.starts_with('|') {
        Kind::Row
    } else {
        Kind::Text
    }
}

fn run<'a>(
    lines: &[&'a str],
    wanted: Kind,
    strip: impl Fn(&'a str) -> &'a str,
    block: impl Fn(Vec<Inline>) -> Block,
) -> (Option<Block>, usize) {
    let taken: Vec<_> = lines.iter().take_while(|l| kind(l) == wanted).map(|l| strip(l)).collect();
    (Some(block(inlines(&taken.join(" ")))), taken.len())
}

fn list(lines: &[&str], numbered: bool) -> (Option<Block>, usize) {
    let mut items: Vec<String> = vec![];
    let mut used = 0;
    for line in lines {
        match kind(line) {
            Kind::Item(n) if n == numbered => {
                let text = line.trim_start();
                let text =
                    if numbered { text.split_once(". ").map_or(text, |(_, t)| t) } else { text.get(2..).unwrap_or("") };
                items.push(text.trim().to_owned());
            }
            // a line that is set in goes on with the item
            Kind::Text if line.starts_with("  ") => {
                if let Some(last) = items.last_mut() {
                    last.push(' ');
                    last.push_str(line.trim());
                }
            }
            _ => break,
        }
        used += 1;
    }
    (Some(Block::List(numbered, items.iter().map(|i| inlines(i)).collect())), used)
}

fn table(lines: &[&str]) -> (Option<Block>, usize) {
    let cells = |line: &str| -> Vec<Vec<Inline>> {
        line.trim().trim_matches('|').split('|').map(|c| inlines(c.trim())).collect()
    };
    let ruler = |line: &str| line.bytes().all(|b| matches!(b, b'|' | b'-' | b':' | b' '));
    let taken: Vec<_> = lines.iter().take_while(|l| kind(l) == Kind::Row).collect();
    let mut rows = taken.iter().filter(|l| !ruler(l)).map(|l| cells(l));
    let head = rows.next().unwrap_or_default();
    (Some(Block::Table(head, rows.collect())), taken.len())
}

/// Marks within a line: `**strong**`, `*emphasis*`, `` `code` ``. A mark without its end is shown as written.
fn inlines(text: &str) -> Vec<Inline> {
    type Make = fn(String) -> Inline;
    const MARKS: [(&str, Make); 3] = [("**", Inline::Strong), ("`", Inline::Code), ("*", Inline::Emphasis)];
    let mut found = vec![];
    let mut plain = String::new();
    let mut rest = text;
    'text: while let Some(c) = rest.chars().next() {
        for (mark, make) in MARKS {
            if let Some(open) = rest.strip_prefix(mark)
                && let Some(end) = open.find(mark)
                && end > 0
            {
                if !plain.is_empty() {
                    found.push(Inline::Plain(std::mem::take(&mut plain)));
                }
                found.push(make(open.get(..end).unwrap_or("").to_owned()));
                rest = open.get(end + mark.len()..).unwrap_or("");
                continue 'text;
            }
        }
        plain.push(c);
        rest = rest.get(c.len_utf8()..).unwrap_or("");
    }
    if !plain.is_empty() {
        found.push(Inline::Plain(plain));
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_part_that_instructions_need() {
        let text = "---\nid: g\nversion: 3\n---\n# Title\n\nSome **bold** and `code`.\nMore.\n\n- one\n  goes on\n- two\n\n1. a\n\n> quoted\n\n| h | i |\n|---|---|\n| 1 | *2* |\n";
        assert_eq!(version(text), Some("3"));
        let plain = |t: &str| Inline::Plain(t.into());
        assert_eq!(
            blocks(text),
            vec![
                Block::Heading(1, "Title".into()),
                Block::Paragraph(vec![
                    plain("Some "),
                    Inline::Strong("bold".into()),
                    plain(" and "),
                    Inline::Code("code".into()),
                    plain(". More."),
                ]),
                Block::List(false, vec![vec![plain("one goes on")], vec![plain("two")]]),
                Block::List(true, vec![vec![plain("a")]]),
                Block::Quote(vec![plain("quoted")]),
                Block::Table(
                    vec![vec![plain("h")], vec![plain("i")]],
                    vec![vec![vec![plain("1")], vec![Inline::Emphasis("2".into())]]],
                ),
            ]
        );
    }

    #[test]
    fn odd_text_is_shown_as_written() {
        for text in ["", "**", "a ** b", "`", "|", "#", "-", "---", "---\nversion: 1", "1.", "\u{feff}x"] {
            let _ = (blocks(text), version(text));
        }
        assert_eq!(blocks("a ** b"), vec![Block::Paragraph(vec![Inline::Plain("a ** b".into())])]);
    }
}
