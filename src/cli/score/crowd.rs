//! Consensus, in the shapes and by the conventions of the programs it is compared with.

use super::request::{Bad, Request, name_of};
use crate::agreement::matrix::Matrix;
use crate::agreement::random::Random;
use crate::agreement::table::Rating;
use crate::agreement::{Plan, Table};
use crate::consensus::dawid_skene::{self as skene, Stop};
use crate::consensus::mace::{self as spam, Start, Update};
use crate::consensus::preference::{self, Comparison};
use crate::consensus::vote::{self, Skilled, Steps};
use crate::consensus::{Votes, bayes, bwa as average, crowdlab as lab, glad as ability, kos as messages};
use serde_json::{Map, Value, json};
use std::collections::HashMap;

/// Most rounds of a request.
const MAX_ROUNDS: u32 = 100_000;

/// The data as votes, with the names to answer by.
struct Crowd<'a> {
    table: Table,
    votes: Votes,
    written: HashMap<String, &'a Value>,
}

impl<'a> Crowd<'a> {
    fn new(request: &Request<'a>) -> Result<Self, Bad> {
        let table = request.table()?;
        Ok(Self { votes: Votes::new(&table), written: request.written(), table })
    }

    fn label(&self, at: usize) -> Value {
        let name = self.table.labels().get(at).map_or("", |name| name);
        self.written.get(name).map_or_else(|| name.into(), |value| (*value).clone())
    }

    fn by_item(&self, values: impl IntoIterator<Item = Value>) -> Map<String, Value> {
        self.table.items().iter().map(|name| name.to_string()).zip(values).collect()
    }

    fn by_annotator(&self, values: impl IntoIterator<Item = Value>) -> Map<String, Value> {
        self.table.annotators().iter().map(|name| name.to_string()).zip(values).collect()
    }

    fn labels(&self, chosen: &[usize]) -> Map<String, Value> {
        self.by_item(chosen.iter().map(|label| self.label(*label)))
    }

    fn rows(&self, matrix: &Matrix) -> Map<String, Value> {
        self.by_item(matrix.rows().map(|row| json!(row)))
    }

    fn skills(&self, skills: &[f64]) -> Map<String, Value> {
        self.by_annotator(skills.iter().map(|skill| json!(skill)))
    }

    fn skilled(&self, skilled: &Skilled) -> Value {
        json!({
            "labels": self.labels(&skilled.chosen()),
            "proba": self.rows(&skilled.probabilities),
            "skills": self.skills(&skilled.skills),
        })
    }
}

pub fn majority_vote(request: &Request) -> Result<Value, Bad> {
    let crowd = Crowd::new(request)?;
    let found = vote::majority(&crowd.votes)?;
    Ok(json!({
        "labels": crowd.labels(&found.chosen()),
        "proba": crowd.rows(&found.probabilities),
        "agreement_with_majority": crowd.skills(&found.skills),
    }))
}

pub fn wawa(request: &Request) -> Result<Value, Bad> {
    let crowd = Crowd::new(request)?;
    Ok(crowd.skilled(&vote::wawa(&crowd.votes)?))
}

pub fn zero_based_skill(request: &Request) -> Result<Value, Bad> {
    let crowd = Crowd::new(request)?;
    let usual = Steps::default();
    let steps = Steps {
        rounds: request.count("n_iter", usual.rounds, MAX_ROUNDS)?,
        rate: request.number("lr_init")?.unwrap_or(usual.rate),
        reduce_after: request.count("lr_steps_to_reduce", usual.reduce_after, MAX_ROUNDS)?,
        reduce_by: request.number("lr_reduce_factor")?.unwrap_or(usual.reduce_by),
        above_chance: request.number("eps")?.unwrap_or(usual.above_chance),
    };
    Ok(crowd.skilled(&vote::zero_based_skill(&crowd.votes, steps)?))
}

fn stop(request: &Request) -> Result<Stop, Bad> {
    Ok(Stop { rounds: request.count("n_iter", 100, MAX_ROUNDS)?, tolerance: request.number("tol")? })
}

pub fn dawid_skene(request: &Request) -> Result<Value, Bad> {
    let crowd = Crowd::new(request)?;
    let found = skene::full(&crowd.votes, stop(request)?)?;
    let mut errors = Map::new();
    let labels = crowd.table.labels();
    for one in crowd.votes.all() {
        let (who, given) = (one.annotator as usize, one.label as usize);
        if let (Some(who_name), Some(label)) = (crowd.table.annotators().get(who), labels.get(given)) {
            let row = found.errors.row(who * labels.len() + given);
            errors.entry(format!("{who_name}|{label}")).or_insert_with(|| json!(row));
        }
    }
    Ok(json!({
        "proba": crowd.rows(&found.probabilities), "priors": found.priors, "errors": errors,
        "n_iter_run": found.rounds, "elbo_last": found.bound,
    }))
}

