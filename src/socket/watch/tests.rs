//! What a watch keeps of its sockets.

use super::Watch;
use super::queue::SPARE;
use crate::net::{Deadline, SystemSocket};
use crate::socket::watched::{Sight, Watchable, Watched};
use socket2::{Domain, Type};
use std::sync::Arc;

/// A socket that always has something to read.
struct Ready {
    watched: Watched,
    socket: SystemSocket,
}

impl Watchable for Ready {
    fn watched(&self) -> &Watched {
        &self.watched
    }

    fn socket(&self) -> &SystemSocket {
        &self.socket
    }

    fn sight(&self, _: bool) -> Sight {
        Sight {
            ready: true,
            own: true,
            ..Sight::default()
        }
    }
}

fn ready() -> Arc<dyn Watchable> {
    let socket = socket2::Socket::new(Domain::IPV4, Type::DGRAM, None).unwrap();
    Arc::new(Ready {
        watched: Watched::default(),
        socket: SystemSocket::new(socket),
    })
}

#[test]
fn sockets_that_come_and_go_without_a_wait_leave_no_places_behind() {
    let watch = Watch::new(false).unwrap();
    let (stays, comes) = (ready(), ready());
    watch.add(1, &stays).unwrap();
    for id in 3..10_000 {
        watch.add(2, &comes).unwrap();
        assert!(watch.remove(&comes));
        let other = ready();
        watch.add(id, &other).unwrap();
        other.watched().leave_all(other.socket());
        let places = watch.state.lock().queue.places();
        assert!(places <= SPARE + 3, "{places}");
    }
    watch.add(2, &comes).unwrap();
    let mut ids = [0; 8];
    assert_eq!(watch.wait(&mut ids, &Deadline::now()).unwrap(), 2);
    assert_eq!(ids[..2], [1, 2]);
}
