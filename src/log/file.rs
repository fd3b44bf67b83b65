//! A file in which logs stand one after the other, as the page hands a record out when several people labeled on one device.
//!
//! Only the first entry of another device begins another log; any other line of another device is foreign to the log that it
//! stands in, and is told as such. Nothing is sorted: a log whose entries are mixed with another's does not stand.

use super::problem::Code;
use super::reader::LogReader;
use super::wire;

/// Reads a file into its logs, line by line.
#[derive(Debug)]
pub struct FileReader {
    now_ms: Option<u64>,
    done: Vec<LogReader>,
    current: LogReader,
}

impl FileReader {
    /// A reader. `now_ms` (milliseconds since 1970) is for warnings about times that have not come.
    pub fn new(now_ms: Option<u64>) -> Self {
        Self { now_ms, done: vec![], current: LogReader::new(now_ms) }
    }

    /// Reads the next line, without its line feed.
    pub fn push(&mut self, line: &[u8]) {
        let Some(problem) = self.current.take(line) else { return };
        if problem.code == Code::WrongSource && wire::parse_line(line).is_ok_and(|p| p.envelope.sequence == 0) {
            self.done.push(std::mem::replace(&mut self.current, LogReader::new(self.now_ms)));
            self.current.push(line);
        } else {
            self.current.stop(problem);
        }
    }

    /// The logs, in their order; at least one, which is empty where the file is.
    pub fn logs(mut self) -> Vec<LogReader> {
        self.done.push(self.current);
        self.done
    }
}
