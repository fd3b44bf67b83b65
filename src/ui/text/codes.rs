//! Words for codes that come from the domain, the worker and the libraries. An unknown code is shown as it is, so that
//! nothing is hidden from a person because this version has no word for it.

use super::{Lang, fill};
use crate::domain::event::Role;
use crate::domain::refusal::Refusal;
use crate::view::protocol::Trouble;

fn pick(lang: Lang, (en, es): (&'static str, &'static str)) -> &'static str {
    match lang {
        Lang::En => en,
        Lang::Es => es,
    }
}

/// Looks a code up; the code itself where there is no word.
fn word<'a>(lang: Lang, code: &'a str, table: &[(&str, &'static str, &'static str)]) -> &'a str
where
    'static: 'a,
{
    table.iter().find(|(c, _, _)| *c == code).map_or(code, |(_, en, es)| pick(lang, (en, es)))
}

/// What went wrong, and what to do next, in one sentence.
pub fn trouble(lang: Lang, trouble: &Trouble) -> String {
    match trouble {
        Trouble::Refused { refusal: why } => refusal(lang, why),
        Trouble::Fault { code, detail } => {
            let what = word(
                lang,
                code,
                &[
                    (
                        "quota",
                        "The disk is full: free some space, then go on",
                        "El disco está lleno: libere espacio y siga",
                    ),
                    (
                        "storage",
                        "Could not write to this browser's storage",
                        "No se pudo escribir en el almacenamiento del navegador",
                    ),
                    ("key", "The signing key could not be used", "No se pudo usar la clave de firma"),
                    (
                        "read-only",
                        "Another tab is writing; this one reads only",
                        "Otra pestaña está escribiendo; esta solo lee",
                    ),
                    (
                        "config",
                        "The labeling configuration could not be read",
                        "No se pudo leer la configuración de etiquetado",
                    ),
                    ("file", "The file could not be read", "No se pudo leer el archivo"),
                    ("network", "The network could not be reached", "No se pudo acceder a la red"),
                    ("not-found", "It is not there", "No está"),
                    ("cancelled", "Cancelled", "Cancelado"),
                    ("limit", "It is past a limit", "Supera un límite"),
                ],
            );
            if detail.is_empty() { format!("{what}.") } else { format!("{what}: {detail}") }
        }
    }
}

/// Why a command was refused.
pub fn refusal(lang: Lang, refusal: &Refusal) -> String {
    refusal_about(lang, refusal, refusal_control(refusal).unwrap_or_default())
}

