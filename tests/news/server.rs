//! A real news server: nnrpd of Debian's inn2, unpacked and not installed, on a port of its own.

use crate::common::process::Process;
use crate::common::{project, run, skip};
use crate::pki::{self, Folder, Wish};
use std::ffi::OsString;
use std::fs;
use std::net::TcpListener;
use std::os::unix::fs::{PermissionsExt, chown};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

const LIMIT: Duration = Duration::from_secs(120);

/// The one article that it has, as it goes over the wire: lines that begin with a dot have one more.
const ARTICLE: &str = "Path: news.example!not-for-mail\r\n\
    From: Marie <marie@example.com>\r\n\
    Newsgroups: shop.news\r\n\
    Subject: Opening hours\r\n\
    Date: Tue, 25 Nov 2025 09:00:00 +0000\r\n\
    Message-ID: <1@news.example>\r\n\
    Lines: 6\r\n\
    Xref: news.example shop.news:1\r\n\
    \r\n\
    The shop opens at nine.\r\n\
    ..profile is the name of a file,\r\n\
    ..\r\n\
    ... and a line may be two dots and more.\r\n\
    \r\n\
    Marie\r\n\
    .\r\n";

const FOLDERS: [&str; 12] = [
    "etc",
    "db",
    "log",
    "run",
    "tmp",
    "filter",
    "http",
    "spool/articles/shop/news",
    "spool/overview",
    "spool/incoming",
    "spool/outgoing",
    "spool/archive",
];

const FILES: [(&str, &str); 12] = [
    (
        "etc/storage.conf",
        "method tradspool {\n newsgroups: *\n class: 0\n}\n",
    ),
    (
        "etc/readers.conf",
        "auth here {\n hosts: \"localhost, 127.0.0.1, ::1\"\n default: \"<here>\"\n}\n\
         access here {\n users: \"<here>\"\n newsgroups: \"*\"\n access: R\n}\n",
    ),
    ("etc/newsfeeds", "ME:!*/!local::\n"),
    ("etc/expire.ctl", "/remember/:11\n*:A:1:never:never\n"),
    ("etc/incoming.conf", ""),
    ("etc/moderators", ""),
    ("etc/control.ctl", ""),
    (
        "db/active",
        "control 0000000000 0000000001 n\n\
         control.cancel 0000000000 0000000001 n\n\
         junk 0000000000 0000000001 n\n\
         shop.news 0000000001 0000000001 y\n",
    ),
    ("db/newsgroups", "shop.news\tWhat is new in the shop\n"),
    ("db/active.times", ""),
    ("spool/tradspool.map", "shop.news 1\n"),
    ("spool/articles/shop/news/1", ARTICLE),
];

/// Whoever the server runs as. It refuses to run as root.
struct User {
    uid: u32,
    gid: u32,
    name: String,
    group: String,
    changes: bool,
}

impl User {
    /// The user `news` where we are root, else ourselves.
    fn find() -> Option<User> {
        let root = id("-u", "")? == "0";
        let who = if root { "news" } else { "" };
        Some(User {
            uid: id("-u", who)?.parse().ok()?,
            gid: id("-g", who)?.parse().ok()?,
            name: id("-un", who)?,
            group: id("-gn", who)?,
            changes: root,
        })
    }
}

fn id(what: &str, who: &str) -> Option<String> {
    let mut command = Command::new("id");
    command
        .arg(what)
        .args([who].iter().filter(|w| !w.is_empty()));
    let outcome = run(&mut command, LIMIT);
    outcome.success().then(|| outcome.out.trim().to_owned())
}

/// The folder of the packages, fetched if they were not yet; says so when they cannot be had.
fn packages() -> Option<PathBuf> {
    let outcome = run(
        Command::new(project().join("scripts/fetch_packages.sh")).args(["inn2", "inn2-inews"]),
        LIMIT,
    );
    if !outcome.success() {
        skip(outcome.err.trim());
        return None;
    }
    Some(PathBuf::from(outcome.out.trim()))
}

/// A server that goes away with the test, and all its files.
pub struct NewsServer {
    _process: Process,
    /// The port of 127.0.0.1 that it listens on.
    pub port: u16,
    /// Path of the root that its certificate for localhost leads to.
    pub root: String,
    _folder: Folder,
}

impl NewsServer {
    /// Starts one; `flags` are nnrpd's. `None` where it cannot be had, which was said then.
    pub fn start(flags: &[&str]) -> Option<NewsServer> {
        let packages = packages()?;
        let Some(user) = User::find() else {
            skip("this machine has no user news, whom a news server runs as");
            return None;
        };
        let folder = Folder::new();
        unpack(&packages, &folder);
        let root = write_tree(&folder, &user);
        give_to(folder.path(), &user);
        // The history of its articles; makehistory adds the overview.
        let history = folder.path().join("db/history");
        let history = history.to_str().expect("a path in UTF-8");
        for (program, arguments) in [
            ("makehistory", &["-O"][..]),
            ("makedbz", &["-i", "-o", "-s", "1000", "-f", history]),
        ] {
            let outcome = run(tool(&folder, &user, program).args(arguments), LIMIT);
            assert!(outcome.success(), "{program}: {}", outcome.report());
        }
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let port = listener.local_addr().expect("its address").port();
        drop(listener);
        let mut process = Process::start_silent(
            tool(&folder, &user, "nnrpd")
                .args(["-D", "-f", "-4", "127.0.0.1", "-p", &port.to_string()])
                .args(flags),
        );
        assert_eq!(process.port(), port);
        Some(NewsServer {
            _process: process,
            port,
            root,
            _folder: folder,
        })
    }
}

