//! A stream of bytes cut into the rows of a table (RFC 4180, read leniently): commas, semicolons or tabs, whichever the
//! first line has most of.

use super::{ImportError, Limits};
use csv_core::{ReadRecordResult, Reader, ReaderBuilder};

/// One row.
pub(super) struct Row {
    /// Its cells, unquoted.
    pub cells: Vec<Vec<u8>>,
    /// Its number, from 0, the header included.
    pub index: u64,
    /// The line it begins in, from 1.
    pub line: u64,
    /// Larger than a task may be; without cells.
    pub too_large: bool,
}

type Out<'a> = &'a mut dyn FnMut(Row) -> Result<(), ImportError>;

/// Cuts rows.
pub(super) struct Table {
    reader: Reader,
    cells: Vec<u8>,
    used: usize,
    ends: Vec<usize>,
    columns: usize,
    max_bytes: usize,
    max_columns: usize,
    too_large: bool,
    index: u64,
    line: u64,
}

/// The separator that the first line has most of, outside quotes.
pub(super) fn separator(head: &[u8]) -> u8 {
    let mut counts = [(b',', 0u32), (b';', 0), (b'\t', 0)];
    let mut quoted = false;
    for byte in head {
        match byte {
            b'"' => quoted = !quoted,
            b'\n' if !quoted => break,
            _ if !quoted => counts.iter_mut().filter(|(mark, _)| mark == byte).for_each(|(_, n)| *n += 1),
            _ => {}
        }
    }
    // the first of equals: a comma
    counts.iter().rev().max_by_key(|(_, n)| *n).map_or(b',', |(mark, _)| *mark)
}

impl Table {
    pub fn new(separator: u8, limits: &Limits) -> Self {
        Self {
            reader: ReaderBuilder::new().delimiter(separator).build(),
            cells: vec![0; 4096],
            used: 0,
            ends: vec![0; 64],
            columns: 0,
            max_bytes: limits.task_bytes,
            max_columns: limits.columns,
            too_large: false,
            index: 0,
            line: 1,
        }
    }

    pub fn push(&mut self, mut chunk: &[u8], out: Out<'_>) -> Result<(), ImportError> {
        // to this reader an empty input is the end
        while !chunk.is_empty() {
            let used = self.step(chunk, out)?.1;
            chunk = chunk.get(used..).unwrap_or(&[]);
        }
        Ok(())
    }

    pub fn finish(mut self, out: Out<'_>) -> Result<(), ImportError> {
        while !self.step(&[], out)?.0 {}
        Ok(())
    }

    /// Whether the end was reached, and how many bytes are used up.
    fn step(&mut self, input: &[u8], out: Out<'_>) -> Result<(bool, usize), ImportError> {
        let room = self.cells.get_mut(self.used..).unwrap_or(&mut []);
        let ends = self.ends.get_mut(self.columns..).unwrap_or(&mut []);
        let (result, read, written, ended) = self.reader.read_record(input, room, ends);
        self.used += written;
        self.columns += ended;
        match result {
            ReadRecordResult::InputEmpty => {}
            ReadRecordResult::OutputFull if self.cells.len() < self.max_bytes => {
                let larger = (self.cells.len() * 2).min(self.max_bytes);
                self.cells.resize(larger, 0);
            }
            ReadRecordResult::OutputFull => {
                self.too_large = true;
                self.used = 0;
            }
            ReadRecordResult::OutputEndsFull if self.ends.len() > self.max_columns && !self.too_large => {
                return Err(ImportError::TooManyColumns { limit: self.max_columns });
            }
            ReadRecordResult::OutputEndsFull if self.too_large => self.columns = 0,
            ReadRecordResult::OutputEndsFull => self.ends.resize(self.ends.len() * 2, 0),
            ReadRecordResult::Record => out(self.row())?,
            ReadRecordResult::End => return Ok((true, read)),
        }
        Ok((false, read))
    }

    fn row(&mut self) -> Row {
        let ends = self.ends.get(..self.columns).unwrap_or(&[]);
        let starts = std::iter::once(0).chain(ends.iter().copied());
        let cell = |(start, end): (usize, &usize)| self.cells.get(start..*end).unwrap_or(&[]).to_vec();
        let cells = if self.too_large { Vec::new() } else { starts.zip(ends).map(cell).collect() };
        let row = Row { cells, index: self.index, line: self.line, too_large: self.too_large };
        (self.used, self.columns, self.too_large) = (0, 0, false);
        self.index += 1;
        self.line = self.reader.line();
        row
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_alike_however_the_bytes_arrive() {
        let text = "a,b\r\n\"x, \"\"y\"\"\nz\",2\n\n,\nlonger than fits,1\nlast,é";
        let limits = Limits { task_bytes: 4096, columns: 100, ..Limits::default() };
        for step in [1, 2, 7, 1000] {
            let mut table = Table::new(b',', &limits);
            let mut list = Vec::new();
            let mut out = |row: Row| {
                let cells: Vec<String> = row.cells.into_iter().map(|c| String::from_utf8(c).unwrap()).collect();
                list.push((row.line, cells.join("|")));
                Ok(())
            };
            for chunk in text.as_bytes().chunks(step) {
                table.push(chunk, &mut out).unwrap();
            }
            table.finish(&mut out).unwrap();
            let cells: Vec<&str> = list.iter().map(|(_, c)| c.as_str()).collect();
            assert_eq!(cells, ["a|b", "x, \"y\"\nz|2", "|", "longer than fits|1", "last|é"], "steps of {step}");
        }
    }

    #[test]
    fn a_row_past_the_limit_costs_itself() {
        let limits = Limits { task_bytes: 4096, columns: 100, ..Limits::default() };
        let mut table = Table::new(b',', &limits);
        let text = format!("a,b\n{},2\nx,y\n", "z".repeat(9000));
        let mut list = Vec::new();
        let mut out = |row: Row| {
            list.push((row.cells.len(), row.too_large));
            Ok(())
        };
        table.push(text.as_bytes(), &mut out).unwrap();
        table.finish(&mut out).unwrap();
        assert_eq!(list, [(2, false), (0, true), (2, false)]);
        let mut table = Table::new(b',', &limits);
        let error = table.push(",".repeat(1000).as_bytes(), &mut |_| Ok(()));
        assert_eq!(error, Err(ImportError::TooManyColumns { limit: 100 }));
    }

    #[test]
    fn separators() {
        for (head, expect) in [("a,b;c\n;;;", b','), ("a;b;\"c,,,,\"", b';'), ("a\tb", b'\t'), ("alone", b',')] {
            assert_eq!(separator(head.as_bytes()), expect, "{head}");
        }
    }
}
