//! What an idle TLS connection costs. In a process of its own, so that nothing else allocates.

#![cfg(all(target_os = "linux", target_env = "gnu"))]

#[path = "tls/pair.rs"]
#[allow(dead_code)] // Shared with the other tests.
mod pair;
#[path = "tls/pki.rs"]
#[allow(dead_code)]
mod pki;

use std::sync::Mutex;

use pair::{Pair, World};
use wdsocket::constants::*;
use wdsocket::tls::{ClientContext, ServerContext};

/// One measurement at a time.
static ALONE: Mutex<()> = Mutex::new(());

fn allocated() -> usize {
    // SAFETY: mallinfo2 takes nothing and only reads the allocator's counters.
    let info = unsafe { libc::mallinfo2() };
    info.uordblks + info.hblkhd
}

fn cost_of_a_pair(world: &World, resumed: bool) -> usize {
    const PAIRS: u16 = 200;
    // Another port is another server, with which there is no earlier session.
    let port = |i| if resumed { 443 } else { 1000 + i };
    // The contexts, and the first connections' caches, are shared by all.
    let warm_up: Vec<Pair> = (0..10).map(|i| connected(world, port(5000 + i))).collect();
    let before = allocated();
    let pairs: Vec<Pair> = (0..PAIRS).map(|i| connected(world, port(i))).collect();
    let cost = (allocated() - before) / usize::from(PAIRS);
    assert_eq!(pairs[0].client.session.is_resumed(), resumed);
    drop((warm_up, pairs));
    cost
}

fn connected(world: &World, port: u16) -> Pair {
    let client = ClientContext::get(&world.client).unwrap();
    let server = ServerContext::get(&world.server).unwrap();
    let mut pair = Pair::at_port(&client, "till.example", port, &server);
    pair.connect();
    // A full record each way, so that every buffer was in use once.
    let data = vec![1; 16 * 1024];
    assert_eq!(pair.server_gets(&data), data);
    assert_eq!(pair.client_gets(&data), data);
    pair
}

#[test]
fn an_idle_pair_costs_less_than_60_kib() {
    let _alone = ALONE.lock();
    for (bit, name) in [(ProtocolTLS1_2, "TLS 1.2"), (ProtocolTLS1_3, "TLS 1.3")] {
        for resumed in [false, true] {
            let mut world = World::new();
            world.client.options = bit;
            let cost = cost_of_a_pair(&world, resumed);
            println!("{name}, resumed {resumed}: {cost} bytes for both ends of an idle connection");
            assert!(cost < 60 * 1024, "{name}: {cost} bytes");
        }
    }
}

#[test]
fn closed_connections_leave_nothing_behind() {
    const CONNECTIONS: u16 = 1000;
    let _alone = ALONE.lock();
    for (bit, name) in [(ProtocolTLS1_2, "TLS 1.2"), (ProtocolTLS1_3, "TLS 1.3")] {
        let mut world = World::new();
        world.client.options = bit;
        let run = |first_port: u16| {
            for i in 0..CONNECTIONS {
                let mut pair = connected(&world, first_port + i);
                pair.client.session.close_notify();
            }
            allocated()
        };
        // Every bounded store of sessions is full after the first runs.
        run(1000);
        run(3000);
        // What is lost with each connection is lost in every run; a table that grows once is not.
        let mut before = run(5000);
        let mut growth = usize::MAX;
        for first_port in [7000, 9000, 11000] {
            let now = run(first_port);
            growth = growth.min(now.saturating_sub(before));
            before = now;
        }
        println!("{name}: {growth} bytes more after {CONNECTIONS} connections");
        assert!(
            growth < 16 * usize::from(CONNECTIONS),
            "{name}: {growth} bytes"
        );
    }
}