fn unpack(packages: &Path, folder: &Folder) {
    for package in fs::read_dir(packages).expect("the packages") {
        let package = package.expect("a package").path();
        let outcome = run(
            Command::new("dpkg")
                .arg("-x")
                .args([&package, &folder.path().join("root")]),
            LIMIT,
        );
        assert!(outcome.success(), "unpack: {}", outcome.report());
    }
    // As packaged it is for root's eyes, who would bind ports below 1024 with it.
    let bind = folder.path().join("root/usr/lib/news/bin/innbind");
    fs::set_permissions(bind, fs::Permissions::from_mode(0o755)).expect("free innbind");
}

/// Its files; the path of the root of its certificate.
fn write_tree(folder: &Folder, user: &User) -> String {
    for name in FOLDERS {
        fs::create_dir_all(folder.path().join(name)).expect("a folder of the server");
    }
    for (name, content) in FILES {
        folder.file(name, content);
    }
    folder.file("etc/inn.conf", configuration(&folder.text(), user));
    let root = pki::authority("News Root").issue(None);
    let leaf = Wish {
        alternative_names: Some("DNS:localhost".into()),
        ..pki::server()
    }
    .issue(Some(&root));
    folder.file("etc/server.pem", leaf.pem());
    let key = folder.file("etc/server.key", leaf.key_pem());
    fs::set_permissions(key, fs::Permissions::from_mode(0o640)).expect("lock the key away");
    folder.file("root.pem", root.pem())
}

fn configuration(folder: &str, user: &User) -> String {
    let (name, group) = (&user.name, &user.group);
    let mut text = format!(
        "mta: \"/bin/true %s\"\npathhost: news.example\ndomain: example\nfromhost: news.example\nserver: 127.0.0.1\n\
         runasuser: {name}\nrunasgroup: {group}\nnnrpdloadlimit: 0\n\
         hismethod: hisv6\novmethod: tradindexed\nenableoverview: true\nwireformat: true\n\
         pathnews: {folder}/root/usr/lib/news\npathbin: {folder}/root/usr/lib/news/bin\n\
         tlscertfile: {folder}/etc/server.pem\ntlskeyfile: {folder}/etc/server.key\ntlscafile: {folder}/root.pem\n"
    );
    for (what, place) in [
        ("db", "db"),
        ("etc", "etc"),
        ("filter", "filter"),
        ("log", "log"),
        ("run", "run"),
        ("tmp", "tmp"),
        ("http", "http"),
        ("spool", "spool"),
        ("articles", "spool/articles"),
        ("overview", "spool/overview"),
        ("incoming", "spool/incoming"),
        ("outgoing", "spool/outgoing"),
        ("archive", "spool/archive"),
    ] {
        text.push_str(&format!("path{what}: {folder}/{place}\n"));
    }
    text
}

/// Makes the server's user the owner of its files, and lets it pass through their folder.
fn give_to(folder: &Path, user: &User) {
    fs::set_permissions(folder, fs::Permissions::from_mode(0o755)).expect("open the folder");
    if user.changes {
        for entry in fs::read_dir(folder).expect("the folder") {
            let path = entry.expect("an entry").path();
            if !path.ends_with("root") {
                own(&path, user);
            }
        }
    }
}

fn own(path: &Path, user: &User) {
    chown(path, Some(user.uid), Some(user.gid)).expect("change the owner");
    if path.is_dir() {
        for entry in fs::read_dir(path).expect("a folder") {
            own(&entry.expect("an entry").path(), user);
        }
    }
}

/// One of inn2's programs, with its own configuration and libraries.
fn tool(folder: &Folder, user: &User, name: &str) -> Command {
    let root = folder.path().join("root");
    let mut command = Command::new(root.join("usr/lib/news/bin").join(name));
    command
        .env("INNCONF", folder.path().join("etc/inn.conf"))
        .env("LD_LIBRARY_PATH", libraries(&root.join("usr/lib")))
        .current_dir(folder.path());
    if user.changes {
        command.uid(user.uid).gid(user.gid);
    }
    command
}

/// Every folder in which a package may have put its library, one behind the other.
fn libraries(folder: &Path) -> OsString {
    let entries = fs::read_dir(folder).expect("the libraries");
    let folders = entries.map(|entry| entry.expect("an entry").path());
    std::env::join_paths(folders).expect("paths without colons")
}
