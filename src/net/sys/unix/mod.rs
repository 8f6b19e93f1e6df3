//! Linux and its kin.

mod bluetooth;
mod cancellation;
mod condvar;
mod connecting;
mod datagram;
mod descriptor;
pub(in crate::net) mod fork;
mod futex;
mod host;
mod listening;
mod loader;
mod lookup;
mod machine;
mod options;
mod poller;
mod refusal;
mod signal;
mod socket;
mod tcp_state;
mod thread;
mod timer;
mod unix_socket;
mod wait;

pub use bluetooth::{bluetooth_address, bluetooth_peer, open_bluetooth};
pub use cancellation::{hold_cancellation, look_for_interposers};
pub use condvar::Condvar;
pub use connecting::{connecting_socket, is_connected, is_connecting, make_blocking};
pub use datagram::open_datagrams;
pub use descriptor::{close_descriptor, copy_of, descriptor_of, role_of, take_over};
pub use fork::{enter, enter_after, expect_forks, forks, last_error, set_last_error};
pub use host::environment;
pub use listening::{
    bind, bind_to_connect, bind_to_listen, queue_length, set_unique_address, unique_address,
};
pub use loader::{is_process_ending, threads_held_back};
pub use lookup::look_up;
pub use machine::{Interface, interfaces, machine_name, zone_name};
pub use options::{family_of, keep_alive_time, set_keep_alive};
pub use poller::Poller;
pub use refusal::hasten_refusal;
pub use signal::Signal;
pub use socket::SystemSocket;
pub use thread::spawn_quietly;
pub use unix_socket::{SocketFile, peer_credentials, unix_address, unix_name};
pub use wait::{Interest, wait_any};
