//! Windows.

mod afd;
mod bluetooth;
mod cancellation;
mod condvar;
mod connecting;
mod datagram;
mod fork;
mod host;
mod lookup;
mod machine;
mod module;
mod options;
mod poller;
mod signal;
mod socket;
mod thread;
mod wait;

pub use bluetooth::{bluetooth_address, bluetooth_peer, open_bluetooth};
pub use cancellation::{hold_cancellation, look_for_interposers};
pub use condvar::Condvar;
pub use connecting::{connecting_socket, is_connected, is_connecting, make_blocking};
pub use datagram::open_datagrams;
pub use fork::{enter, expect_forks, forks, last_error, set_last_error};
pub use host::{HostError, environment};
pub use lookup::look_up;
pub use machine::{Interface, interfaces, machine_name, zone_name};
pub use module::stay_loaded;
pub use options::{family_of, keep_alive_time, set_keep_alive, set_unique_address, unique_address};
pub use poller::Poller;
pub use signal::Signal;
pub use socket::SystemSocket;
pub use thread::spawn_quietly;
pub use wait::{Interest, wait_any};
