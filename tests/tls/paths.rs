//! Paths from a server's certificate to a trusted one, of which most are no good.
//!
//! A graph of authorities is drawn; all paths but one are spoilt in one way, and the certificates are sent
//! in many orders. The client must find the path that is left, and none where none is.

use std::time::Instant;

use openssl::hash::MessageDigest;
use openssl::x509::X509;
use wdsocket::constants::*;
use wdsocket::error::{Code, Error};
use wdsocket::tls::TlsOptions;

use crate::pki::{self, Certified, DAY, Folder, Wish};
use crate::plain;
use crate::zoo::says;

/// What makes a certificate useless for a path.
#[derive(Clone, Copy, Debug)]
enum Flaw {
    Expired,
    NotYetValid,
    ExcludesTheName,
    PermitsAnother,
    ForClientsOnly,
    Sha1,
    NoBasicConstraints,
    NoAuthority,
    MayNotSign,
    NothingBelow,
    UnknownCriticalExtension,
    SignedByAnother,
}

const FLAWS: [Flaw; 12] = [
    Flaw::Expired,
    Flaw::NotYetValid,
    Flaw::ExcludesTheName,
    Flaw::PermitsAnother,
    Flaw::ForClientsOnly,
    Flaw::Sha1,
    Flaw::NoBasicConstraints,
    Flaw::NoAuthority,
    Flaw::MayNotSign,
    Flaw::NothingBelow,
    Flaw::UnknownCriticalExtension,
    Flaw::SignedByAnother,
];

/// An authority: a name and a key, which any number of others may certify.
struct Authority {
    wish: Wish,
    own: Certified,
}

fn named(name: &str) -> Authority {
    let wish = pki::authority(name);
    Authority {
        own: wish.issue(None),
        wish,
    }
}

impl Authority {
    /// A certificate that another authority gives to this one.
    fn certified_by(&self, issuer: &Authority, flaw: Option<Flaw>) -> X509 {
        let mut wish = self.wish.clone();
        let mut signer = issuer.own.clone();
        match flaw {
            None => {}
            Some(Flaw::Expired) => (wish.from, wish.until) = (-9 * DAY, -DAY),
            Some(Flaw::NotYetValid) => wish.from = DAY,
            Some(Flaw::ExcludesTheName) => {
                wish.name_constraints = Some("critical,excluded;DNS:till.example".into());
            }
            Some(Flaw::PermitsAnother) => {
                wish.name_constraints = Some("critical,permitted;DNS:bank.example".into());
            }
            Some(Flaw::ForClientsOnly) => wish.extended_key_usage = Some("clientAuth".into()),
            Some(Flaw::Sha1) => wish.digest = MessageDigest::sha1,
            Some(Flaw::NoBasicConstraints) => wish.basic_constraints = None,
            Some(Flaw::NoAuthority) => wish.basic_constraints = Some("critical,CA:FALSE".into()),
            Some(Flaw::MayNotSign) => wish.key_usage = Some("critical,digitalSignature".into()),
            Some(Flaw::NothingBelow) => {
                // Where only the server's certificate is below, this is no flaw: see `is_one`.
                wish.basic_constraints = Some("critical,CA:TRUE,pathlen:0".into());
            }
            Some(Flaw::UnknownCriticalExtension) => wish.unknown_extension = true,
            Some(Flaw::SignedByAnother) => signer.key = pki::ec(),
        }
        wish.certify(&self.own.key, Some(&signer)).certificate
    }
}

/// Who certifies whom: (subject, issuer), by number. The server's own is certified by number 0.
struct Graph {
    name: &'static str,
    authorities: usize,
    edges: &'static [(usize, usize)],
    /// Those that are trusted, one after the other.
    roots: &'static [usize],
}

