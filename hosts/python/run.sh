needs=(python3)
demo() { exec python3 -B demo.py "$@"; }
mistakes() { exec python3 -B mistakes.py "$@"; }
