//! The address a request really comes from: what limits count by and the audit trail names.
//!
//! `X-Forwarded-For` is written by whoever speaks, so it is read from the right, and only as
//! far as the speaker is a proxy the operator listed. With none listed it is never read.

use std::net::{IpAddr, Ipv6Addr, SocketAddr};

use axum::http::HeaderMap;
use ipnet::IpNet;

const FORWARDED_FOR: &str = "x-forwarded-for";

/// The right-most hop that is not a trusted proxy.
pub(crate) fn client_ip(peer: IpAddr, headers: &HeaderMap, trusted: &[IpNet]) -> IpAddr {
    let mut client = peer.to_canonical();
    for hop in hops_from_the_right(headers) {
        if !trusted.iter().any(|network| network.contains(&client)) {
            break;
        }
        // A trusted proxy that passed on garbage is the last hop anyone vouches for.
        let Some(ip) = hop else { break };
        client = ip;
    }
    client
}

/// What one customer of a network provider holds: a whole /64 in IPv6, one address in IPv4.
/// Counting single IPv6 addresses would give each caller 2^64 allowances.
pub(crate) fn network_of(ip: IpAddr) -> IpAddr {
    match ip {
        IpAddr::V4(_) => ip,
        IpAddr::V6(v6) => {
            let [a, b, c, d, ..] = v6.segments();
            IpAddr::V6(Ipv6Addr::new(a, b, c, d, 0, 0, 0, 0))
        }
    }
}

/// Several headers are one list, in the order they arrived (RFC 9110 §5.3).
fn hops_from_the_right(headers: &HeaderMap) -> impl Iterator<Item = Option<IpAddr>> {
    headers
        .get_all(FORWARDED_FOR)
        .iter()
        .rev()
        .flat_map(|value| value.as_bytes().rsplit(|&byte| byte == b','))
        .map(|hop| parse_hop(str::from_utf8(hop).ok()?))
}

/// Proxies write `1.2.3.4`, `1.2.3.4:56`, `::1`, `[::1]` or `[::1]:56`.
fn parse_hop(hop: &str) -> Option<IpAddr> {
    let hop = hop.trim_matches([' ', '\t']);
    let bare = hop
        .strip_prefix('[')
        .and_then(|rest| rest.strip_suffix(']'));
    hop.parse::<IpAddr>()
        .ok()
        .or_else(|| hop.parse::<SocketAddr>().ok().map(|address| address.ip()))
        .or_else(|| bare?.parse::<Ipv6Addr>().ok().map(IpAddr::V6))
        .map(|ip| ip.to_canonical())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn client(peer: &str, forwarded: &[&str], trusted: &[&str]) -> String {
        let mut headers = HeaderMap::new();
        for value in forwarded {
            headers.append(FORWARDED_FOR, value.parse().expect("a header value"));
        }
        let trusted: Vec<IpNet> = trusted
            .iter()
            .map(|net| net.parse().expect("CIDR"))
            .collect();
        client_ip(peer.parse().expect("an address"), &headers, &trusted).to_string()
    }

    #[test]
    fn nobody_is_believed_when_no_proxy_is_trusted() {
        assert_eq!(client("203.0.113.9", &["1.1.1.1"], &[]), "203.0.113.9");
        assert_eq!(
            client("203.0.113.9", &["1.1.1.1"], &["10.0.0.0/8"]),
            "203.0.113.9"
        );
    }

    #[test]
    fn the_client_is_the_right_most_hop_that_is_not_ours() {
        let ours = ["10.0.0.0/8", "fd00::/8"];
        assert_eq!(
            client("10.0.0.1", &["6.6.6.6, 198.51.100.7"], &ours),
            "198.51.100.7"
        );
        assert_eq!(
            client("10.0.0.1", &["198.51.100.7, 10.0.0.2"], &ours),
            "198.51.100.7"
        );
        assert_eq!(
            client("10.0.0.1", &["6.6.6.6", "198.51.100.7,fd00::2"], &ours),
            "198.51.100.7"
        );
        assert_eq!(
            client("10.0.0.1", &["10.0.0.3, 10.0.0.2"], &ours),
            "10.0.0.3"
        );
        assert_eq!(client("10.0.0.1", &[], &ours), "10.0.0.1");
    }

    #[test]
    fn ports_brackets_and_mapped_addresses_are_understood() {
        let ours = ["127.0.0.0/8"];
        for (hop, address) in [
            ("198.51.100.7:4711", "198.51.100.7"),
            ("2001:db8::1", "2001:db8::1"),
            ("[2001:db8::1]", "2001:db8::1"),
            ("[2001:db8::1]:4711", "2001:db8::1"),
            ("::ffff:198.51.100.7", "198.51.100.7"),
            ("\t198.51.100.7 ", "198.51.100.7"),
        ] {
            assert_eq!(client("127.0.0.1", &[hop], &ours), address, "{hop}");
        }
        assert_eq!(
            client("::ffff:127.0.0.1", &["198.51.100.7"], &ours),
            "198.51.100.7"
        );
    }

    #[test]
    fn garbage_ends_the_walk_at_the_last_hop_vouched_for() {
        let ours = ["10.0.0.0/8"];
        for garbage in [
            "",
            "unknown",
            "_hidden",
            "1.2.3",
            "1.2.3.4.5",
            "[10.0.0.9",
            "fe80::1%eth0",
        ] {
            let list = format!("198.51.100.7, {garbage}, 10.0.0.2");
            assert_eq!(client("10.0.0.1", &[&list], &ours), "10.0.0.2", "{garbage}");
        }
    }

    #[test]
    fn an_ipv6_customer_is_a_network_not_an_address() {
        let of = |ip: &str| network_of(ip.parse().expect("an address")).to_string();
        assert_eq!(of("2001:db8:1:2:3:4:5:6"), "2001:db8:1:2::");
        assert_eq!(of("198.51.100.7"), "198.51.100.7");
    }
}