const GRAPHS: [Graph; 7] = [
    Graph {
        name: "cross-signed by two roots",
        authorities: 3,
        edges: &[(0, 1), (0, 2)],
        roots: &[1, 2],
    },
    Graph {
        name: "two certificates by the same root",
        authorities: 2,
        edges: &[(0, 1), (0, 1)],
        roots: &[1],
    },
    Graph {
        name: "two intermediates, the upper one cross-signed",
        authorities: 4,
        edges: &[(0, 1), (1, 2), (1, 3)],
        roots: &[2, 3],
    },
    Graph {
        name: "a new root, certified by the old one",
        authorities: 3,
        edges: &[(0, 1), (1, 2)],
        roots: &[1, 2],
    },
    Graph {
        name: "two ways to one root",
        authorities: 4,
        edges: &[(0, 1), (0, 2), (1, 3), (2, 3)],
        roots: &[3],
    },
    Graph {
        name: "a bridge between three authorities, each certified by it and certifying it",
        authorities: 5,
        edges: &[(0, 1), (1, 4), (4, 1), (4, 2), (2, 4), (4, 3), (3, 4)],
        roots: &[1, 2, 3],
    },
    Graph {
        name: "four authorities that all certify each other",
        authorities: 5,
        edges: &[
            (0, 1),
            (0, 2),
            (1, 2),
            (2, 1),
            (1, 3),
            (3, 1),
            (2, 3),
            (3, 2),
            (1, 4),
            (2, 4),
            (3, 4),
            (4, 1),
        ],
        roots: &[4, 3],
    },
];

/// Numbers that look like chance, the same in every run.
struct Chance(u64);

impl Chance {
    fn below(&mut self, most: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 % most as u64).unwrap()
    }

    fn shuffle<T>(&mut self, list: &mut [T]) {
        for i in (1..list.len()).rev() {
            list.swap(i, self.below(i + 1));
        }
    }
}

/// The edges of each path from the server's issuer to `root` that meets no authority twice.
fn paths(graph: &Graph, root: usize) -> Vec<Vec<usize>> {
    fn walk(
        graph: &Graph,
        at: usize,
        root: usize,
        seen: &mut Vec<usize>,
        path: &mut Vec<usize>,
    ) -> Vec<Vec<usize>> {
        if at == root {
            return vec![path.clone()];
        }
        let mut found = Vec::new();
        for (edge, &(subject, issuer)) in graph.edges.iter().enumerate() {
            if subject != at || seen.contains(&issuer) {
                continue;
            }
            seen.push(issuer);
            path.push(edge);
            found.extend(walk(graph, issuer, root, seen, path));
            path.pop();
            seen.pop();
        }
        found
    }
    walk(graph, 0, root, &mut vec![0], &mut Vec::new())
}

/// Whether the flaw spoils a certificate that has this one's place in the graph: a limit of length does
/// not where nothing but the server's certificate is below.
fn spoils(flaw: Flaw, subject: usize) -> bool {
    !(matches!(flaw, Flaw::NothingBelow) && subject == 0)
}

struct Trial {
    folder: Folder,
    leaf: Certified,
    root: X509,
}

impl Trial {
    fn new(authorities: &[Authority], root: usize) -> Trial {
        Trial {
            folder: Folder::new(),
            leaf: pki::server().issue(Some(&authorities[0].own)),
            root: authorities[root].own.certificate.clone(),
        }
    }

    /// What a client says that trusts the root alone.
    fn judge(&self, sent: &[X509], strict: bool) -> Result<(), Error> {
        let client = TlsOptions {
            ca_file: self.folder.file("root.pem", self.root.to_pem().unwrap()),
            system_roots: false,
            strict,
            ..TlsOptions::default()
        };
        plain::connect(&client, "till.example", &plain::showing(&self.leaf, sent)).map(drop)
    }
}

