//! Dates and times. See [`super`] for what a row says.

use super::{Rule, row};
use crate::privacy::recognize::check;

pub(super) const RULES: &[Rule] = &[
    row(
        "DATE_TIME",
        "",
        &[
            ("####[-/.]#{1,2}[-/.]#{1,2}", 70),
            ("#{1,2}[-/.]#{1,2}[-/.]####", 70),
            ("#{1,2}[-/]#{1,2}[-/]##", 62),
            ("#{1,2}[.]#{1,2}[.]##", 52),
            ("#{1,2}[/]####", 52),
        ],
        check::date,
        70,
        "date|birthday|born|dob|fecha|datum|geboren|ne le|nacimiento|expires|expiry|today",
    ),
    row(
        "DATE_TIME",
        "",
        &[("#{1,2}[/]##", 30)],
        check::date,
        30,
        "date|birthday|born|dob|fecha|datum|today|expires|expiry|exp|on|since|until|due",
    ),
    row(
        "DATE_TIME",
        "",
        &[
            ("####-##-##[T ]##:##(:##(.#{1,9})?)?(Z| ?[-+]##:?##)?", 85),
            ("#{1,2}/#{1,2}/#{2,4},? #{1,2}:##(:##)?( ?[AP]M)?", 85),
        ],
        check::sure,
        85,
        "",
    ),
    row(
        "DATE_TIME",
        "en",
        &[
            (
                "(JAN(UARY)?|FEB(RUARY)?|MAR(CH)?|APR(IL)?|JUNE?|JULY?|AUG(UST)?|SEPT?(EMBER)?|OCT(OBER)?|NOV(EMBER)?|DEC(EMBER)?|MAY)[.]? #{1,2}(ST|ND|RD|TH)?(,? ####)?",
                80,
            ),
            (
                "(JAN(UARY)?|FEB(RUARY)?|MAR(CH)?|APR(IL)?|JUNE?|JULY?|AUG(UST)?|SEPT?(EMBER)?|OCT(OBER)?|NOV(EMBER)?|DEC(EMBER)?|MAY)[.]?,? ####",
                75,
            ),
            (
                "#{1,2}(ST|ND|RD|TH)?( OF)? (JAN(UARY)?|FEB(RUARY)?|MAR(CH)?|APR(IL)?|JUNE?|JULY?|AUG(UST)?|SEPT?(EMBER)?|OCT(OBER)?|NOV(EMBER)?|DEC(EMBER)?|MAY)(,? ####)?",
                80,
            ),
            ("(JAN|FEB|MAR|APR|MAY|JUN|JUL|AUG|SEP|OCT|NOV|DEC)-#{2,4}", 62),
            ("#{1,2}-(JAN|FEB|MAR|APR|MAY|JUN|JUL|AUG|SEP|OCT|NOV|DEC)(-#{2,4})?", 70),
        ],
        check::sure,
        80,
        "",
    ),
    row(
        "DATE_TIME",
        "en",
        &[
            ("((MON|TUES|WEDNES|THURS|FRI|SATUR|SUN)DAY)", 58),
            (
                "((MON|TUES|WEDNES|THURS|FRI|SATUR|SUN)DAY),? (JAN(UARY)?|FEB(RUARY)?|MAR(CH)?|APR(IL)?|JUNE?|JULY?|AUG(UST)?|SEPT?(EMBER)?|OCT(OBER)?|NOV(EMBER)?|DEC(EMBER)?|MAY) #{1,2}(ST|ND|RD|TH)?(,? ####)?",
                84,
            ),
        ],
        check::sure,
        58,
        "",
    ),
    row(
        "DATE_TIME",
        "es",
        &[
            (
                "#{1,2} (DE )?(ENERO|FEBRERO|MARZO|ABRIL|MAYO|JUNIO|JULIO|AGOSTO|SEPTIEMBRE|OCTUBRE|NOVIEMBRE|DICIEMBRE)( (DEL? )?####)?",
                80,
            ),
            (
                "(ENERO|FEBRERO|MARZO|ABRIL|MAYO|JUNIO|JULIO|AGOSTO|SEPTIEMBRE|OCTUBRE|NOVIEMBRE|DICIEMBRE) (DEL? )?####",
                78,
            ),
        ],
        check::sure,
        80,
        "",
    ),
    row(
        "DATE_TIME",
        "de",
        &[(
            "#{1,2}[.] ?(JANUAR|FEBRUAR|MARZ|APRIL|MAI|JUNI|JULI|AUGUST|SEPTEMBER|OKTOBER|NOVEMBER|DEZEMBER)( ####)?",
            80,
        )],
        check::sure,
        80,
        "",
    ),
    row(
        "DATE_TIME",
        "fr",
        &[(
            "(1ER|#{1,2}) (JANVIER|FEVRIER|MARS|AVRIL|MAI|JUIN|JUILLET|AOUT|SEPTEMBRE|OCTOBRE|NOVEMBRE|DECEMBRE)( ####)?",
            80,
        )],
        check::sure,
        80,
        "",
    ),
];
