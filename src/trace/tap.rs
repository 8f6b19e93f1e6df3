//! What one socket writes into a trace. While none is on it costs one relaxed load a system call.

use super::conversation::{Conversation, From};
use super::log::Log;
use super::{calls, pcapng, system, witness::Witness};
use once_cell::race::OnceBox;
use parking_lot::Mutex;
use std::fmt;
use std::io::{self, IoSlice};
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::time::SystemTime;

/// How much of a connection is kept back until its handshake is over.
const MOST_HELD: usize = 64 * 1024;
/// How much of one transfer is written at a time.
const PIECE: usize = 64 * 1024;

/// How a connection came to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Opened {
    /// This program connected.
    ByUs,
    /// This program accepted.
    ByPeer,
    /// It is none: datagrams.
    Never,
}

/// What one socket writes into a trace.
#[derive(Default)]
pub struct Tap {
    is_on: AtomicBool,
    is_accepted: AtomicBool,
    recorder: OnceBox<Mutex<Option<Recorder>>>,
}

struct Recorder {
    log: Arc<Log>,
    label: String,
    /// None for a text, and where another end of the same connection is written already.
    conversation: Option<Conversation>,
    opened: Opened,
    since: SystemTime,
    has_begun: bool,
    /// Which sides have said that nothing more comes from them.
    has_ended: [bool; 2],
    last_thread: u64,
    witness: Option<Arc<Witness>>,
    /// Packets of a handshake, which stand behind its secrets.
    held: Option<Vec<u8>>,
    has_told_trouble: bool,
}

impl Tap {
    /// Whether anything is written.
    #[inline]
    pub fn is_on(&self) -> bool {
        self.is_on.load(Ordering::Relaxed)
    }

    /// The peer has connected to us.
    pub fn set_accepted(&self) {
        self.is_accepted.store(true, Ordering::Relaxed);
    }

    /// From now on what this connection does goes into `log`; whatever went on before is over. In a capture stands
    /// what has two `ends` of IP.
    #[cold]
    pub fn start_connection(
        &self,
        log: Arc<Log>,
        label: &str,
        ends: Option<(SocketAddr, SocketAddr)>,
    ) {
        self.stop();
        static SEED: AtomicU32 = AtomicU32::new(0x2545_f491);
        let seed = SEED.fetch_add(0x9e37_79b9, Ordering::Relaxed);
        let conversation = ends
            .filter(|_| log.is_capture())
            .map(|(us, peer)| Conversation::new(us, peer, seed))
            .filter(|new| log.join(new.ends()));
        let opened = match self.is_accepted.load(Ordering::Relaxed) {
            true => Opened::ByPeer,
            false => Opened::ByUs,
        };
        self.start(log, label, opened, conversation);
    }

    /// From now on the datagrams of this socket go into `log`; whatever went on before is over.
    #[cold]
    pub fn start_datagrams(&self, log: Arc<Log>, label: &str, us: SocketAddr) {
        self.stop();
        let nobody = SocketAddr::new(us.ip(), 0);
        let conversation = log.is_capture().then(|| Conversation::new(us, nobody, 0));
        self.start(log, label, Opened::Never, conversation);
    }

    fn start(
        &self,
        log: Arc<Log>,
        label: &str,
        opened: Opened,
        conversation: Option<Conversation>,
    ) {
        let recorder = Recorder {
            log,
            label: label.to_owned(),
            conversation,
            opened,
            since: SystemTime::now(),
            has_begun: false,
            has_ended: [false; 2],
            last_thread: 0,
            witness: None,
            held: None,
            has_told_trouble: false,
        };
        *self.recorder.get_or_init(Box::default).lock() = Some(recorder);
        self.is_on.store(true, Ordering::Relaxed);
    }

    /// Nothing more is written.
    pub fn stop(&self) {
        if !self.is_on() {
            return;
        }
        self.is_on.store(false, Ordering::Relaxed);
        drop(
            self.recorder
                .get()
                .and_then(|recorder| recorder.lock().take()),
        );
    }

