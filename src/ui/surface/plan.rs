//! How a text is cut for drawing: into blocks of lines, and long lines into pieces. Made once per text; spans do not
//! change it.

/// Code points after which a block ends at the next line end.
pub const BLOCK: u32 = 800;

/// Code points after which a piece of a long line ends at the next space, or at twice as many without one.
pub const PIECE: u32 = 1_200;

/// A part of a block that is drawn, and compared, as one. Offsets in code points, and in bytes for slicing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Part {
    /// First code point.
    pub start: u32,
    /// One past the last.
    pub end: u32,
    /// First byte.
    pub from: usize,
    /// One past the last byte.
    pub to: usize,
    /// A block ends after it.
    pub ends_block: bool,
}

/// Cuts a text. Blocks end after a line feed only, so that each is whole lines; every code point is in exactly one part.
pub fn plan(text: &str) -> Vec<Part> {
    let mut parts = vec![];
    let (mut part_at, mut part_from) = (0u32, 0usize);
    let mut block_at = 0u32;
    let mut at = 0u32;
    for (byte, c) in text.char_indices() {
        at += 1;
        let (in_block, in_part) = (at - block_at, at - part_at);
        let ends_block = c == '\n' && in_block >= BLOCK;
        let ends_part = (in_part >= PIECE && c.is_whitespace() && c != '\r') || in_part >= 2 * PIECE;
        if ends_block || ends_part {
            let to = byte + c.len_utf8();
            parts.push(Part { start: part_at, end: at, from: part_from, to, ends_block });
            (part_at, part_from) = (at, to);
            if ends_block {
                block_at = at;
            }
        }
    }
    if part_at < at {
        parts.push(Part { start: part_at, end: at, from: part_from, to: text.len(), ends_block: true });
    } else if let Some(last) = parts.last_mut() {
        last.ends_block = true;
    }
    parts
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_cover_the_text_and_blocks_end_at_lines() {
        let lines = "wort 😀 mehr\r\n".repeat(500);
        let long = "x".repeat(10_000);
        for text in ["", "short", "a\nb\n", "\n\n\n", lines.as_str(), long.as_str()] {
            let parts = plan(text);
            let mut at = (0, 0);
            for part in &parts {
                assert_eq!((part.start, part.from), at);
                assert_eq!(text[part.from..part.to].chars().count() as u32, part.end - part.start);
                assert!(part.end - part.start <= 2 * PIECE);
                at = (part.end, part.to);
            }
            assert_eq!(at.1, text.len());
            assert!(parts.last().is_none_or(|p| p.ends_block));
            let ends = parts.iter().filter(|p| p.ends_block);
            assert!(
                ends.take(parts.len().saturating_sub(1)).all(|p| p.to == text.len() || text[..p.to].ends_with('\n'))
            );
        }
        assert!(plan(&lines).iter().filter(|p| p.ends_block).count() > 5);
    }
}
