//! The network below the sockets: deadlines, names to addresses, connecting, waiting.
//!
//! What differs between systems is in `sys/unix` and its twin `sys/windows`.

mod activation;
mod bluetooth;
mod cancel;
mod cancels;
mod connect;
mod deadline;
mod endpoint;
mod host;
mod hosts;
mod interface;
mod look_up_error;
mod machine;
mod origin;
mod port_range;
mod prefix;
mod proxy;
mod proxy_header;
mod resolve;
mod route;
mod stop;
mod sys;
mod unix_address;

pub use activation::{Handed, is_handed};
pub use bluetooth::{connect as connect_bluetooth, listen as listen_bluetooth};
pub use cancel::{Cancel, cancelled};
pub use cancels::{LastCancel, next as next_cancel};
pub use connect::connect;
pub use deadline::{BARREN, Deadline, milliseconds_of};
pub use endpoint::Endpoint;
pub use host::Host;
pub use interface::find as find_interface;
pub use machine::addresses_of;
pub use origin::{Origin, OwnEnd};
pub use prefix::Prefix;
pub use proxy::{Carrier, Proxy, end_proxy, proxy, set_proxy};
pub use proxy_header::ProxyHeader;
pub use resolve::{LOOKUP_TIME, resolve};
pub use route::refusal;
pub use stop::{Ender, SHORTAGE, Stop};
pub use sys::{
    Condvar, Interest, Interface, KeepAlive, Poller, Role, Signal, SocketFile, SystemSocket, bind,
    bind_to_listen, descriptor_of, enter, enter_after, environment, expect_forks, family_of, forks,
    hold_cancellation, interfaces, is_process_ending, keep_alive_time, last_error,
    look_for_interposers, machine_name, open_datagrams, peer_credentials, queue_length, role_of,
    set_keep_alive, set_last_error, set_unique_address, spawn_quietly, take_over, unique_address,
    wait_any,
};

pub use unix_address::{UnixAddress, is_unix, name_of};

#[cfg(windows)]
pub use sys::{listening_process, stay_loaded};
