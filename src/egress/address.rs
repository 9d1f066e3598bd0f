//! Addresses: which belong to the public network, after IANA's special-purpose registries.

use std::net::IpAddr;

use ipnet::{Ipv4Net, Ipv6Net};

const fn v4(a: u8, b: u8, c: u8, d: u8, prefix: u8) -> Ipv4Net {
    Ipv4Net::new_assert(std::net::Ipv4Addr::new(a, b, c, d), prefix)
}

const fn v6(a: u16, b: u16, prefix: u8) -> Ipv6Net {
    Ipv6Net::new_assert(std::net::Ipv6Addr::new(a, b, 0, 0, 0, 0, 0, 0), prefix)
}

/// What is not the public network's, though a few single addresses in it are.
const SPECIAL_V4: [Ipv4Net; 15] = [
    v4(0, 0, 0, 0, 8),       // this host, this network
    v4(10, 0, 0, 0, 8),      // private
    v4(100, 64, 0, 0, 10),   // behind a carrier's translation
    v4(127, 0, 0, 0, 8),     // loopback
    v4(169, 254, 0, 0, 16),  // link-local, and the metadata of clouds
    v4(172, 16, 0, 0, 12),   // private
    v4(192, 0, 0, 0, 24),    // protocol assignments
    v4(192, 0, 2, 0, 24),    // documentation
    v4(192, 88, 99, 0, 24),  // relays of 6to4
    v4(192, 168, 0, 0, 16),  // private
    v4(198, 18, 0, 0, 15),   // benchmarks
    v4(198, 51, 100, 0, 24), // documentation
    v4(203, 0, 113, 0, 24),  // documentation
    v4(224, 0, 0, 0, 4),     // multicast
    v4(240, 0, 0, 0, 4),     // reserved, and broadcast
];

/// All that is global unicast today. Outside of it are loopback, link-local, site-local,
/// unique-local, multicast, and the forms that hold an IPv4 address: mapped, compatible, NAT64.
const GLOBAL_V6: Ipv6Net = v6(0x2000, 0, 3);

const SPECIAL_V6: [Ipv6Net; 4] = [
    v6(0x2001, 0, 23),     // protocol assignments: Teredo, benchmarks, ORCHID
    v6(0x2001, 0xdb8, 32), // documentation
    v6(0x2002, 0, 16),     // 6to4, which holds an IPv4 address
    v6(0x3fff, 0, 20),     // documentation
];