#[test]
fn the_path_that_is_in_order_is_found_among_others() {
    let mut chance = Chance(88_172_645_463_325_252);
    let (mut tried, mut wrong) = (0, Vec::new());
    for graph in &GRAPHS {
        let authorities: Vec<Authority> = (0..graph.authorities)
            .map(|i| named(&format!("Authority {i}")))
            .collect();
        for &root in graph.roots {
            let trial = Trial::new(&authorities, root);
            for good in paths(graph, root) {
                for flaw in FLAWS {
                    let mut sent: Vec<X509> = Vec::new();
                    for (edge, &(subject, issuer)) in graph.edges.iter().enumerate() {
                        let spoilt = !good.contains(&edge) && spoils(flaw, subject);
                        let flaw = spoilt.then_some(flaw);
                        sent.push(authorities[subject].certified_by(&authorities[issuer], flaw));
                    }
                    // Others send their roots as well, trusted or not.
                    sent.extend(
                        graph
                            .roots
                            .iter()
                            .map(|&i| authorities[i].own.certificate.clone()),
                    );
                    for order in 0..3 {
                        match order {
                            0 => {}
                            1 => sent.reverse(),
                            _ => chance.shuffle(&mut sent),
                        }
                        for strict in [false, true] {
                            tried += 1;
                            if let Err(e) = trial.judge(&sent, strict) {
                                wrong.push(format!(
                                    "{}, {flaw:?}, order {order}, strict {strict}: {e}",
                                    graph.name
                                ));
                            }
                        }
                    }
                }
            }
        }
    }
    assert!(
        wrong.is_empty(),
        "{} of {tried}:\n{}",
        wrong.len(),
        wrong.join("\n")
    );
    assert!(tried > 1000, "{tried}");
    println!("{tried} chains");
}

#[test]
fn no_path_is_found_where_none_is_in_order() {
    let (mut tried, mut wrong) = (0, Vec::new());
    for graph in &GRAPHS {
        let authorities: Vec<Authority> = (0..graph.authorities)
            .map(|i| named(&format!("Authority {i}")))
            .collect();
        for &root in graph.roots {
            let trial = Trial::new(&authorities, root);
            for flaw in FLAWS {
                // Every certificate of the server's issuer and of the root is spoilt, so that each path is.
                if graph
                    .edges
                    .iter()
                    .any(|&(subject, _)| subject == 0 && !spoils(flaw, subject))
                {
                    continue;
                }
                let sent: Vec<X509> = graph
                    .edges
                    .iter()
                    .map(|&(subject, issuer)| {
                        let flaw = (subject == 0).then_some(flaw);
                        authorities[subject].certified_by(&authorities[issuer], flaw)
                    })
                    .collect();
                for strict in [false, true] {
                    tried += 1;
                    match trial.judge(&sent, strict) {
                        Ok(()) => wrong.push(format!("{}, {flaw:?}: accepted", graph.name)),
                        Err(e) if e.code != Code::TlsCertificate => wrong.push(e.to_string()),
                        Err(_) => {}
                    }
                }
            }
        }
    }
    assert!(
        wrong.is_empty(),
        "{} of {tried}:\n{}",
        wrong.len(),
        wrong.join("\n")
    );
    assert!(tried > 100, "{tried}");
}

#[test]
fn of_two_authorities_with_one_name_the_right_one_is_taken() {
    // An authority of one's own that was made anew: the same name, another key, and no key identifiers.
    let wish = Wish {
        key_identifiers: false,
        ..pki::authority("Shop CA")
    };
    let (old, new) = (wish.issue(None), wish.issue(None));
    let folder = Folder::new();
    for (one, other) in [(&old, &new), (&new, &old)] {
        let both = [one.pem(), other.pem()].concat();
        let client = TlsOptions {
            ca_file: folder.file("both.pem", both),
            system_roots: false,
            ..TlsOptions::default()
        };
        for issuer in [&old, &new] {
            let leaf = Wish {
                key_identifiers: false,
                ..pki::server()
            }
            .issue(Some(issuer));
            plain::connect(&client, "till.example", &plain::showing(&leaf, &[])).unwrap();
        }
        let stranger = Wish {
            key_identifiers: false,
            ..pki::server()
        }
        .issue(Some(&wish.issue(None)));
        let server = plain::showing(&stranger, &[]);
        let e = plain::connect(&client, "till.example", &server)
            .err()
            .unwrap();
        assert_eq!(e.code, Code::TlsCertificate);
        says(&e, &["CN=Shop CA", "was made anew", "SSLCaFile"]);
    }
}