    /// How the socket is named from now on.
    pub fn name(&self, label: &str) {
        self.with(|recorder| label.clone_into(&mut recorder.label));
    }

    /// The file that is written.
    pub fn log(&self) -> Option<Arc<Log>> {
        self.with(|recorder| Arc::clone(&recorder.log))
    }

    /// Why nothing is written any more, told once.
    pub fn trouble(&self) -> Option<String> {
        self.with(|recorder| {
            let trouble = recorder.log.trouble()?;
            let is_news = !std::mem::replace(&mut recorder.has_told_trouble, true);
            is_news.then_some(trouble)
        })
        .flatten()
    }

    /// TLS begins: what comes now is kept back until its secrets are known.
    pub fn begin_handshake(&self, witness: Arc<Witness>) {
        self.with(|recorder| {
            if recorder.conversation.is_some() {
                recorder.held = Some(Vec::new());
            }
            recorder.witness = Some(witness);
        });
    }

    /// The handshake is over, or never will be.
    pub fn end_handshake(&self, what: impl FnOnce() -> String) {
        self.with(|recorder| {
            recorder.write_alerts();
            recorder.release(Vec::new());
            recorder.note(&what());
        });
    }

    /// Alerts that have come outside of a handshake are written.
    pub fn write_alerts(&self) {
        self.with(|recorder| recorder.write_alerts());
    }

    /// Something happened that a text tells.
    pub fn note(&self, what: impl FnOnce() -> String) {
        self.with(|recorder| recorder.note(&what()));
    }

    /// The system has taken the first bytes of these.
    #[cold]
    pub fn sent(&self, parts: &[IoSlice<'_>], outcome: &io::Result<usize>) {
        self.with(|recorder| match outcome {
            Ok(count) => {
                let mut left = *count;
                for part in parts {
                    let taken = part.len().min(left);
                    left -= taken;
                    recorder.data(From::Us, &part[..taken]);
                }
            }
            Err(error) => recorder.failed(error),
        });
    }

    /// These have come; none are the end.
    #[cold]
    pub fn received(&self, outcome: Result<&[u8], &io::Error>) {
        self.with(|recorder| match outcome {
            Ok([]) => recorder.ended(From::Peer),
            Ok(bytes) => recorder.data(From::Peer, bytes),
            Err(error) => recorder.failed(error),
        });
    }

    /// This end says that nothing more comes from it.
    #[cold]
    pub fn ended(&self) {
        self.with(|recorder| recorder.ended(From::Us));
    }

    /// A datagram has left.
    #[cold]
    pub fn sent_to(&self, to: Option<SocketAddr>, bytes: &[u8]) {
        self.with(|recorder| recorder.datagram(From::Us, to, &[bytes]));
    }

    /// A datagram has come, in these parts.
    #[cold]
    pub fn received_from(&self, sender: SocketAddr, parts: &[&[u8]]) {
        self.with(|recorder| recorder.datagram(From::Peer, Some(sender), parts));
    }

    fn with<R>(&self, work: impl FnOnce(&mut Recorder) -> R) -> Option<R> {
        if !self.is_on() {
            return None;
        }
        let patience = std::time::Duration::from_secs(1);
        let mut recorder = self.recorder.get()?.try_lock_for(patience)?;
        recorder.as_mut().map(work)
    }
}

impl Recorder {
    fn data(&mut self, from: From, bytes: &[u8]) {
        if self.conversation.is_none() {
            return;
        }
        for piece in bytes.chunks(PIECE) {
            let mut out = self.begin();
            let comment = self.comment();
            if let Some(conversation) = &mut self.conversation {
                conversation.data(&mut out, from, piece, &comment, SystemTime::now());
            }
            self.write(out);
        }
    }