/// Whether it is one that anybody on the public network could reach.
pub(super) fn is_global(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => !SPECIAL_V4.iter().any(|net| net.contains(&address)),
        IpAddr::V6(address) => {
            GLOBAL_V6.contains(&address) && !SPECIAL_V6.iter().any(|net| net.contains(&address))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::is_global;

    /// First and last of each kind, and the nearest neighbours that are global; none where what
    /// lies there is special, too.
    const KINDS: &[(&str, &str, &str, &[&str])] = &[
        ("this network", "0.0.0.0", "0.255.255.255", &["1.0.0.0"]),
        (
            "private",
            "10.0.0.0",
            "10.255.255.255",
            &["9.255.255.255", "11.0.0.0"],
        ),
        (
            "carrier",
            "100.64.0.0",
            "100.127.255.255",
            &["100.63.255.255", "100.128.0.0"],
        ),
        (
            "loopback",
            "127.0.0.0",
            "127.255.255.255",
            &["126.255.255.255", "128.0.0.0"],
        ),
        (
            "link",
            "169.254.0.0",
            "169.254.255.255",
            &["169.253.255.255", "169.255.0.0"],
        ),
        (
            "private",
            "172.16.0.0",
            "172.31.255.255",
            &["172.15.255.255", "172.32.0.0"],
        ),
        (
            "protocols",
            "192.0.0.0",
            "192.0.0.255",
            &["191.255.255.255", "192.0.1.0"],
        ),
        (
            "example",
            "192.0.2.0",
            "192.0.2.255",
            &["192.0.1.255", "192.0.3.0"],
        ),
        (
            "6to4",
            "192.88.99.0",
            "192.88.99.255",
            &["192.88.98.255", "192.88.100.0"],
        ),
        (
            "private",
            "192.168.0.0",
            "192.168.255.255",
            &["192.167.255.255", "192.169.0.0"],
        ),
        (
            "benchmark",
            "198.18.0.0",
            "198.19.255.255",
            &["198.17.255.255", "198.20.0.0"],
        ),
        (
            "example",
            "198.51.100.0",
            "198.51.100.255",
            &["198.51.99.255", "198.51.101.0"],
        ),
        (
            "example",
            "203.0.113.0",
            "203.0.113.255",
            &["203.0.112.255", "203.0.114.0"],
        ),
        (
            "multicast",
            "224.0.0.0",
            "239.255.255.255",
            &["223.255.255.255"],
        ),
        ("reserved", "240.0.0.0", "255.255.255.255", &[]),
        ("unspecified", "::", "::", &[]),
        ("loopback", "::1", "::1", &[]),
        ("compatible", "::8.8.8.8", "::8.8.8.8", &[]),
        ("mapped", "::ffff:0.0.0.0", "::ffff:255.255.255.255", &[]),
        ("translated", "::ffff:0:8.8.8.8", "::ffff:0:8.8.8.8", &[]),
        ("NAT64", "64:ff9b::", "64:ff9b::ffff:ffff", &[]),
        (
            "NAT64",
            "64:ff9b:1::",
            "64:ff9b:1:ffff:ffff:ffff:ffff:ffff",
            &[],
        ),
        ("discard", "100::", "100::ffff:ffff:ffff:ffff", &[]),
        ("below", "1fff:ffff::", "1fff:ffff::", &["2000::"]),
        ("Teredo", "2001::", "2001:0:ffff:ffff::", &["2000:ffff::"]),
        ("protocols", "2001:1::", "2001:1ff:ffff::", &["2001:200::"]),
        (
            "example",
            "2001:db8::",
            "2001:db8:ffff::",
            &["2001:db7::", "2001:db9::"],
        ),
        ("6to4", "2002::", "2002:ffff::", &["2001:ffff::", "2003::"]),
        (
            "example",
            "3fff::",
            "3fff:fff:ffff::",
            &["3ffe::", "3fff:1000::"],
        ),
        ("above", "4000::", "5f00::1", &["3fff:ffff::"]),
        ("unique-local", "fc00::", "fdff:ffff::", &[]),
        ("link-local", "fe80::", "febf:ffff::", &[]),
        ("site-local", "fec0::", "feff:ffff::", &[]),
        ("multicast", "ff00::", "ffff:ffff::", &[]),
    ];

    #[test]
    fn every_special_kind_is_refused_beside_neighbours_that_are_not() {
        let global = |text: &str| is_global(text.parse().expect(text));
        for (kind, first, last, neighbours) in KINDS {
            assert!(!global(first), "{kind}: {first}");
            assert!(!global(last), "{kind}: {last}");
            for neighbour in *neighbours {
                assert!(global(neighbour), "beside {kind}: {neighbour}");
            }
        }
        for anybody in ["8.8.8.8", "2606:4700::1111", "2a00:1450::200e"] {
            assert!(global(anybody), "{anybody}");
        }
    }

    #[test]
    fn what_holds_an_ipv4_address_is_never_taken_for_an_ipv6_one() {
        for form in [
            "::10.0.0.1",
            "::ffff:10.0.0.1",
            "::ffff:8.8.8.8",
            "64:ff9b::10.0.0.1",
            "64:ff9b:1::10.0.0.1",
            "2001:0:a00:1::f5ff:fffe",
            "2002:a00:1::1",
        ] {
            assert!(!is_global(form.parse().expect(form)), "{form}");
        }
    }
}
