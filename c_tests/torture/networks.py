"""Networks that misbehave: two namespaces, each with a TUN device, and between them this process, which passes the packets
on, or not, or late, or twice. Its argument is the program rough.c was made to. Prints a line for each promise."""
import ctypes, fcntl, heapq, itertools, os, random, select, socket, struct, subprocess, sys, threading, time

ROUGH = sys.argv[1]
LIBC = ctypes.CDLL(None, use_errno=True)
NAMES = [f"wd{os.getpid()}a", f"wd{os.getpid()}b"]
HOST = "10.99.0.2"
TIMEOUT, LOST = 4, 6
LATE = 50  # milliseconds that a deadline may be exceeded by


def ip(*words):
    subprocess.run(["ip", *words], check=True)


def inside(name):
    """Moves this thread into a namespace."""
    with open(f"/run/netns/{name}" if name else "/proc/1/ns/net") as file:
        if LIBC.setns(file.fileno(), 0x40000000) != 0:
            raise OSError(ctypes.get_errno(), "setns")


def tun(name, address):
    own = os.open("/proc/self/ns/net", os.O_RDONLY)
    inside(name)
    fd = os.open("/dev/net/tun", os.O_RDWR | os.O_NONBLOCK)
    fcntl.ioctl(fd, 0x400454CA, struct.pack("16sH14x", b"wd0", 0x1001))  # IFF_TUN | IFF_NO_PI
    LIBC.setns(own, 0x40000000)
    os.close(own)
    for words in (["addr", "add", f"{address}/24", "dev", "wd0"], ["link", "set", "lo", "up"], ["link", "set", "wd0", "up"]):
        ip("-n", name, *words)
    return fd


class Network(threading.Thread):
    """Passes packets on; its fields say how."""

    def __init__(self):
        super().__init__(daemon=True)
        for name in NAMES:
            ip("netns", "add", name)
        self.ends = [tun(NAMES[0], "10.99.0.1"), tun(NAMES[1], HOST)]
        self.mend()
        self.start()

    def mend(self):
        self.loss = self.twice = self.delay = self.jitter = 0.0
        self.hole = False
        self.passed = self.lost = 0

    def run(self):
        waiting, order, chance = [], itertools.count(), random.Random(7)
        while True:
            soon = max(0.0, waiting[0][0] - time.monotonic()) if waiting else 1.0
            for end in select.select(self.ends, [], [], soon)[0]:
                packet = os.read(end, 70000)
                if self.hole or chance.random() < self.loss:
                    self.lost += 1
                    continue
                other = self.ends[1] if end == self.ends[0] else self.ends[0]
                for _ in range(2 if chance.random() < self.twice else 1):
                    when = time.monotonic() + self.delay + chance.random() * self.jitter
                    heapq.heappush(waiting, (when, next(order), other, packet))
            while waiting and waiting[0][0] <= time.monotonic():
                _, _, end, packet = heapq.heappop(waiting)
                self.passed += 1
                try:
                    os.write(end, packet)
                except OSError:
                    pass  # the device is down


def start(name, *words):
    command = ["ip", "netns", "exec", name, ROUGH, *map(str, words)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True)


class Peer:
    """A plain listener in the far namespace, whose behaviour is the test's."""

    def __init__(self):
        own = os.open("/proc/self/ns/net", os.O_RDONLY)
        inside(NAMES[1])
        self.socket = socket.create_server((HOST, 0))
        LIBC.setns(own, 0x40000000)
        os.close(own)
        self.port = self.socket.getsockname()[1]


def outcome(process):
    code, ms, text = process.communicate(timeout=200)[0].splitlines()[-1].split(" ", 2)
    return int(code), int(ms), text


failures = 0


def promise(name, *tries):
    """Holds when one of two tries does: a busy machine may be late once."""
    global failures
    for body in tries * (2 if len(tries) == 1 else 1):
        network.mend()
        wrong = body()
        if not wrong:
            print(f"ok - {name} ({network.passed} packets passed, {network.lost} lost)", flush=True)
            return
    failures += 1
    print(f"not ok - {name}: {wrong}", flush=True)


