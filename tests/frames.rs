//! Frames of other machines: the recipes of docs/frames.md against programs that speak them, and binary lengths against
//! Erlang, whose sockets have them built in.
#![cfg(target_os = "linux")]

mod common;

use common::process::{LIMIT, Process, installed};
use common::{Outcome, build, project, run, skip};
use std::ffi::c_char;
use std::io::{BufRead, BufReader};
use std::process::Command;
use wdsocket::constants::*;
use wdsocket::ffi::*;

const HERE: *const c_char = c"127.0.0.1".as_ptr();

// --- peers ------------------------------------------------------------------------------------

/// A peer that prints its port, then whatever it has to say.
struct Peer {
    process: Process,
    output: BufReader<std::process::ChildStdout>,
    port: u16,
}

impl Peer {
    fn start(command: &mut Command) -> Peer {
        let mut process = Process::start(command);
        let pipe = process.0.stdout.take().expect("its output is a pipe");
        let mut peer = Peer {
            process,
            output: BufReader::new(pipe),
            port: 0,
        };
        let line = peer.line();
        let port = line.rsplit(' ').next().unwrap_or_default();
        peer.port = port.parse().unwrap_or_else(|_| panic!("no port: {line}"));
        peer
    }

    fn line(&mut self) -> String {
        let mut line = String::new();
        self.output.read_line(&mut line).expect("a line");
        line.trim_end().to_owned()
    }
}

/// Python with the packages of scripts/peers.txt.
fn python() -> Option<Command> {
    let python = project().join("target/peers/bin/python");
    python.exists().then(|| Command::new(python))
}

fn python_peer(source: &str) -> Option<Peer> {
    Some(Peer::start(python()?.args(["-c", source])))
}

fn example(file: &str, arguments: &[&str]) -> Outcome {
    run(Command::new(build(file, &[])).args(arguments), LIMIT)
}

/// Runs an example against a peer written in Python; it prints this.
fn example_prints(file: &str, before: &[&str], peer: &str, expected: &str) {
    let Some(peer) = python_peer(peer) else {
        return skip(&format!(
            "{file}: target/peers is not there, test.sh makes it"
        ));
    };
    let port = peer.port.to_string();
    let outcome = example(file, &[before, &[&port]].concat());
    assert!(outcome.success(), "{}", outcome.report());
    assert_eq!(outcome.out, expected);
}

// --- the recipes ------------------------------------------------------------------------------

const MODBUS_SERVER: &str = "
import asyncio, warnings
warnings.simplefilter('ignore')
from pymodbus.datastore import ModbusSequentialDataBlock, ModbusDeviceContext, ModbusServerContext
from pymodbus.server import ModbusTcpServer
async def main():
    block = ModbusSequentialDataBlock(1, [0, 1111, 2222, 65535, 5])
    context = ModbusServerContext(devices=ModbusDeviceContext(hr=block), single=True)
    server = ModbusTcpServer(context, address=('127.0.0.1', 0))
    serving = asyncio.create_task(server.serve_forever())
    while server.transport is None:
        await asyncio.sleep(0.01)
    print(server.transport.sockets[0].getsockname()[1], flush=True)
    await asyncio.wait_for(serving, 50)
asyncio.run(main())
";

#[test]
fn registers_are_read_from_a_modbus_device() {
    example_prints(
        "example_modbus.c",
        &["read"],
        MODBUS_SERVER,
        "1111\n2222\n65535\n",
    );
}

#[test]
fn a_modbus_client_reads_our_registers() {
    let Some(mut client) = python() else {
        return skip("a_modbus_client_reads_our_registers: target/peers is not there");
    };
    let mut server = Peer::start(Command::new(build("example_modbus.c", &[])).arg("serve"));
    let source = "
import sys
from pymodbus.client import ModbusTcpClient
client = ModbusTcpClient('127.0.0.1', port=int(sys.argv[1]), timeout=20)
assert client.connect()
print(client.read_holding_registers(2, count=4).registers)
print(client.read_holding_registers(8, count=9).isError())
print(client.read_holding_registers(0, count=10).registers)
";
    let outcome = run(client.args(["-c", source, &server.port.to_string()]), LIMIT);
    assert!(outcome.success(), "{}", outcome.report());
    assert_eq!(
        outcome.out,
        "[200, 300, 400, 500]\nTrue\n[0, 100, 200, 300, 400, 500, 600, 700, 800, 900]\n"
    );
    server.process.ends_well("example_modbus.c");
}

const S7_SERVER: &str = "
import socket, time
from snap7.server import Server
with socket.socket() as s:
    s.bind(('127.0.0.1', 0))
    port = s.getsockname()[1]
server = Server()
server.start(tcp_port=port)
print(port, flush=True)
time.sleep(50)
";

#[test]
fn a_plc_answers_in_tpkt() {
    let Some(peer) = python_peer(S7_SERVER) else {
        return skip("a_plc_answers_in_tpkt: target/peers is not there");
    };
    let outcome = example("example_tpkt.c", &[&peer.port.to_string()]);
    assert!(outcome.success(), "{}", outcome.report());
    assert!(outcome.out.ends_with(" bytes at most\n"), "{}", outcome.out);
}

/// Its answer comes in two pieces, cut within the length.
const SWITCH: &str = "
import iso8583, socket, time
from iso8583.specs import default_ascii
server = socket.create_server(('127.0.0.1', 0))
print(server.getsockname()[1], flush=True)
client, _ = server.accept()
client.settimeout(20)
client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
def exactly(count):
    got = b''
    while len(got) < count:
        got += client.recv(count - len(got))
    return got