/// The same, with the words above the control it is about.
pub fn refusal_about(lang: Lang, refusal: &Refusal, control: &str) -> String {
    let text = match refusal {
        Refusal::NotAuthorised { .. } => (
            "You need the right “{role}” for this. Ask the owner.",
            "Necesita el derecho «{role}». Pídalo a quien dirige el proyecto.",
        ),
        Refusal::UnknownTask { .. } => ("This task is in no release.", "Esta tarea no está en ninguna publicación."),
        Refusal::UnknownControl { .. } => {
            ("The configuration has no question “{control}”.", "La configuración no tiene la pregunta «{control}».")
        }
        Refusal::WrongKind { .. } => ("The answer does not fit “{control}”.", "La respuesta no encaja en «{control}»."),
        Refusal::UnknownValue { .. } => {
            ("“{control}” does not offer this answer.", "«{control}» no ofrece esta respuesta.")
        }
        Refusal::TooMany { .. } => ("“{control}” takes fewer answers.", "«{control}» admite menos respuestas."),
        Refusal::Missing { .. } => ("Please answer “{control}” first.", "Responda antes «{control}»."),
        Refusal::BadSpan { .. } => {
            ("A span of “{control}” does not lie in its text.", "Un tramo de «{control}» no está en su texto.")
        }
        Refusal::UnknownRegion { .. } => {
            ("“{control}” is about a span that is gone.", "«{control}» se refiere a un tramo que ya no existe.")
        }
        Refusal::ReasonWanted => ("Please give a reason.", "Indique un motivo."),
        Refusal::TooLong { .. } => ("“{control}” is too long.", "«{control}» es demasiado largo."),
        Refusal::NothingToWithdraw => {
            ("There is no answer of yours to take back.", "No hay ninguna respuesta suya que retirar.")
        }
        Refusal::OwnItem => (
            "You answered this task yourself; somebody else has to settle it.",
            "Usted respondió esta tarea; debe resolverla otra persona.",
        ),
        Refusal::NothingToAdjudicate => ("Nobody has answered this task yet.", "Nadie ha respondido aún esta tarea."),
        Refusal::ProjectExists => ("The project exists already.", "El proyecto ya existe."),
        Refusal::NoProject => ("There is no project yet. Open one first.", "Aún no hay proyecto. Abra uno primero."),
        Refusal::KeyKnown { .. } => ("This key takes part already.", "Esta clave ya participa."),
        Refusal::UnknownKey { .. } => ("This key does not take part.", "Esta clave no participa."),
        Refusal::UnknownEvent => ("There is no such event here.", "Aquí no existe ese evento."),
        Refusal::NotErasable => (
            "What gives rights or names the tasks cannot be erased.",
            "No se puede borrar lo que da derechos o nombra las tareas.",
        ),
    };
    let needed = match refusal {
        Refusal::NotAuthorised { needs } => role(lang, *needs),
        _ => "",
    };
    fill(pick(lang, text), &[("role", needed), ("control", control)])
}

/// The code of what went wrong, for hosts.
pub fn trouble_code(trouble: &Trouble) -> &str {
    match trouble {
        Trouble::Refused { refusal } => refusal_code(refusal),
        Trouble::Fault { code, .. } => code,
    }
}

/// A refusal's code, for hosts.
fn refusal_code(refusal: &Refusal) -> &'static str {
    match refusal {
        Refusal::NotAuthorised { .. } => "not-authorised",
        Refusal::UnknownTask { .. } => "unknown-task",
        Refusal::UnknownControl { .. } => "unknown-control",
        Refusal::WrongKind { .. } => "wrong-kind",
        Refusal::UnknownValue { .. } => "unknown-value",
        Refusal::TooMany { .. } => "too-many",
        Refusal::Missing { .. } => "missing",
        Refusal::BadSpan { .. } => "bad-span",
        Refusal::UnknownRegion { .. } => "unknown-region",
        Refusal::ReasonWanted => "reason-wanted",
        Refusal::TooLong { .. } => "too-long",
        Refusal::NothingToWithdraw => "nothing-to-withdraw",
        Refusal::OwnItem => "own-item",
        Refusal::NothingToAdjudicate => "nothing-to-adjudicate",
        Refusal::ProjectExists => "project-exists",
        Refusal::NoProject => "no-project",
        Refusal::KeyKnown { .. } => "key-known",
        Refusal::UnknownKey { .. } => "unknown-key",
        Refusal::UnknownEvent => "unknown-event",
        Refusal::NotErasable => "not-erasable",
    }
}

/// The control a refusal is about.
pub fn refusal_control(refusal: &Refusal) -> Option<&str> {
    match refusal {
        Refusal::UnknownControl { control }
        | Refusal::WrongKind { control }
        | Refusal::UnknownValue { control }
        | Refusal::TooMany { control }
        | Refusal::Missing { control }
        | Refusal::BadSpan { control, .. }
        | Refusal::UnknownRegion { control }
        | Refusal::TooLong { control } => Some(control),
        _ => None,
    }
}

/// What a role may do.
pub fn role(lang: Lang, role: Role) -> &'static str {
    pick(
        lang,
        match role {
            Role::Admin => ("own", "dirigir"),
            Role::Annotator => ("annotate", "etiquetar"),
            Role::Reviewer => ("review", "revisar"),
            Role::Adjudicator => ("adjudicate", "adjudicar"),
        },
    )
}

