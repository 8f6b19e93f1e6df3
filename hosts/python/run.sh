needs=(python3)
demo() { exec python3 -B demo.py "$@"; }
mistakes() { exec python3 -B mistakes.py "$@"; }
says=('wrong port, in another thread: SocketConnect("other"): 127.0.0.1 port 1 refused')