pub fn one_coin(request: &Request) -> Result<Value, Bad> {
    let crowd = Crowd::new(request)?;
    let found = skene::one_coin(&crowd.votes, stop(request)?)?;
    Ok(json!({
        "proba": crowd.rows(&found.probabilities), "priors": found.priors, "skills": crowd.skills(&found.skills),
        "n_iter_run": found.rounds, "elbo_last": found.bound,
    }))
}

pub fn fast_dawid_skene(request: &Request) -> Result<Value, Bad> {
    let crowd = Crowd::new(request)?;
    let rounds = request.count("max_iter", 100, MAX_ROUNDS)?;
    let found = skene::fast(&crowd.votes, rounds, request.number("tol")?.unwrap_or(1e-4))?;
    Ok(json!({ "labels": crowd.labels(&found) }))
}

pub fn mace(request: &Request) -> Result<Value, Bad> {
    let crowd = Crowd::new(request)?;
    let or = |name: &str, usual: f64| -> Result<f64, Bad> {
        let value = request.number(name)?.unwrap_or(usual);
        if value > 0.0 { Ok(value) } else { Err(Bad::new(format!("`{name}` must be above 0"))) }
    };
    let update = match request.text("method")?.unwrap_or("vb") {
        "vb" => Update::Variational {
            spam: or("alpha", 0.5)?,
            know: or("beta", 0.5)?,
            strategy: or("strategy_prior", 10.0)?,
        },
        "em" => Update::Counts { smoothing: or("smoothing", 0.01 / crowd.votes.labels.max(1) as f64)? },
        _ => return Err(Bad::new("`method` must be vb or em")),
    };
    let rounds = request.count("n_iter", 50, MAX_ROUNDS)?;
    let found = match (request.matrix("init_spamming")?, request.matrix("init_thetas")?) {
        (Some(spamming), Some(strategies)) => spam::run(&crowd.votes, Start { spamming, strategies }, update, rounds)?,
        (None, None) => {
            let restarts = request.count("n_restarts", 10, 1_000)?;
            let seed = request.number("seed")?.map_or(Plan::default().seed, |seed| seed as u64);
            spam::restarted(&crowd.votes, update, rounds, restarts, seed)?
        }
        _ => return Err(Bad::new("give both `init_spamming` and `init_thetas`, or neither")),
    };
    Ok(json!({
        "proba": crowd.rows(&found.probabilities), "competence": crowd.skills(&found.competence),
        "spam_given": crowd.by_annotator(found.strategies.rows().map(|row| json!(row))),
        "log_marginal_likelihood": found.likelihood,
    }))
}

pub fn glad(request: &Request) -> Result<Value, Bad> {
    let crowd = Crowd::new(request)?;
    let found = ability::glad(&crowd.votes, ability::Stop::default())?;
    Ok(json!({
        "proba": crowd.rows(&found.probabilities), "alpha": crowd.skills(&found.abilities),
        "beta": crowd.by_item(found.eases.iter().map(|ease| json!(ease))),
    }))
}

pub fn kos(request: &Request) -> Result<Value, Bad> {
    let crowd = Crowd::new(request)?;
    let at = |names: &[std::sync::Arc<str>]| -> HashMap<String, u32> {
        names.iter().map(|name| name.to_string()).zip(0..).collect()
    };
    let (items, annotators) = (at(crowd.table.items()), at(crowd.table.annotators()));
    let labels = at(crowd.table.labels());
    let get = |map: &HashMap<String, u32>, name: &str| map.get(name).copied().unwrap_or(0);
    let ratings: Vec<Rating> = request
        .rows
        .iter()
        .map(|row| Rating {
            item: get(&items, &row.item),
            annotator: get(&annotators, &row.annotator),
            label: name_of(row.label).map_or(0, |name| get(&labels, &name)),
        })
        .collect();
    let first: Vec<f64> = match request.list("init_reliabilities_in_row_order")? {
        Some(list) => list.iter().filter_map(super::request::finite).collect(),
        None => {
            let mut random = Random::new(Plan::default().seed, 0);
            ratings.iter().map(|_| 1.0 + random.normal()).collect()
        }
    };
    let rounds = request.count("n_iter", 100, MAX_ROUNDS)?;
    let found = messages::kos(&ratings, crowd.votes.items(), crowd.votes.annotators, &first, rounds)?;
    let chosen: Vec<usize> = found.iter().map(|label| *label as usize).collect();
    Ok(json!({ "labels": crowd.labels(&chosen) }))
}

pub fn crowd_metrics(request: &Request) -> Result<Value, Bad> {
    let crowd = Crowd::new(request)?;
    let majority = vote::majority(&crowd.votes)?;
    let above = request.number("uncertainty_eps")?.unwrap_or(1e-6);
    Ok(json!({
        "consistency": vote::consistency(&crowd.votes, &majority)?,
        "uncertainty_task": vote::uncertainty(&crowd.votes, above),
    }))
}