/// What happened, by the kind of event.
pub fn event_kind(lang: Lang, kind: &str) -> &str {
    word(
        lang,
        kind,
        &[
            ("project.created", "Project created", "Proyecto creado"),
            ("key.requested", "Asked to take part", "Pidió participar"),
            ("key.granted", "Key granted", "Clave concedida"),
            ("key.revoked", "Key revoked", "Clave revocada"),
            ("config.published", "Configuration published", "Configuración publicada"),
            ("policy.published", "Privacy policy published", "Política de privacidad publicada"),
            ("guideline.published", "Guideline published", "Guía publicada"),
            ("model.registered", "Model registered", "Modelo registrado"),
            ("tasks.released", "Tasks released", "Tareas publicadas"),
            ("answers.imported", "Answers imported", "Respuestas importadas"),
            ("task.opened", "Task opened", "Tarea abierta"),
            ("annotation.submitted", "Annotation submitted", "Anotación enviada"),
            ("annotation.corrected", "Annotation corrected", "Anotación corregida"),
            ("annotation.withdrawn", "Annotation taken back", "Anotación retirada"),
            ("task.skipped", "Task skipped", "Tarea omitida"),
            ("rationale.given", "Rationale given", "Justificación dada"),
            ("field.revealed", "Field revealed", "Campo revelado"),
            ("review.passed", "Review passed", "Revisión aprobada"),
            ("review.rejected", "Review rejected", "Revisión rechazada"),
            ("case.escalated", "Case escalated", "Caso escalado"),
            ("case.adjudicated", "Case settled", "Caso resuelto"),
            ("data.erased", "Data erased", "Datos borrados"),
            ("peers.seen", "Other logs seen", "Otros registros vistos"),
            ("log.closed", "Log closed", "Registro cerrado"),
        ],
    )
}

/// The name of a coefficient.
pub fn figure(lang: Lang, code: &str) -> &str {
    word(
        lang,
        code,
        &[
            ("percent", "Percent agreement", "Acuerdo simple"),
            ("cohen_kappa", "Cohen’s κ", "κ de Cohen"),
            ("alpha_nominal", "Krippendorff’s α", "α de Krippendorff"),
            ("span_f1", "Span F₁", "F₁ de tramos"),
        ],
    )
}

/// Why a coefficient has no value.
pub fn undefined(lang: Lang, code: &str) -> &str {
    word(
        lang,
        code,
        &[
            ("no_pairs", "no item has two answers", "ningún elemento tiene dos respuestas"),
            ("one_category", "everyone always gave the same answer", "todas las respuestas son iguales"),
            ("not_two_annotators", "needs exactly two people", "requiere exactamente dos personas"),
            ("not_numeric", "an answer is not a number", "una respuesta no es un número"),
            ("too_many_categories", "too many different answers", "demasiadas respuestas distintas"),
            ("no_spans", "no span was marked", "no se marcó ningún tramo"),
            ("per_region", "answers about spans are not compared", "las respuestas sobre tramos no se comparan"),
        ],
    )
}

