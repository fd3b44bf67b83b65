//! The CORS rule a browser needs from an endpoint, ready to paste.
//!
//! A browser shows a refused rule just like a refused connection, so the text is offered whenever an endpoint seems
//! unreachable from a page. What a page asks for is listed here once, for the rules and for the connection check.

use crate::sync::Place;

/// Methods that a page uses at a kind of endpoint, besides `OPTIONS`.
pub fn methods(place: &Place) -> &'static [&'static str] {
    match place {
        Place::WebDav { .. } => &["GET", "PUT", "DELETE", "HEAD", "PROPFIND", "MKCOL"],
        Place::S3 { .. } | Place::Azure { .. } | Place::Template { .. } => &["GET", "PUT", "DELETE", "HEAD"],
        Place::Rows { .. } => &["GET", "POST", "DELETE"],
        Place::Webhook { .. } => &["POST"],
        Place::Folder { .. } => &[],
    }
}

/// Headers that a page sends and a browser asks for leave to send, in lower case.
pub fn request_headers(place: &Place) -> &'static [&'static str] {
    match place {
        Place::S3 { .. } => &["authorization", "content-type", "x-amz-content-sha256", "x-amz-date"],
        Place::WebDav { .. } => &["authorization", "content-type", "depth"],
        Place::Azure { .. } => &["content-type", "x-ms-blob-type"],
        Place::Template { .. } => &["content-type"],
        Place::Rows { .. } => &["authorization", "content-type", "prefer"],
        Place::Webhook { .. } => {
            &["authorization", "content-type", "webhook-id", "webhook-signature", "webhook-timestamp"]
        }
        Place::Folder { .. } => &[],
    }
}

/// Headers that a page reads and a browser hides unless they are exposed.
pub const EXPOSED: [&str; 2] = ["ETag", "Retry-After"];

/// How long a browser may remember the rule, seconds.
const MAX_AGE_S: u32 = 600;

/// The rule for pages of `page_origin` (`https://host[:port]`), in the forms that the kind of endpoint takes: XML for
/// a bucket or a container, lines for nginx and Apache for what a web server answers. Empty for a folder.
pub fn rule(place: &Place, page_origin: &str) -> String {
    match place {
        Place::S3 { .. } => s3(place, page_origin),
        Place::Azure { .. } => azure(place, page_origin),
        Place::Folder { .. } => String::new(),
        _ => format!("# nginx\n{}# Apache\n{}", nginx(place, page_origin), apache(place, page_origin)),
    }
}

fn s3(place: &Place, page_origin: &str) -> String {
    let methods: String = methods(place).iter().map(|m| format!("    <AllowedMethod>{m}</AllowedMethod>\n")).collect();
    let exposed: String = EXPOSED.iter().map(|h| format!("    <ExposeHeader>{h}</ExposeHeader>\n")).collect();
    format!(
        "<CORSConfiguration>\n  <CORSRule>\n    <AllowedOrigin>{page_origin}</AllowedOrigin>\n{methods}    \
         <AllowedHeader>*</AllowedHeader>\n{exposed}    <MaxAgeSeconds>{MAX_AGE_S}</MaxAgeSeconds>\n  </CORSRule>\n\
         </CORSConfiguration>\n"
    )
}

/// The body of "Set Blob Service Properties", with no other property touched.
fn azure(place: &Place, page_origin: &str) -> String {
    let (methods, exposed) = (methods(place).join(","), EXPOSED.join(","));
    format!(
        "<?xml version=\"1.0\" encoding=\"utf-8\"?>\n<StorageServiceProperties>\n  <Cors>\n    <CorsRule>\n      \
         <AllowedOrigins>{page_origin}</AllowedOrigins>\n      <AllowedMethods>{methods},OPTIONS</AllowedMethods>\n      \
         <AllowedHeaders>*</AllowedHeaders>\n      <ExposedHeaders>{exposed}</ExposedHeaders>\n      \
         <MaxAgeInSeconds>{MAX_AGE_S}</MaxAgeInSeconds>\n    </CorsRule>\n  </Cors>\n</StorageServiceProperties>\n"
    )
}

fn allowed(place: &Place, page_origin: &str) -> [(&'static str, String); 5] {
    [
        ("Access-Control-Allow-Origin", page_origin.to_owned()),
        ("Access-Control-Allow-Methods", format!("{}, OPTIONS", methods(place).join(", "))),
        ("Access-Control-Allow-Headers", request_headers(place).join(", ")),
        ("Access-Control-Expose-Headers", EXPOSED.join(", ")),
        ("Access-Control-Max-Age", MAX_AGE_S.to_string()),
    ]
}

fn nginx(place: &Place, page_origin: &str) -> String {
    let lines = allowed(place, page_origin).map(|(name, value)| format!("add_header {name} \"{value}\" always;\n"));
    format!("{}if ($request_method = OPTIONS) {{ return 204; }}\n", lines.concat())
}

fn apache(place: &Place, page_origin: &str) -> String {
    let lines = allowed(place, page_origin).map(|(name, value)| format!("Header always set {name} \"{value}\"\n"));
    format!(
        "{}RewriteEngine On\nRewriteCond %{{REQUEST_METHOD}} OPTIONS\nRewriteRule .* - [R=204,L]\n# and, where a login is \
         asked for: <RequireAny> Require method OPTIONS, Require valid-user </RequireAny>\n",
        lines.concat()
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rules_are_whole() {
        let page = "https://label.example.org";
        let url = || "https://h.example.org/x".to_owned();
        for place in [
            Place::S3 { endpoint: url(), bucket: "b".into(), region: "r".into(), virtual_host: false },
            Place::WebDav { url: url() },
            Place::Azure { url: url() },
            Place::Template { url: url() },
            Place::Rows { url: url() },
            Place::Webhook { url: url(), mode: Default::default() },
        ] {
            let rule = rule(&place, page);
            let all = [page, "ETag", "Retry-After", "600"];
            for part in all.iter().chain(methods(&place)) {
                assert!(rule.contains(part), "{part} in {rule}");
            }
            let any_header = rule.contains("<AllowedHeader>*<") || rule.contains("<AllowedHeaders>*<");
            assert!(any_header || request_headers(&place).iter().all(|h| rule.contains(h)), "{rule}");
            if rule.starts_with('<') {
                assert!(roxmltree::Document::parse(&rule).is_ok(), "{rule}");
            }
        }
    }
}
