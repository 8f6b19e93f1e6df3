//! What most tests need: a root, a certificate for this machine, files of both, and words for the C program.

use crate::common::secure::Secure;
use crate::pki::{self, Certified, Folder, Wish};
use wdsocket::constants::*;

/// A version with the option that asks for it and the name that it goes by.
pub struct Version {
    pub bit: i32,
    pub name: &'static str,
}

pub const TLS1: Version = Version {
    bit: ProtocolTLS1,
    name: "TLSv1",
};
pub const TLS1_1: Version = Version {
    bit: ProtocolTLS1_1,
    name: "TLSv1.1",
};
pub const TLS1_2: Version = Version {
    bit: ProtocolTLS1_2,
    name: "TLSv1.2",
};
pub const TLS1_3: Version = Version {
    bit: ProtocolTLS1_3,
    name: "TLSv1.3",
};
pub const VERSIONS: [Version; 4] = [TLS1, TLS1_1, TLS1_2, TLS1_3];

impl Version {
    /// The option as a word for the C program.
    pub fn word(&self) -> String {
        self.bit.to_string()
    }
}

/// A certificate for this machine, by name and by address, that old programs can read as well.
pub fn localhost() -> Wish {
    Wish {
        common_name: "localhost".into(),
        alternative_names: Some("DNS:localhost,IP:127.0.0.1,IP:::1".into()),
        key: pki::rsa_2048,
        ..pki::server()
    }
}

/// A root and a server's certificate for this machine, as files.
pub struct World {
    pub folder: Folder,
    pub root: Certified,
    /// Path of the root's certificate.
    pub ca: String,
    /// Path of the server's certificate and key.
    pub server: String,
}

impl World {
    pub fn new() -> World {
        World::serving(&localhost())
    }

    /// A server whose certificate follows that wish.
    pub fn serving(wish: &Wish) -> World {
        let root = Wish {
            key: pki::rsa_2048,
            ..pki::authority("Shop Root")
        }
        .issue(None);
        let leaf = wish.issue(Some(&root));
        let folder = Folder::new();
        World {
            ca: folder.file("root.pem", root.pem()),
            server: folder.file("server.pem", leaf.with_chain(&[])),
            root,
            folder,
        }
    }

    /// The path of a certificate that this root issues.
    pub fn issue(&self, file: &str, wish: &Wish) -> String {
        self.folder
            .file(file, wish.issue(Some(&self.root)).with_chain(&[]))
    }

    /// The words that make a client trust this root alone.
    pub fn trust(&self) -> Vec<&str> {
        vec![
            "option",
            "SSLSystemRoots",
            "0",
            "text",
            "SSLCaFile",
            &self.ca,
        ]
    }

    /// Our client, which trusts this root, connected to a port of this machine, without frames; `then` is what it does.
    pub fn connect(&self, port: &str, then: &str) -> Secure {
        let target = ["connect", port, "localhost", "0", ""];
        Secure::start(&words(&[&self.trust(), &target, &["mode", "none", then]]))
    }

    /// Our server for one client, without frames; `then` is what it does.
    pub fn serve(&self, then: &str) -> Secure {
        let listen = ["listen", "0", &self.server, ""];
        Secure::serve(&words(&[&listen, &["accept", "mode", "none", then]]))
    }
}

/// The words of several lists one behind the other.
pub fn words<'a>(parts: &[&[&'a str]]) -> Vec<&'a str> {
    parts.concat()
}