/// What does not verify in a log.
pub fn problem(lang: Lang, code: &str) -> &str {
    word(
        lang,
        code,
        &[
            ("bad-signature", "the signature is wrong", "la firma es incorrecta"),
            ("broken-chain", "the chain is broken", "la cadena está rota"),
            ("bad-data-hash", "the body was changed", "el contenido fue alterado"),
            (
                "not-canonical",
                "an entry is not written in the one agreed form",
                "una entrada no está en la forma acordada",
            ),
            ("bad-encoding", "an entry is not proper text", "una entrada no es texto válido"),
            ("bad-json", "a line that is no entry", "una línea que no es una entrada"),
            (
                "bad-attribute",
                "an entry lacks a part or has a wrong one",
                "a una entrada le falta una parte o es incorrecta",
            ),
            ("bad-header", "the signature’s header is wrong", "la cabecera de la firma es incorrecta"),
            ("bad-data", "an entry says what its kind does not allow", "una entrada dice lo que su tipo no permite"),
            ("bad-body", "the body was changed", "el contenido fue alterado"),
            ("body-missing", "a body is missing", "falta un contenido"),
            ("wrong-project", "an entry of another project", "una entrada de otro proyecto"),
            ("wrong-source", "an entry of another key", "una entrada de otra clave"),
            ("equivocation", "two entries claim the same place", "dos entradas reclaman el mismo lugar"),
            ("clock-back", "the clock was set back", "el reloj se atrasó"),
            ("clock-suspect", "the time is in the future", "la hora está en el futuro"),
            ("not-authorised", "the key had no right to do this", "la clave no tenía permiso"),
            ("no-genesis", "the beginning is missing", "falta el comienzo"),
            ("entries-lost", "entries that were here are gone", "faltan entradas que estaban aquí"),
            ("rollback", "the log is shorter than it was", "el registro es más corto que antes"),
            ("unreadable", "an entry cannot be read", "una entrada no se puede leer"),
            ("too-large", "an entry is past the limit", "una entrada supera el límite"),
        ],
    )
}

/// The state of an endpoint.
pub fn sync_state(lang: Lang, code: &str) -> &str {
    word(
        lang,
        code,
        &[
            ("idle", "up to date", "al día"),
            ("working", "exchanging…", "intercambiando…"),
            ("waiting", "waiting to try again", "esperando para reintentar"),
            ("failed", "failed", "falló"),
            ("needs-credentials", "credentials are missing", "faltan credenciales"),
        ],
    )
}

/// Where a private key lives.
pub fn custody(lang: Lang, code: &str) -> &str {
    word(
        lang,
        code,
        &[
            (
                "webcrypto-nonextractable",
                "in the browser’s key store, not extractable",
                "en el almacén del navegador, no extraíble",
            ),
            ("software-wrapped", "in this page, encrypted at rest", "en esta página, cifrada en reposo"),
            ("file", "in a file", "en un archivo"),
        ],
    )
}

/// What this device cannot do.
pub fn warning(lang: Lang, code: &str) -> &str {
    word(
        lang,
        code,
        &[
            (
                "no-indexeddb",
                "This window keeps nothing: it has no storage (private mode?). Download your work before you close it.",
                "Esta ventana no guarda nada: no tiene almacenamiento (¿modo privado?). Descargue su trabajo antes de cerrarla.",
            ),
            (
                "database-lost",
                "The browser lost what it kept of this site. Get the work back from storage or from a project file.",
                "El navegador perdió lo que guardaba de este sitio. Recupere el trabajo del almacenamiento o de un archivo.",
            ),
            (
                "no-webcrypto",
                "The browser’s key store is not there; keys are held by this page.",
                "El almacén de claves del navegador no está; las claves están en esta página.",
            ),
            (
                "no-locks",
                "Open this project in one tab only: this browser cannot lock it.",
                "Abra el proyecto en una sola pestaña: este navegador no puede bloquearlo.",
            ),
            (
                "not-persistent",
                "The browser may clear this storage when the disk is full.",
                "El navegador puede borrar este almacenamiento si el disco se llena.",
            ),
        ],
    )
}

/// The name of a kind of personal data, from its code: `EMAIL_ADDRESS` becomes `email address`.
pub fn describe_entity(code: &str) -> String {
    code.replace('_', " ").to_lowercase()
}

/// The words of a reason for skipping: an offered code, a code with more to say, or free text.
pub fn skip_reason(lang: Lang, reason: &str) -> String {
    let (code, more) = reason.split_once(": ").unwrap_or((reason, ""));
    match super::SKIP_REASONS.iter().find(|(offered, _)| *offered == code) {
        Some((_, word)) if more.is_empty() => word.in_lang(lang).to_owned(),
        Some((_, word)) => format!("{}: {more}", word.in_lang(lang)),
        None => reason.to_owned(),
    }
}
