//! `countersign score`: requests on standard input, answers on standard output, one JSON object a line, for programs that want
//! numbers and for comparing them with others.
//!
//! `{"id", "metric", "params", "data": [{"item", "annotator", "label"}]}` is answered by `{"id", "value"}`, where undefined is
//! `null`, or by `{"id", "error"}`. A bad line never ends the conversation. Names, parameters and shapes of the metrics are those
//! of the reference rows in `tests/fixtures/agreement`, and so are their conventions: where a published program has one, this
//! is the place that keeps it.

mod crowd;
mod nominal;
mod numbers;
mod request;
mod units;

use request::{Bad, Request};
use serde_json::{Value, json};
use std::io::{BufRead, Read, Write};
use std::process::ExitCode;

/// Longest request, in bytes.
const MAX_LINE_BYTES: u64 = 256 << 20;

/// Answers requests, one JSON object a line, until the input ends.
#[derive(clap::Args)]
pub struct Args {
    /// List the names of the metrics and stop.
    #[arg(long)]
    list: bool,
}

/// One metric: its name and how it is computed.
type Metric = (&'static str, fn(&Request) -> Result<Value, Bad>);

const METRICS: &[Metric] = &[
    ("krippendorff_alpha", nominal::alpha),
    ("alpha_bootstrap", nominal::alpha_bootstrap),
    ("cohen_kappa", nominal::cohen_kappa),
    ("cohen_kappa_pairs", nominal::cohen_kappa_pairs),
    ("fleiss_kappa", nominal::fleiss_kappa),
    ("irr_fleiss", nominal::irr),
    ("irr_gwet", nominal::irr),
    ("irr_bp", nominal::irr),
    ("irr_conger", nominal::irr),
    ("irr_krippendorff", nominal::irr),
    ("irr2_gwet", nominal::irr_of_two),
    ("irr2_cohen", nominal::irr_of_two),
    ("irr2_scott", nominal::irr_of_two),
    ("irr2_pa2", nominal::irr_of_two),
    ("irr2_bp", nominal::irr_of_two),
    ("irr2_krippendorff", nominal::irr_of_two),
    ("nltk_agreement", nominal::nltk_agreement),
    ("set_agreement", nominal::set_agreement),
    ("icc", numbers::icc),
    ("kendall_w", numbers::kendall_w),
    ("kendall_tau", numbers::kendall_tau),
    ("majority_vote", crowd::majority_vote),
    ("wawa", crowd::wawa),
    ("zero_based_skill", crowd::zero_based_skill),
    ("dawid_skene", crowd::dawid_skene),
    ("dawid_skene_onecoin", crowd::one_coin),
    ("fast_dawid_skene", crowd::fast_dawid_skene),
    ("mace", crowd::mace),
    ("glad", crowd::glad),
    ("glad_crowdkit_default", crowd::glad),
    ("kos", crowd::kos),
    ("crowd_metrics", crowd::crowd_metrics),
    ("ibcc_vb", crowd::ibcc),
    ("bwa", crowd::bwa),
    ("crowdlab", crowd::crowdlab),
    ("bradley_terry", crowd::bradley_terry),
    ("noisy_bradley_terry", crowd::noisy_bradley_terry),
    ("alpha_unitizing_1995", units::alpha_1995),
    ("u_alpha_2016", units::alpha_2016),
    ("span_pairwise", units::span_pairwise),
    ("gamma", units::gamma),
    ("bbox_agreement", units::boxes),
];

/// Reads, answers, and goes on. 0: the input ended; 1: the input or the output failed.
pub fn run(args: &Args) -> ExitCode {
    if args.list {
        let names: Vec<&str> = METRICS.iter().map(|(name, _)| *name).collect();
        super::print(&format!("{}\n", names.join("\n")));
        return ExitCode::SUCCESS;
    }
    match serve(&mut std::io::stdin().lock(), &mut std::io::stdout().lock()) {
        Ok(()) => ExitCode::SUCCESS,
        // who asked went away: there is nobody to complain to
        Err(error) if error.kind() == std::io::ErrorKind::BrokenPipe => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("could not go on: {error}");
            ExitCode::from(1)
        }
    }
}

fn serve(input: &mut dyn BufRead, output: &mut dyn Write) -> std::io::Result<()> {
    let mut line = Vec::new();
    loop {
        line.clear();
        let read = input.take(MAX_LINE_BYTES + 1).read_until(b'\n', &mut line)?;
        if read == 0 {
            return Ok(());
        }
        let reply = if read as u64 > MAX_LINE_BYTES {
            skip_line(input)?;
            failed(
                &Value::Null,
                &Bad::new(format!("the line is longer than {} MiB; split the data", MAX_LINE_BYTES >> 20)),
            )
        } else if line.trim_ascii().is_empty() {
            continue;
        } else {
            answer(&line)
        };
        serde_json::to_writer(&mut *output, &reply)?;
        output.write_all(b"\n")?;
        output.flush()?;
    }
}

fn skip_line(input: &mut dyn BufRead) -> std::io::Result<()> {
    loop {
        let buffer = input.fill_buf()?;
        if buffer.is_empty() {
            return Ok(());
        }
        let end = memchr::memchr(b'\n', buffer);
        let used = end.map_or(buffer.len(), |at| at + 1);
        input.consume(used);
        if end.is_some() {
            return Ok(());
        }
    }
}

fn failed(id: &Value, why: &Bad) -> Value {
    json!({ "id": id, "error": why.to_string() })
}

/// The answer to one request.
pub fn answer(line: &[u8]) -> Value {
    let parsed: Value = match serde_json::from_slice(line) {
        Ok(parsed) => parsed,
        Err(error) => {
            let place = format!("the line is not JSON (line {}, column {})", error.line(), error.column());
            return failed(&Value::Null, &Bad::new(place));
        }
    };
    let id = parsed.get("id").cloned().unwrap_or_default();
    let value = Request::new(&parsed).and_then(|request| {
        let metric = METRICS.iter().find(|(name, _)| *name == request.metric);
        let (_, compute) =
            metric.ok_or_else(|| Bad::new("there is no such metric; `countersign score --list` names them"))?;
        compute(&request)
    });
    match value {
        Ok(value) => json!({ "id": id, "value": value }),
        Err(why) => failed(&id, &why),
    }
}