def transfers(count, size):
    code, _, text = outcome(start(NAMES[0], "transfer", HOST, PORT, count, size))
    return "" if code == 0 else f"code {code} {text}"


def ends(process, code, least, words):
    """Holds when the last call ended with the code, in its time, and the text has the words."""
    found, ms, text = outcome(process)
    if found == code and least <= ms <= least + LATE and all(word in text for word in words):
        return ""
    return f"code {found} after {ms} ms: {text}"


def lossy():
    network.loss, network.delay = 0.03, 0.01
    return transfers(100, 8000) or ("" if network.lost else "nothing was lost")


def disordered():
    network.jitter, network.twice = 0.03, 0.2
    return transfers(60, 20000)


def far():
    network.delay = 0.1  # each way
    return transfers(10, 5000) or ends(start(NAMES[0], "read", HOST, PORT, 300), TIMEOUT, 300, [HOST, "300 ms"])


def narrow():
    for name in NAMES:
        ip("-n", name, "link", "set", "wd0", "mtu", "576")
    wrong = transfers(30, 100000)
    for name in NAMES:
        ip("-n", name, "link", "set", "wd0", "mtu", "1500")
    return wrong


def swallowed():
    process = start(NAMES[0], "write", HOST, PORT, 1000)
    process.stdout.readline()
    time.sleep(0.3)
    network.hole = True
    return ends(process, TIMEOUT, 1000, [HOST, "1000 ms", "SocketWriteTimeout"])


def unread():
    peer = Peer()
    return ends(start(NAMES[0], "write", HOST, peer.port, 1000), TIMEOUT, 1000, [HOST, "1000 ms", "SocketWriteTimeout"])


def silent():
    network.hole = True
    return ends(start(NAMES[0], "connect", HOST, PORT, 700), TIMEOUT, 700, [HOST, "700 ms", "did not answer"])


def down_for_a_while():
    process = start(NAMES[0], "transfer", HOST, PORT, 400, 20000)
    time.sleep(0.2)
    ip("-n", NAMES[1], "link", "set", "wd0", "down")
    time.sleep(1.5)
    ip("-n", NAMES[1], "link", "set", "wd0", "up")
    code, _, text = outcome(process)
    return "" if code == 0 else f"code {code} {text}"


def reset():
    peer = Peer()
    process = start(NAMES[0], "read", HOST, peer.port, 20000)
    taken, _ = peer.socket.accept()
    process.stdout.readline()
    taken.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    taken.close()
    code, _, text = outcome(process)
    return "" if code == LOST and HOST in text and "lost" in text else f"code {code} {text}"


def vanished():
    process = start(NAMES[0], "keep", HOST, PORT, 1)
    process.stdout.readline()
    network.hole = True
    code, ms, text = outcome(process)
    return "" if code == LOST and ms < 20000 and HOST in text else f"code {code} after {ms} ms: {text}"


network = Network()
PORT = 5000
server = start(NAMES[1], "serve", PORT)
try:
    if server.stdout.readline() != "serving\n":
        sys.exit("the server does not serve")
    promise("lost_packets_lose_no_byte", lossy)
    promise("packets_in_disorder_and_twice_change_no_byte", disordered)
    promise("two_hundred_milliseconds_away_deadlines_hold", far)
    promise("packets_of_576_bytes_carry_large_messages", narrow)
    promise("a_black_hole_in_mid_message_ends_the_write_in_its_time", swallowed)
    promise("a_peer_that_never_reads_ends_the_write_in_its_time", unread)
    promise("a_machine_that_does_not_answer_ends_the_connect_in_its_time", silent)
    promise("a_link_that_is_down_for_a_while_loses_no_byte", down_for_a_while)
    promise("a_reset_is_told_as_lost", reset)
    promise("a_machine_that_vanishes_is_noticed", vanished)
finally:
    server.kill()
    for name in NAMES:
        subprocess.run(["ip", "netns", "del", name])
sys.exit(failures != 0)
