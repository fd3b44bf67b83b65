//! Top-level domains, in two classes. Source: the IANA root zone database, as far as it is in common use.

/// Ends that make a bare `name.end` a host name: nothing else is usually written so.
const STRONG: &str = " com org net edu gov mil int biz io ai dev xyz online website tech club blog cloud agency academy museum travel mobi asia onion eu \
uk de fr nl ch se pl cz sk hu ro bg gr hr si lt lv ee fi dk pt ie lu mt cy ru ua by kz tr il ae sa eg ma tn za ng ke gh \
cn jp kr tw hk sg th vn ph au nz ca br ar cl mx pe uy ve ec bo pk lk np ir iq jo kw qa om bh ge az uz tv ";

/// Ends that are also words, file name endings or fields in programs: they need more of a URL around them.
const WEAK: &str = " in it is at as me my no to be us do am so es la co cc ws fm gg gl ac ad af ag al ao aq aw ax ba bb bd \
bf bi bj bm bn bs bt bv bw bz cd cf cg ci ck cm cr cu cv cw cx dj dm dz er et fj fk fo ga gd gf gi gm gn gp gq gs gt \
gu gw gy hm hn ht id im je jm kg kh ki km kn kp ky lb lc li lr ls ly mc md mg mh mk ml mm mn mo mp mq mr ms mu mv mw mz \
na nc ne nf ni nr nu pa pf pg pm pn pr ps pw py re rs rw sb sc sd sh sj sl sm sn sr ss st su sv sx sy sz tc td tf tg tj \
tk tl tm tt tz ug va vc vg vi vu wf ye yt zm zw md info name email post tel cat jobs pro store shop site app link live \
world group space page works news media studio design digital life today center company solutions services systems \
support network team zone global expert guru photos photography finance fund money bank insurance law legal health care \
clinic dental fitness school university college education city london paris berlin nyc tokyo amsterdam wien vlaanderen \
xn--p1ai moe art bio fun icu top vip win work wtf ";

/// How much an end says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tld {
    /// Enough by itself.
    Strong,
    /// Not without more.
    Weak,
}

/// The class of a label, in whatever case, or nothing if it is no known end.
pub fn class(label: &[u8]) -> Option<Tld> {
    let mut word = [b' '; 14];
    let room = word.get_mut(1..=label.len()).filter(|_| (2..=12).contains(&label.len()))?;
    for (to, from) in room.iter_mut().zip(label) {
        *to = from.to_ascii_lowercase();
    }
    let word = std::str::from_utf8(word.get(..label.len() + 2)?).ok()?;
    if STRONG.contains(word) {
        Some(Tld::Strong)
    } else if WEAK.contains(word) {
        Some(Tld::Weak)
    } else {
        None
    }
}