#[test]
fn a_trusted_intermediate_is_found_beside_an_expired_one() {
    let (root, middle) = (named("Shop Root"), named("Shop Issuer"));
    let good = middle.certified_by(&root, None);
    let expired = middle.certified_by(&root, Some(Flaw::Expired));
    let leaf = pki::server().issue(Some(&middle.own));
    let folder = Folder::new();
    for strict in [false, true] {
        let client = TlsOptions {
            ca_file: folder.file("middle.pem", good.to_pem().unwrap()),
            system_roots: false,
            strict,
            ..TlsOptions::default()
        };
        for sent in [
            vec![expired.clone()],
            vec![good.clone(), expired.clone()],
            vec![],
        ] {
            plain::connect(&client, "till.example", &plain::showing(&leaf, &sent)).unwrap();
        }
    }
}

#[test]
fn the_first_refusal_is_told_where_no_other_path_helps() {
    let (root, other, middle) = (
        named("Shop Root"),
        named("Other Root"),
        named("Shop Issuer"),
    );
    let trial = Trial {
        folder: Folder::new(),
        leaf: pki::server().issue(Some(&middle.own)),
        root: root.own.certificate.clone(),
    };
    let sent = [
        middle.certified_by(&root, Some(Flaw::Expired)),
        middle.certified_by(&other, None),
        other.own.certificate.clone(),
    ];
    let e = trial.judge(&sent[..1], false).unwrap_err();
    says(&e, &["expired on", "CN=Shop Issuer", "depth 1"]);
    trial.judge(&sent, false).unwrap_err();
}

#[test]
fn a_peer_that_sends_a_maze_is_refused_soon() {
    // Every authority certifies every other: the paths are without number, and none leads to the root.
    const AUTHORITIES: usize = 16;
    let authorities: Vec<Authority> = (0..AUTHORITIES)
        .map(|i| named(&format!("Authority {i}")))
        .collect();
    let mut sent = Vec::new();
    for subject in &authorities {
        for issuer in &authorities {
            if !std::ptr::eq(subject, issuer) {
                sent.push(subject.certified_by(issuer, None));
            }
        }
    }
    let root = named("Shop Root");
    // And the same where each path ends at the root, but with a limit that all of them break.
    let cut = Wish {
        basic_constraints: Some("critical,CA:TRUE,pathlen:0".into()),
        ..pki::authority("Shop Root")
    }
    .certify(&root.own.key, None);
    let mut to_the_root = sent.clone();
    to_the_root.extend(authorities[1..].iter().map(|a| a.certified_by(&root, None)));
    for (trusted, sent) in [(&root.own, &sent), (&cut, &to_the_root)] {
        let trial = Trial {
            folder: Folder::new(),
            leaf: pki::server().issue(Some(&authorities[0].own)),
            root: trusted.certificate.clone(),
        };
        let start = Instant::now();
        trial.judge(sent, false).unwrap_err();
        assert!(start.elapsed().as_secs() < 5, "{:?}", start.elapsed());
        println!("refused after {:?}", start.elapsed());
    }
}

#[test]
fn clients_chains_are_followed_as_servers_are() {
    let (root, middle) = (named("Shop Root"), named("Shop Issuer"));
    let folder = Folder::new();
    let client = pki::client("till 7").issue(Some(&middle.own));
    let mut shown = client.pem();
    for flaw in [
        Some(Flaw::ForClientsOnly),
        Some(Flaw::Expired),
        Some(Flaw::PermitsAnother),
        None,
    ] {
        shown.extend(middle.certified_by(&root, flaw).to_pem().unwrap());
    }
    shown.extend(client.key_pem());
    let mut world = crate::pair::World::new();
    world.client.certificate = folder.file("client.pem", shown);
    world.server.ca_file = folder.file("root.pem", root.own.pem());
    world.server.verify_client = 2;
    for bit in [ProtocolTLS1_2, ProtocolTLS1_3] {
        world.client.options = bit;
        world.pair("till.example").connect();
    }
}