    fn datagram(&mut self, from: From, with: Option<SocketAddr>, parts: &[&[u8]]) {
        let comment = self.comment();
        let (Some(conversation), Some(with)) = (&mut self.conversation, with) else {
            return;
        };
        let bytes = parts.concat();
        let mut out = Vec::with_capacity(bytes.len() + 200);
        conversation.datagram(&mut out, from, with, &bytes, &comment, SystemTime::now());
        self.write(out);
    }

    fn ended(&mut self, from: From) {
        if self.opened == Opened::Never {
            return;
        }
        // A socket may meet the same end again.
        if std::mem::replace(&mut self.has_ended[from as usize], true) {
            return;
        }
        match from {
            From::Us => self.note("this end sends nothing more"),
            From::Peer => self.note("the peer sends nothing more"),
        }
        let mut out = self.begin();
        if let Some(conversation) = &mut self.conversation {
            conversation.end(&mut out, from, SystemTime::now());
            self.write(out);
        }
    }

    fn failed(&mut self, error: &io::Error) {
        use io::ErrorKind::{BrokenPipe, ConnectionAborted, ConnectionReset};
        if !matches!(
            error.kind(),
            BrokenPipe | ConnectionAborted | ConnectionReset
        ) {
            return;
        }
        self.note(&format!("the connection is broken ({error})"));
        let mut out = self.begin();
        if let Some(conversation) = &mut self.conversation {
            conversation.reset(&mut out, From::Peer, SystemTime::now());
            self.write(out);
        }
    }

    fn note(&self, what: &str) {
        if self.log.is_text() {
            calls::event(&self.log, &self.label, what);
        }
    }

    fn write_alerts(&self) {
        let alerts = self.witness.as_ref().map(|witness| witness.take_alerts());
        for alert in alerts.unwrap_or_default() {
            self.note(&alert);
        }
    }

    /// What stands before the first bytes of a connection.
    fn begin(&mut self) -> Vec<u8> {
        let mut out = Vec::new();
        let opener = match self.opened {
            Opened::ByUs => From::Us,
            Opened::ByPeer => From::Peer,
            Opened::Never => return out,
        };
        if !std::mem::replace(&mut self.has_begun, true) {
            let comment = self.comment();
            if let Some(conversation) = &mut self.conversation {
                conversation.open(&mut out, opener, &comment, self.since);
            }
        }
        out
    }

    /// Who writes, where that is not the thread that wrote before.
    fn comment(&mut self) -> String {
        let thread = system::thread();
        if thread == std::mem::replace(&mut self.last_thread, thread) {
            return String::new();
        }
        let process = std::process::id();
        format!("process {process}, socket {}, thread {thread}", self.label)
    }

    fn write(&mut self, packets: Vec<u8>) {
        match &mut self.held {
            Some(held) if held.len() + packets.len() <= MOST_HELD => held.extend(packets),
            _ => self.release(packets),
        }
    }

    /// Writes what was kept back, behind the secrets, and then these packets.
    fn release(&mut self, packets: Vec<u8>) {
        let secrets = self.witness.as_ref().map(|witness| witness.take_secrets());
        let mut out = match secrets {
            Some(secrets) if !secrets.is_empty() && self.conversation.is_some() => {
                let mut out = Vec::with_capacity(secrets.len() + MOST_HELD);
                pcapng::secrets(&mut out, &secrets);
                out
            }
            _ => Vec::new(),
        };
        out.extend(self.held.take().unwrap_or_default());
        out.extend(packets);
        if !out.is_empty() {
            self.log.write(&out);
        }
    }
}

impl Drop for Recorder {
    fn drop(&mut self) {
        if self.opened != Opened::Never && self.conversation.is_some() {
            let mut out = self.begin();
            if let Some(conversation) = &mut self.conversation {
                conversation.end(&mut out, From::Us, SystemTime::now());
                self.log.leave(conversation.ends());
            }
            self.write(out);
            self.release(Vec::new());
        }
    }
}

impl fmt::Debug for Tap {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Tap")
    }
}