pub fn ibcc(request: &Request) -> Result<Value, Bad> {
    let crowd = Crowd::new(request)?;
    let usual = bayes::Prior::default();
    let or = |name: &str, usual: f64| -> Result<f64, Bad> {
        let value = request.number(name)?.unwrap_or(usual);
        if value > 0.0 { Ok(value) } else { Err(Bad::new(format!("`{name}` must be above 0"))) }
    };
    let prior = bayes::Prior {
        right: or("a_v", usual.right)?,
        wrong: or("b_v", usual.wrong)?,
        class: or("alpha", usual.class)?,
    };
    let found = bayes::ibcc(&crowd.votes, prior, request.count("max_iter", 500, MAX_ROUNDS)?)?;
    Ok(json!({ "proba": crowd.rows(&found) }))
}

pub fn bwa(request: &Request) -> Result<Value, Bad> {
    let crowd = Crowd::new(request)?;
    let usual = average::Settings::default();
    let settings = average::Settings {
        prior_labels: request.number("a_v")?.unwrap_or(usual.prior_labels),
        mean_weight: request.number("lambda")?.unwrap_or(usual.mean_weight),
        corrected: request.flag("prior_correction", usual.corrected)?,
    };
    if settings.prior_labels < 0.0 || settings.mean_weight < 0.0 {
        return Err(Bad::new("`a_v` and `lambda` must be 0 or more"));
    }
    let rounds = request.count("max_iter", 500, MAX_ROUNDS)?;
    Ok(json!({ "score": crowd.rows(&average::scores(&crowd.votes, settings, rounds)?) }))
}

pub fn crowdlab(request: &Request) -> Result<Value, Bad> {
    let crowd = Crowd::new(request)?;
    let model = request.matrix("pred_probs")?.ok_or_else(|| Bad::new("`pred_probs` is missing"))?;
    let found = lab::crowdlab(&crowd.votes, &model)?;
    Ok(json!({
        "consensus_label": found.labels.iter().map(|label| crowd.label(*label)).collect::<Vec<_>>(),
        "consensus_quality": found.quality, "annotator_agreement": found.agreement,
        "annotator_quality": crowd.skills(&found.annotators), "model_weight": found.model_weight,
    }))
}

/// Comparisons, with the names of things and annotators.
type Compared = (Vec<Comparison>, Vec<String>, Vec<String>);

fn comparisons(request: &Request) -> Result<Compared, Bad> {
    let bad = || Bad::new("a row must name `left` and `right`, and its label must be one of them");
    let (mut things, mut annotators): (Vec<String>, Vec<String>) = (Vec::new(), Vec::new());
    let mut named = Vec::with_capacity(request.rows.len());
    for row in &request.rows {
        let side = |key: &str| row.whole.get(key).and_then(name_of).ok_or_else(bad);
        let (left, right, label) = (side("left")?, side("right")?, name_of(row.label).ok_or_else(bad)?);
        let first = label == left;
        if !first && label != right {
            return Err(bad());
        }
        things.extend([left.clone(), right.clone()]);
        annotators.push(row.annotator.clone());
        let (winner, loser) = if first { (left, right) } else { (right, left) };
        named.push((winner, loser, row.annotator.as_str(), first));
    }
    for names in [&mut things, &mut annotators] {
        names.sort_unstable();
        names.dedup();
    }
    let at = |names: &[String], name: &str| names.binary_search_by(|n| n.as_str().cmp(name)).unwrap_or(0) as u32;
    let all = named
        .iter()
        .map(|(winner, loser, who, first)| Comparison {
            winner: at(&things, winner),
            loser: at(&things, loser),
            annotator: at(&annotators, who),
            winner_first: *first,
        })
        .collect();
    Ok((all, things, annotators))
}

fn named(names: Vec<String>, values: Vec<f64>) -> Map<String, Value> {
    names.into_iter().zip(values.into_iter().map(|value| json!(value))).collect()
}

pub fn bradley_terry(request: &Request) -> Result<Value, Bad> {
    let (all, things, _) = comparisons(request)?;
    let rounds = request.count("n_iter", 50_000, MAX_ROUNDS)?;
    let scores = preference::bradley_terry(&all, things.len(), rounds)?;
    Ok(json!({ "scores": named(things, scores) }))
}

pub fn noisy_bradley_terry(request: &Request) -> Result<Value, Bad> {
    let (all, things, annotators) = comparisons(request)?;
    let penalty = request.number("regularization")?.unwrap_or(0.01);
    if penalty < 0.0 {
        return Err(Bad::new("`regularization` must be 0 or more"));
    }
    let rounds = request.count("n_iter", 5_000, MAX_ROUNDS)?;
    let found = preference::noisy_bradley_terry(&all, things.len(), annotators.len(), penalty, rounds)?;
    Ok(json!({
        "scores": named(things, found.scores), "skills": named(annotators.clone(), found.skills),
        "biases": named(annotators, found.biases),
    }))
}
