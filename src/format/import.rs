//! The importer: bytes in chunks, tasks and complaints out. It can be stopped between any two chunks, and the tasks read
//! so far can be taken away while it reads on.

use super::json::Sink;
use super::split::{Elements, Lines, Piece, Stray, Too};
use super::table::{self, Row, Table};
use super::{Import, ImportError, Kind, Limits, SourceTask, text};
use crate::labeling::Config;
use serde_json::{Map, Value};

/// Bytes that are waited for before the kind of separator is decided.
const HEAD_BYTES: usize = 64 * 1024;

enum Source {
    /// Not enough bytes yet to look past a byte order mark, or to see the first line of a table.
    Head(Vec<u8>),
    Elements(Elements),
    Lines(Lines),
    Table(Box<Table>, Columns),
}

/// Reads one file.
pub struct Importer {
    kind: Kind,
    source: Source,
    sink: Sink,
    bytes: u64,
}

impl Importer {
    /// An importer for a file of this kind, whose answers belong to this configuration.
    pub fn new(kind: Kind, config: &Config, limits: Limits) -> Self {
        Self { kind, source: Source::Head(Vec::new()), sink: Sink::new(config, limits), bytes: 0 }
    }

    /// Reads on.
    ///
    /// # Errors
    /// A limit of the whole file is passed, or it is nothing of the kind. The importer is of no more use then.
    pub fn push(&mut self, chunk: &[u8]) -> Result<(), ImportError> {
        self.bytes += chunk.len() as u64;
        if self.bytes > self.sink.limits.file_bytes {
            return Err(ImportError::FileTooLarge { limit: self.sink.limits.file_bytes });
        }
        if let Source::Head(head) = &mut self.source {
            head.extend_from_slice(chunk);
            let enough = match self.kind {
                Kind::Csv => head.len() >= HEAD_BYTES || head.contains(&b'\n'),
                Kind::Json | Kind::Jsonl => head.len() >= 4,
            };
            return if enough { self.begin() } else { Ok(()) };
        }
        self.feed(chunk)
    }

    /// Bytes read so far.
    pub fn bytes_read(&self) -> u64 {
        self.bytes
    }

    /// Tasks read so far, taken or not.
    pub fn tasks_read(&self) -> usize {
        self.sink.read
    }

    /// Takes away the tasks that are ready.
    pub fn take(&mut self) -> Vec<SourceTask> {
        std::mem::take(&mut self.sink.tasks)
    }

    /// The end of the file: the tasks not yet taken, and all complaints.
    ///
    /// # Errors
    /// As [`Importer::push`].
    pub fn finish(mut self) -> Result<Import, ImportError> {
        if matches!(self.source, Source::Head(_)) {
            self.begin()?;
        }
        let Self { kind, source, mut sink, .. } = self;
        let mut has_rows = true;
        match source {
            Source::Head(_) => {}
            Source::Lines(lines) => lines.finish(&mut |piece| sink.piece(kind, piece))?,
            Source::Elements(elements) => match elements.finish(&mut |piece| sink.piece(kind, piece))? {
                Err(what) => return Err(ImportError::NotThisKind { kind, what: what.to_owned() }),
                Ok(Some(Stray::Between)) => {
                    sink.complaints.push("the file", "has something between or after its tasks; left out");
                }
                Ok(Some(Stray::Unclosed)) => sink.complaints.push("the file", "ends before its closing bracket"),
                Ok(None) => {}
            },
            Source::Table(table, mut columns) => {
                table.finish(&mut |row| columns.row(row, &mut sink))?;
                has_rows = columns.known;
            }
        }
        if !has_rows {
            return Err(ImportError::NotThisKind { kind, what: "it has no header row".to_owned() });
        }
        sink.flush()?;
        Ok(Import { tasks: sink.tasks, complaints: sink.complaints.into_list() })
    }

