//! The CORS rule a browser needs from an endpoint, ready to paste.
//!
//! A browser shows a refused rule just like a refused connection, so the text is offered whenever an endpoint seems
//! unreachable from a page.

use crate::sync::Place;

/// The rule for pages of `page_origin` (`https://host[:port]`), in the form that the kind of endpoint takes: XML for a
/// bucket's CORS configuration, headers for a WebDAV server.
pub fn rule(place: &Place, page_origin: &str) -> String {
    match place {
        Place::S3 { .. } => format!(
            "<CORSConfiguration>\n  <CORSRule>\n    <AllowedOrigin>{page_origin}</AllowedOrigin>\n    \
             <AllowedMethod>GET</AllowedMethod>\n    <AllowedMethod>PUT</AllowedMethod>\n    \
             <AllowedMethod>DELETE</AllowedMethod>\n    <AllowedMethod>HEAD</AllowedMethod>\n    \
             <AllowedHeader>*</AllowedHeader>\n    <ExposeHeader>ETag</ExposeHeader>\n    \
             <ExposeHeader>Retry-After</ExposeHeader>\n    <MaxAgeSeconds>600</MaxAgeSeconds>\n  </CORSRule>\n\
             </CORSConfiguration>\n"
        ),
        Place::WebDav { .. } => format!(
            "Access-Control-Allow-Origin: {page_origin}\n\
             Access-Control-Allow-Methods: GET, PUT, DELETE, HEAD, PROPFIND, MKCOL, OPTIONS\n\
             Access-Control-Allow-Headers: authorization, content-type, depth\n\
             Access-Control-Expose-Headers: ETag, DAV, Retry-After\n\
             Access-Control-Max-Age: 600\n\
             (and answer OPTIONS without asking for credentials)\n"
        ),
    }
}
