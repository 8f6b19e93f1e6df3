//! What every system must have: the face of `unix` and `windows`, held by the compiler on each.
//!
//! [`SystemSocket`] is a socket whose waits another thread can end, [`Signal`] what ends a wait beside it, [`Poller`]
//! one wait for many sockets, [`Condvar`] a wait for another thread. The others are calls.

#![allow(clippy::type_complexity)] // each call's type stands here as it is

use super::*;
use crate::net::deadline::Deadline;
use crate::net::look_up_error::LookUpError;
use crate::net::stop::Stop;
use socket2::{Domain, SockAddr, Socket as Inner};
use std::ffi::OsString;
use std::io::{IoSlice, Result};
use std::mem::MaybeUninit;
use std::net::SocketAddr;
use std::time::{Duration, Instant};

type Bytes<'a> = &'a mut [MaybeUninit<u8>];

// Sockets.
const _: fn(Inner) -> SystemSocket = SystemSocket::new;
const _: fn(Inner) -> SystemSocket = SystemSocket::of_others;
const _: fn(&SystemSocket) -> bool = SystemSocket::is_inherited;
const _: fn(&SystemSocket) -> isize = SystemSocket::give_descriptor;
const _: fn(&SystemSocket) -> bool = SystemSocket::ends_with_descriptor;
const _: fn(&SystemSocket) -> &Inner = SystemSocket::inner;
const _: fn(&SystemSocket) = SystemSocket::announce_cancel;
const _: fn(&SystemSocket) = SystemSocket::cancel;
const _: fn(&SystemSocket) -> bool = SystemSocket::is_cancelled;
const _: fn(&SystemSocket, u64) = SystemSocket::end_waits;
const _: fn(&SystemSocket, &Deadline) -> std::result::Result<(), Stop> = SystemSocket::check;
const _: fn(&SystemSocket, bool) = SystemSocket::end_waits_with_signals;
const _: fn(&SystemSocket) -> bool = SystemSocket::signals_end_waits;
const _: fn(&SystemSocket, Bytes<'_>, &Deadline) -> std::result::Result<usize, Stop> =
    SystemSocket::receive_into;
const _: fn(&SystemSocket, Bytes<'_>) -> Result<usize> = SystemSocket::receive_now;
const _: fn(&SystemSocket, Bytes<'_>, Bytes<'_>) -> Result<usize> = SystemSocket::receive_both_now;
const _: fn(&SystemSocket, &[IoSlice<'_>], &Deadline) -> Result<usize> = SystemSocket::send_some;
const _: fn(&SystemSocket, &[u8]) -> Result<usize> = SystemSocket::try_send;
const _: fn(&SystemSocket, &[IoSlice<'_>]) -> Result<usize> = SystemSocket::try_send_parts;
const _: fn(&SystemSocket, Interest, &Deadline) -> std::result::Result<(), Stop> =
    SystemSocket::wait;
const _: fn(&SystemSocket, Duration, &Deadline) -> std::result::Result<(), Stop> =
    SystemSocket::pause;
const _: fn(&SystemSocket) -> bool = SystemSocket::is_ended_by_peer;
const _: fn(&SystemSocket) -> &traffic::Traffic = SystemSocket::traffic;
const _: fn(&SystemSocket) -> &crate::trace::Tap = SystemSocket::tap;
const _: fn(&SystemSocket) -> TcpState = SystemSocket::tcp_state;

// Datagrams.
const _: fn(Domain) -> Result<Inner> = open_datagrams;
const _: fn(&SystemSocket, &mut [u8], Bytes<'_>, &Deadline) -> Result<(usize, SocketAddr)> =
    SystemSocket::receive_parts;
const _: fn(&SystemSocket, &[u8], &SockAddr) -> Result<usize> = SystemSocket::try_send_datagram;
const _: fn(&std::io::Error) -> bool = SystemSocket::is_report;
const _: fn(&SystemSocket) -> Result<usize> = SystemSocket::pending_datagram;

// Connections that are being made.
const _: fn(Domain) -> Result<Inner> = connecting_socket;
const _: fn(&Inner) -> Result<()> = make_blocking;
const _: fn(&std::io::Error) -> bool = is_connecting;
const _: fn(&Inner, &SockAddr) -> Result<bool> = is_connected;
const _: fn(&Inner, &SocketAddr) -> bool = hasten_refusal;
const _: fn(&[&Inner], Option<&Signal>, Option<Duration>) -> Result<Vec<bool>> = wait_any;

// What ends a wait.
const _: fn() -> Result<Signal> = Signal::new;
const _: fn(&Signal) = Signal::set;
const _: fn(&Signal) = Signal::clear;
const _: fn() -> Condvar = Condvar::new;
const _: fn(&Condvar) = Condvar::notify_one;
const _: fn(&Condvar) = Condvar::notify_all;
const _: fn(&Condvar, &mut parking_lot::MutexGuard<'_, ()>, Option<Instant>) -> bool =
    Condvar::wait_or_signal;

// One wait for many sockets.
const _: fn() -> Result<Poller> = Poller::new;
const _: fn(&Poller) -> bool = Poller::is_inherited;
const _: fn(&Poller, &SystemSocket, u32) -> Result<()> = Poller::add;
const _: fn(&Poller, &SystemSocket, u32, Option<Interest>) -> Result<()> = Poller::change;
const _: fn(&Poller, &SystemSocket) = Poller::remove;
const _: fn(&Poller) = Poller::wake;
const _: fn(&Poller) -> Result<isize> = Poller::handle;
const _: fn(&Poller, Option<Duration>) = Poller::wake_after;
const _: bool = Poller::NEEDS_LOOKOUT;
const _: fn(&Poller) -> bool = Poller::ring;
const _: fn(&Poller, bool) = Poller::answered;
const _: fn(&Poller) = Poller::silence;
const _: fn(&Poller, i32, i32, i32) -> Result<()> = Poller::post_to;

// Options that the system keeps.
const _: fn(&Inner) -> Result<Domain> = family_of;
const _: fn(&Inner, &KeepAlive) -> Result<()> = set_keep_alive;
const _: fn(&Inner) -> Result<Duration> = keep_alive_time;

// Ports.
const _: fn(&Inner, bool) -> Result<()> = set_unique_address;
const _: fn(&Inner) -> Result<bool> = unique_address;
const _: fn(&Inner, &SockAddr) -> Result<()> = bind;
const _: fn(&Inner, &SockAddr) -> Result<()> = bind_to_listen;
const _: fn(&Inner, &SockAddr) -> Result<()> = bind_to_connect;
const _: fn(i32) -> i32 = queue_length;

// The machine, its names and its Bluetooth.
const _: fn(&str, u16) -> std::result::Result<Vec<SocketAddr>, LookUpError> = look_up;
const _: fn() -> Result<Vec<Interface>> = interfaces;
const _: fn() -> Result<String> = machine_name;
const _: fn(u32) -> String = zone_name;
const _: fn() -> Result<Inner> = open_bluetooth;
const _: fn([u8; 6], u8) -> SockAddr = bluetooth_address;
const _: fn(&SockAddr) -> Option<([u8; 6], u8)> = bluetooth_peer;

// Sockets that others made, or use.
const _: fn(&Inner) -> isize = descriptor_of;
const _: fn(i32) -> Result<Option<(Role, SockAddr)>> = role_of;
const _: fn(i32, Role) -> Result<Inner> = take_over;
const _: fn(i32, Role) -> Result<Inner> = copy_of;
const _: fn(i32) = close_descriptor;

// Unix sockets.
const _: fn(&str) -> Result<SockAddr> = unix_address;
const _: fn(&SockAddr) -> Option<String> = unix_name;
const _: fn(&Inner) -> Result<(u32, i32)> = peer_credentials;
const _: fn(
    &std::path::Path,
    u32,
    &Inner,
    &SockAddr,
    &dyn Fn(&Inner) -> Result<()>,
) -> Result<SocketFile> = SocketFile::make;

// The process around.
const _: fn(&str) -> Option<OsString> = environment;
const _: fn() -> i32 = last_error;
const _: fn(i32) = set_last_error;
const _: fn() -> Option<&'static str> = threads_held_back;
const _: fn() -> bool = is_process_ending;
const _: fn() -> u32 = forks;
const _: fn() = expect_forks;
const _: fn() = look_for_interposers;
