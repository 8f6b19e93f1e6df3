//! The C programs under valgrind's memcheck: no invalid access, nothing uninitialised used, no leak.

mod common;

use common::memcheck::{ALL_LEAKS, memcheck};

/// `memcheck! { test_name: "file.c", flags, arguments, at least this many promises; }`
macro_rules! memcheck {
    ($($test:ident: $file:literal, $flags:expr, $arguments:expr, $count:literal;)+) => {
        $(#[test] #[ignore = "long: under valgrind"] fn $test() { memcheck(ALL_LEAKS, $file, &$flags, &$arguments, $count); })+
    };
}

memcheck! {
    frames: "frames.c", ["-DBY_NAME"], [], 9;
    nothing_lost: "nothing_lost.c", ["-DBY_ID"], [], 7;
    ends: "ends.c", ["-DBY_NAME"], [], 8;
    listen: "listen.c", ["-DBY_NAME"], [], 14;
    connect: "connect.c", ["-DBY_NAME"], [], 7;
    simplified_server: "simplified.c", ["-DBY_ID"], [], 11;
    arguments: "arguments.c", ["-DBY_NAME"], [], 6;
    info: "info.c", ["-DBY_NAME"], [], 7;
    options: "options.c", ["-DBY_ID"], [], 8;
    cancel: "cancel.c", ["-DBY_NAME"], [], 11;
    names: "names.c", [""; 0], [], 10;
    datagrams: "udp.c", ["-DBY_ID"], [], 12;
    datagrams_of_several_threads: "udp_threads.c", ["-DBY_NAME"], ["10000"], 8;
    groups_and_options_of_udp: "udp_options.c", ["-DBY_NAME"], [], 7;
    machines: "machine.c", [""; 0], [], 4;
    accept_name: "accept_name.c", [""; 0], [], 2;
    close_races: "race_close.c", ["-DBY_NAME"], ["20"], 6;
    name_races: "race_names.c", [""; 0], ["60"], 3;
    traffic: "race_traffic.c", ["-DBY_NAME"], ["40", "4"], 4;
}