fields, _ = iso8583.decode(exactly(int.from_bytes(exactly(2), 'big')), default_ascii)
assert fields['t'] == '0800' and fields['70'] == '301' and fields['11'] == '000042', fields
fields['t'] = '0810'
fields['39'] = '00'
answer, _ = iso8583.encode(fields, default_ascii)
client.sendall(len(answer).to_bytes(2, 'big')[:1])
time.sleep(0.05)
client.sendall(len(answer).to_bytes(2, 'big')[1:] + answer)
client.recv(1)
";

#[test]
fn a_payment_switch_answers_in_iso_8583() {
    example_prints(
        "example_iso8583.c",
        &[],
        SWITCH,
        "the switch answered 081082200000020000000400000000000000112509300000004200301\n",
    );
}

const HIS: &str = "
import asyncio, hl7
from hl7.mllp import start_hl7_server
async def serve(reader, writer):
    message = await reader.readmessage()
    assert str(message.segment('PID')[5]) == 'Doe^Jane'
    ack = message.create_ack()
    for place, text in ((7, '20251125093001'), (10, 'A1')):
        ack.segment('MSH').assign_field(text, place)
    writer.writemessage(ack)
    await writer.drain()
    writer.close()
async def main():
    server = await start_hl7_server(serve, host='127.0.0.1', port=0)
    print(server.sockets[0].getsockname()[1], flush=True)
    await asyncio.sleep(50)
asyncio.run(main())
";

#[test]
fn a_hospital_system_acknowledges_in_mllp() {
    example_prints(
        "example_mllp.c",
        &[],
        HIS,
        "MSH|^~\\&|HIS|CLINIC|LAB|CLINIC|20251125093001||ACK^A01^ACK|A1|P|2.5\nMSA|AA|42\n",
    );
}

// --- Erlang -----------------------------------------------------------------------------------

/// Sends back every packet, as its socket frames it, and sends each byte by itself.
fn erlang(packet: &str) -> Peer {
    let source = format!(
        "{{ok, L}} = gen_tcp:listen(0, [binary, {{ip, {{127,0,0,1}}}}, {{packet, {packet}}}, {{active, false}}, {{buffer, 2000000}}]),
         {{ok, P}} = inet:port(L), io:format(\"~w~n\", [P]),
         {{ok, S}} = gen_tcp:accept(L, 20000),
         Echo = fun(F) -> case gen_tcp:recv(S, 0, 20000) of
             {{ok, M}} -> ok = gen_tcp:send(S, M), F(F);
             {{error, closed}} -> ok end end,
         Echo(Echo), halt()."
    );
    Peer::start(Command::new("erl").args(["-noshell", "-noinput", "-eval", &source]))
}

/// Connects in a mode, sends each message and reads it back.
fn erlang_echoes(packet: &str, options: &[(i32, i32)], mode: i32, messages: &[Vec<u8>]) {
    let mut peer = erlang(packet);
    // SAFETY: pointers to what lives through the calls, with their sizes.
    unsafe {
        let id = SocketConnectId(peer.port.into(), HERE, 10_000) as i32;
        assert!(id > 0, "{packet}: {id}");
        for (option, value) in options {
            assert_eq!(SocketSetOptionId(id, *option, *value), 1);
        }
        assert_eq!(
            SocketChangeTransmissionModeId(id, mode, std::ptr::null(), 0),
            1
        );
        for message in messages {
            let size = message.len() as i32;
            assert_eq!(SocketWriteId(id, message.as_ptr().cast(), size), 1);
        }
        for message in messages {
            let mut answer = vec![0_u8; message.len() + 1];
            let room = answer.len() as i32;
            let length = SocketReadId(id, 0, 20_000, answer.as_mut_ptr().cast(), room);
            assert_eq!(length, message.len() as isize, "{packet}");
            assert!(answer[..message.len()] == message[..], "{packet}");
        }
        assert_eq!(SocketCloseId(id), 1);
    }
    peer.process.ends_well("erl");
}

fn of_sizes(sizes: &[usize]) -> Vec<Vec<u8>> {
    let message = |size| (0..size).map(|place| (place * 7) as u8).collect();
    sizes.iter().map(|size| message(*size)).collect()
}

#[test]
fn erlang_gives_back_every_message_behind_its_binary_length() {
    if !installed("erl") {
        return skip("binary lengths against Erlang: erlang-base is not installed");
    }
    let of = |bytes| [(SocketLengthBytes, bytes)];
    erlang_echoes("1", &of(1), SocketBinarySize, &of_sizes(&[1, 0, 200, 255]));
    erlang_echoes(
        "2",
        &of(2),
        SocketBinarySize,
        &of_sizes(&[1, 0, 65_535, 300]),
    );
    erlang_echoes(
        "4",
        &of(4),
        SocketBinarySize,
        &of_sizes(&[1, 0, 70_000, 1_500_000]),
    );
}

#[test]
fn erlang_gives_back_frames_with_their_headers_and_lines() {
    if !installed("erl") {
        return skip("headers and lines against Erlang: erlang-base is not installed");
    }
    let whole = |offset, bytes, adjust| {
        [
            (SocketLengthOffset, offset),
            (SocketLengthBytes, bytes),
            (SocketLengthAdjust, adjust),
            (SocketLengthHeader, 1),
        ]
    };
    let tpkt = |size: u16| {
        let mut frame = vec![3, 0];
        frame.extend(size.to_be_bytes());
        frame.resize(size.into(), 9);
        frame
    };
    let frames: Vec<_> = [4, 5, 1000, 65_535].map(tpkt).into();
    erlang_echoes("tpkt", &whole(2, 2, 4), SocketBinarySize, &frames);
    let lines = ["one", "", "three words there"].map(|line| line.as_bytes().to_vec());
    erlang_echoes("line", &[], SocketLine, &lines);
}