    /// Decides by the first bytes, then feeds them.
    fn begin(&mut self) -> Result<(), ImportError> {
        let Source::Head(head) = &mut self.source else { return Ok(()) };
        let head = std::mem::take(head);
        let refuse = |what: &str| Err(ImportError::NotThisKind { kind: self.kind, what: what.to_owned() });
        if head.starts_with(b"\xff\xfe") || head.starts_with(b"\xfe\xff") {
            return refuse("it is utf-16; save it as utf-8");
        }
        let rest = head.strip_prefix(b"\xef\xbb\xbf").unwrap_or(&head);
        let limits = &self.sink.limits;
        self.source = match self.kind {
            Kind::Json => match rest.trim_ascii_start().first() {
                Some(b'[' | b'{') => Source::Elements(Elements::new(limits.task_bytes, limits.depth)),
                // too little to say, unless this is all
                None => Source::Elements(Elements::new(limits.task_bytes, limits.depth)),
                Some(_) => return refuse("it begins with neither [ nor {"),
            },
            Kind::Jsonl => Source::Lines(Lines::new(limits.task_bytes)),
            Kind::Csv => Source::Table(Box::new(Table::new(table::separator(rest), limits)), Columns::default()),
        };
        self.feed(rest)
    }

    fn feed(&mut self, chunk: &[u8]) -> Result<(), ImportError> {
        let Self { kind, source, sink, .. } = self;
        match source {
            Source::Head(_) => Ok(()),
            Source::Elements(elements) => elements.push(chunk, &mut |piece| sink.piece(*kind, piece)),
            Source::Lines(lines) => lines.push(chunk, &mut |piece| sink.piece(*kind, piece)),
            Source::Table(table, columns) => table.push(chunk, &mut |row| columns.row(row, sink)),
        }
    }
}

impl Sink {
    /// One task in JSON.
    fn piece(&mut self, kind: Kind, piece: Piece) -> Result<(), ImportError> {
        let place = match kind {
            Kind::Jsonl => format!("line {}", piece.line),
            Kind::Json | Kind::Csv => format!("task {} (line {})", piece.index + 1, piece.line),
        };
        let limits = &self.limits;
        match piece.too {
            Some(Too::Large) => {
                let what = format!("a task is larger than {} bytes; left out", limits.task_bytes);
                self.complaints.push(place, what);
            }
            Some(Too::Deep) => {
                let what = format!("a task is nested deeper than {}; left out", limits.depth);
                self.complaints.push(place, what);
            }
            None if piece.cut => self.complaints.push(place, "the file ends inside this task; left out"),
            None => return self.json(place, piece.index, &piece.bytes),
        }
        Ok(())
    }
}

/// The columns of a table.
#[derive(Default)]
struct Columns {
    known: bool,
    /// Names; `None` for a column that is left out.
    names: Vec<Option<String>>,
}

impl Columns {
    fn row(&mut self, row: Row, sink: &mut Sink) -> Result<(), ImportError> {
        if !self.known {
            self.header(&row, sink);
            return Ok(());
        }
        let place = format!("line {}", row.line);
        if row.too_large {
            let what =
                format!("a row is larger than {} bytes; left out (is a quote left open?)", sink.limits.task_bytes);
            sink.complaints.push(place, what);
            return Ok(());
        }
        if row.cells.iter().all(|cell| cell.trim_ascii().is_empty()) {
            sink.complaints.push(place, "the row is empty; left out");
            return Ok(());
        }
        if row.cells.len() > self.names.len() {
            sink.complaints.push(place.clone(), "more cells than columns; the last ones are left out");
        } else if row.cells.len() < self.names.len() {
            sink.complaints.push(place.clone(), "fewer cells than columns; the last columns are absent");
        }
        let mut data = Map::new();
        for (name, cell) in self.names.iter().zip(&row.cells) {
            let Some(name) = name else { continue };
            let (cell, broken) = text::decode(cell);
            if broken > 0 {
                sink.complaints.push(place.clone(), "bytes that are not utf-8 are replaced by U+FFFD");
            }
            data.insert(name.clone(), Value::String(cell.into_owned()));
        }
        sink.bare(place, row.index.saturating_sub(1), data)
    }

    fn header(&mut self, row: &Row, sink: &mut Sink) {
        self.known = true;
        for (i, cell) in row.cells.iter().enumerate() {
            let (name, broken) = text::decode(cell);
            let name = name.trim().to_owned();
            let mut complain = |what: &str| sink.complaints.push(format!("column {}", i + 1), what);
            if broken > 0 {
                complain("bytes of its name that are not utf-8 are replaced by U+FFFD");
            }
            let kept = if name.is_empty() {
                complain("has no name; left out");
                None
            } else if name.chars().count() > sink.limits.name_chars {
                complain("its name is too long; left out");
                None
            } else if self.names.iter().flatten().any(|n| *n == name) {
                complain("its name is that of an earlier one; left out");
                None
            } else {
                Some(name)
            };
            self.names.push(kept);
        }
    }
}
