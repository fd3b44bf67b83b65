//! What people do with tasks: open, keep a draft, submit, skip, take back, reveal, settle, grant.

use super::desk::{Desk, Project, apart, fault};
use crate::domain::annotation::{Answer, Value};
use crate::domain::command::Command;
use crate::domain::id::TaskId;
use crate::domain::refusal::Refusal;
use crate::domain::schema::ControlKind;
use crate::platform::web::db::Write;
use crate::platform::web::store::Store;
use crate::view::protocol::{Ask, Done, Trouble};

impl Desk {
    pub(super) async fn act(&mut self, what: Ask) -> Result<Done, Trouble> {
        let project = self.open_project()?;
        match what {
            Ask::OpenTask { task } => {
                let Some(task) = task.or_else(|| project.next(None)) else { return Ok(Done::InHand { task: None }) };
                match project.carry_out(&Command::OpenTask { task: task.clone() }, Vec::new).await {
                    // who may not answer may still look
                    Ok(_) | Err(Trouble::Refused { refusal: Refusal::NotAuthorised { .. } }) => {}
                    Err(other) => return Err(other),
                }
                Ok(Done::InHand { task: Some(task) })
            }
            Ask::KeepDraft { task, draft } => {
                let (id, me) = (project.local.project.clone(), project.me.clone());
                let draft = draft.filter(|d| !d.answers.is_empty() || d.can_undo() || d.can_redo());
                let write = Store::put_draft(&id, &me, &task, draft.as_ref())?;
                apart(project.store.change(vec![write])).await?;
                project.touched.tasks.insert(task.clone());
                match draft {
                    Some(_) => project.here.drafts.insert(task),
                    None => project.here.drafts.remove(&task),
                };
                Ok(Done::Ok {})
            }
            Ask::Submit { task, answers, released, prediction, model, duration_ms } => {
                let answers = project.typed_text_covered(answers);
                let command =
                    Command::SubmitAnnotation { task: task.clone(), answers, released, prediction, model, duration_ms };
                apart(project.finish(&command, &task)).await
            }
            Ask::Withdraw { task } => {
                apart(project.finish(&Command::WithdrawAnnotation { task: task.clone() }, &task)).await
            }
            Ask::Skip { task, reason } => {
                let reason = project.secrets.scrub(&reason);
                apart(project.finish(&Command::SkipTask { task: task.clone(), reason }, &task)).await
            }
            Ask::Reveal { task, path, purpose } => apart(project.reveal(&task, &path, &purpose)).await,
            Ask::Adjudicate { task, answers, rationale } => {
                let answers = project.typed_text_covered(answers);
                let rationale = project.secrets.scrub(&rationale);
                apart(project.finish(&Command::Adjudicate { task: task.clone(), answers, rationale }, &task)).await
            }
            Ask::Grant { key, authid, roles } => {
                let custody = project.engine.state().requests.get(&key).map(|r| r.custody).unwrap_or_default();
                apart(project.carry_out(&Command::GrantKey { key, authid, roles, custody }, Vec::new)).await?;
                Ok(Done::Ok {})
            }
            _ => Err(fault("unknown", "do this: the page asked for what this version does not know; reload it")),
        }
    }
}

impl Project {
    /// Carries out a command that ends the work on a task, and forgets its draft in the same transaction.
    async fn finish(&mut self, command: &Command, task: &TaskId) -> Result<Done, Trouble> {
        let (id, me) = (self.local.project.clone(), self.me.clone());
        let forget = || -> Vec<Write> { Store::put_draft(&id, &me, task, None).into_iter().collect() };
        let events = self.carry_out(command, forget).await?;
        self.here.drafts.remove(task);
        self.touched.tasks.insert(task.clone());
        let sequence = events.first().map_or(self.head.size, |e| e.sequence);
        let answers = match command {
            Command::SubmitAnnotation { answers, .. } | Command::Adjudicate { answers, .. } => answers.clone(),
            _ => vec![],
        };
        Ok(Done::Recorded { sequence, next: self.next(Some(task)), answers })
    }

    /// Records that a field is shown, then shows it: the event comes first, and never holds the value.
    async fn reveal(&mut self, task: &TaskId, path: &str, purpose: &str) -> Result<Done, Trouble> {
        if !self.local.owns_source {
            return Err(fault("no-source", "reveal: the raw data is on the owner's device only"));
        }
        let raw = self.raw_task(task).await?;
        let text = raw.and_then(|r| r.fields.get(path).cloned());
        let text = text.ok_or_else(|| fault("not-found", "reveal: this field has no raw text here"))?;
        let purpose = self.secrets.scrub(purpose);
        let command = Command::RevealField { task: task.clone(), path: path.to_owned(), purpose };
        self.carry_out(&command, Vec::new).await?;
        Ok(Done::Revealed { text })
    }

    /// Typed text passes the privacy gate before it is sealed.
    fn typed_text_covered(&self, answers: Vec<Answer>) -> Vec<Answer> {
        let schema = &self.engine.state().materials.schema;
        let typed = |name: &str| schema.control(name).is_none_or(|c| matches!(c.kind, ControlKind::TextArea { .. }));
        let cover = |mut answer: Answer| {
            if typed(&answer.control)
                && let Value::Text(texts) = &mut answer.value
            {
                for text in texts {
                    *text = self.secrets.scrub(text);
                }
            }
            answer
        };
        answers.into_iter().map(cover).collect()
    }
}
